# SPDX-License-Identifier: MIT
"""manifest.py - lab.toml: what a lab is.

	title = "The buddy system"
	points = 100
	hours = 8			# an estimate
	teaches = "..."
	needs = ["pgtbl"]		# labs to do before; their staff version stands in
	files = ["kernel/mm/phys/buddy.c"]	# what the student may change (and add to)

	[[function]]			# its body becomes the starter's
	file = "kernel/mm/phys/buddy.c"
	name = "buddy_alloc"

	[[helper]]			# the solution's own; taken out
	file = "kernel/mm/phys/buddy.c"
	name = "expand"

	leave_out = ["tests/kernel/test_buddy.c"]

Starters lie in labs/NAME/starter/FILE.c, where FILE is the last component of the file
they replace functions of; mutants in labs/NAME/mutants/NN-what.c, each a set of whole
functions (of the files above) with one mistake, its first line a comment
`// file: kernel/... kills: test names or *`.
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
            if row["file"] not in self.files:
                raise LabError("lab %s: %s of %s: the file is not among its files" %
                               (self.name, row["name"], row["file"]))
            out.setdefault(row["file"], []).append(row["name"])
        return out

    def starter_bodies(self, file):
        """{function: starter body} for one file of the tree."""
        path = os.path.join(self.dir, "starter", os.path.basename(file))
        if not os.path.exists(path):
            raise LabError("lab %s: no starter %s" % (self.name, path))
        bodies = {}
        for name in self.functions[file]:
            try:
                bodies[name] = csource.body_of(path, name)
            except csource.SourceError as e:
                raise LabError("lab %s: starter: %s" % (self.name, e)) from e
        return bodies

    def apply_starters(self, tree):
        """Turn the staff's tree into the student's, for this lab."""
        for file in sorted(set(self.functions) | set(self.helpers)):
            bodies = self.starter_bodies(file) if file in self.functions else {}
            try:
                csource.edit(os.path.join(tree, file), bodies, self.helpers.get(file, ()))
            except (csource.SourceError, OSError) as e:
                raise LabError("lab %s: %s" % (self.name, e)) from e

    def mutants(self):
        folder = os.path.join(self.dir, "mutants")
        names = sorted(n for n in os.listdir(folder) if n.endswith(".c")) \
            if os.path.isdir(folder) else []
        return [Mutant(self, os.path.join(folder, n)) for n in names]


class Mutant:
    """One planted mistake: whole functions that replace the solution's."""

    def __init__(self, lab, path):
        self.lab, self.path = lab, path
        self.name = os.path.basename(path)[:-2]
        first = csource.read(path).split("\n", 1)[0]
        m = re.match(r"// file: (\S+)\s*(.*)$", first)
        if m is None:
            raise LabError("lab %s: mutant %s does not begin with // file: PATH" %
                           (lab.name, self.name))
        self.file, self.what = m.group(1), m.group(2)

    def apply(self, tree):
        bodies = {n: csource.body_of(self.path, n) for n in csource.functions(self.path)}
        try:
            csource.edit(os.path.join(tree, self.file), bodies)
        except csource.SourceError as e:
            raise LabError("lab %s: mutant %s: %s" % (self.lab.name, self.name, e)) from e


def all_labs():
    return sorted(n for n in os.listdir(LABS) if os.path.exists(os.path.join(LABS, n, "lab.toml")))
