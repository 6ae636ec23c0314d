# SPDX-License-Identifier: MIT
"""manifest.py - lab.toml: what a lab is.

	title = "The buddy system"
	points = 100			# of the public and the hidden tests together
	floor = 10			# what the untouched starter scores
	hours = 8			# an estimate
	teaches = "..."
	needs = ["pgtbl"]		# labs to do before; their staff version stands in
	files = ["kernel/mm/phys/buddy.c"]	# what the student may change

	[[function]]			# its body becomes the starter's
	file = "kernel/mm/phys/buddy.c"
	name = "buddy_alloc"

	[[helper]]			# the solution's own; taken out
	file = "kernel/mm/phys/buddy.c"
	name = "expand"

	leave_out = ["tests/kernel/test_buddy.c"]

names = ["a", "b"] stands for several tables that differ in the name.  Starters lie in
labs/NAME/starter/FILE.c, where FILE is the last component of the file they replace
functions of.  Mutants lie in labs/NAME/mutants/WHAT.c and begin

	// file: kernel/mm/phys/buddy.c
	// killed by: no_overlap
	/* The mistake, in words. */

where "killed by" names the test, public or hidden, that must find it.  Whatever else a
starter or a mutant defines (a helper, a table) goes before the first function replaced.
Cheats, in labs/NAME/cheats, are written like mutants.  They are put over the starters, and
then the lab's tests must give no point more than to the starters alone.
"""
import os
import re
import tomllib

from . import csource

LABS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(LABS)


class LabError(Exception):
    """A manifest is wrong; the message names the lab."""


class Lab:
    def __init__(self, name):
        self.name = name
        self.dir = os.path.join(LABS, name)
        path = os.path.join(self.dir, "lab.toml")
        if not os.path.exists(path):
            raise LabError("there is no lab %s (%s)" % (name, ", ".join(all_labs())))
        with open(path, "rb") as f:
            try:
                data = tomllib.load(f)
            except tomllib.TOMLDecodeError as e:
                raise LabError("lab %s: lab.toml: %s" % (name, e)) from e
        for key in ("title", "points", "hours", "teaches", "files", "function"):
            if key not in data:
                raise LabError("lab %s: lab.toml has no %s" % (name, key))
        self.title, self.points, self.hours = data["title"], data["points"], data["hours"]
        self.teaches, self.files = data["teaches"], data["files"]
        self.needs = data.get("needs", [])
        self.leave_out = data.get("leave_out", [])
        self.functions = self._by_file(data["function"])
        self.helpers = self._by_file(data.get("helper", []))
        self.floor = data.get("floor", 0)	# what the untouched starter scores

    def _by_file(self, rows):
        out = {}
        for row in rows:
            names = row.get("names", []) + ([row["name"]] if "name" in row else [])
            if row["file"] not in self.files:
                raise LabError("lab %s: %s of %s: the file is not among its files" %
                               (self.name, " ".join(names), row["file"]))
            out.setdefault(row["file"], []).extend(names)
        return out

    def starter(self, file):
        """({function: starter body}, what the starter has besides) for one file of the tree."""
        path = os.path.join(self.dir, "starter", os.path.basename(file))
        if not os.path.exists(path):
            raise LabError("lab %s: no starter %s" % (self.name, path))
        try:
            return ({n: csource.body_of(path, n) for n in self.functions[file]},
                    csource.rest_of(path, self.functions[file]))
        except csource.SourceError as e:
            raise LabError("lab %s: starter: %s" % (self.name, e)) from e

    def apply_starters(self, tree):
        """Turn the staff's tree into the student's, for this lab."""
        for file in sorted(set(self.functions) | set(self.helpers)):
            bodies, besides = self.starter(file) if file in self.functions else ({}, "")
            try:
                csource.edit(os.path.join(tree, file), bodies, self.helpers.get(file, ()), besides)
            except (csource.SourceError, OSError) as e:
                raise LabError("lab %s: %s" % (self.name, e)) from e

    def give_reference(self, tree):
        """Put the staff's version of this lab into a student's files, function by function: he
        may have more in them.  A file that is not there is left to the caller."""
        for file in sorted(set(self.functions) | set(self.helpers)):
            theirs = os.path.join(tree, file)
            names = self.functions.get(file, []) + self.helpers.get(file, [])
            try:
                if os.path.exists(theirs):
                    csource.give(theirs, os.path.join(TOP, file), names)
            except (csource.SourceError, OSError, ValueError) as e:
                raise LabError("lab %s: %s: %s" % (self.name, file, e)) from e

    def mutants(self, kind="mutants"):
        """kind: "cheats" are written as mutants are, but go over the starters."""
        folder = os.path.join(self.dir, kind)
        names = sorted(n for n in os.listdir(folder) if n.endswith(".c")) \
            if os.path.isdir(folder) else []
        return [Mutant(self, os.path.join(folder, n)) for n in names]


class Mutant:
    """One planted mistake: whole functions that replace the solution's."""

    def __init__(self, lab, path):
        self.lab, self.path = lab, path
        self.name = os.path.basename(path)[:-2]
        m = re.match(r"// file: (\S+)\n// killed by: (\w+)\n(?:/\*|//) *(.*?)(?:\*/|\n\n)",
                     csource.read(path), re.S)
        if m is None:
            raise LabError("lab %s: mutant %s does not begin with // file:, // killed by: and a "
                           "comment" % (lab.name, self.name))
        self.file, self.killed_by = m[1], m[2]
        self.what = " ".join(re.sub(r"\n *\*|\n *//", " ", m[3]).split())

    def apply(self, tree):
        target = os.path.join(tree, self.file)
        try:
            there = csource.functions(target)
            names = [n for n in csource.functions(self.path) if n in there]
            if not names:
                raise csource.SourceError("no function of %s is in it" % self.file)
            csource.edit(target, {n: csource.body_of(self.path, n) for n in names}, (),
                         csource.rest_of(self.path, names))
        except (csource.SourceError, OSError) as e:
            raise LabError("lab %s: mutant %s: %s" % (self.lab.name, self.name, e)) from e


def all_labs():
    return sorted(n for n in os.listdir(LABS) if os.path.exists(os.path.join(LABS, n, "lab.toml")))
