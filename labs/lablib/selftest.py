# SPDX-License-Identifier: MIT
"""selftest.py - is a lab what it says it is?  labs/test runs these checks.

	handout		made in a clean folder, builds without a warning, holds nothing of the
			solution, boots, scores exactly its floor
	reference	the staff's kernel scores everything
	cheat		a kernel that prints every right answer scores nothing
	cheats		nor do a lab's own (cheats/), put over the starters, score more than those
	mutants		every planted mistake is found by the test that is named in it
"""
import hashlib
import json
import os
import secrets
import tempfile
import time

from . import csource, grading, tree
from .builds import make
from .manifest import LABS


class Finding:
    """One check's outcome."""

    def __init__(self, lab, check, ok, text, seconds=0.0):
        self.lab, self.check, self.ok, self.text, self.seconds = lab, check, ok, text, seconds

    def __str__(self):
        return "%-4s %-7s %-28s %s (%.0f s)" % ("ok" if self.ok else "FAIL", self.lab, self.check,
                                               self.text, self.seconds)


def run_test(machine, test):
    """=> None, or what was wrong"""
    try:
        test.fn(machine)
        return None
    except grading.Failed as e:
        return "expected %s; seen: %s" % (e.expected, str(e.seen).splitlines()[0])
    except (OSError, KeyError, ValueError, IndexError) as e:
        return "%s: %s" % (type(e).__name__, e)


def score(machine, tests):
    """=> (points, {test name: what was wrong})"""
    points, wrong = 0, {}
    for t in tests:
        why = run_test(machine, t)
        if why is None:
            points += t.points
        else:
            wrong[t.name] = why
    return points, wrong


def solution_in(lab, folder):
    """Functions of the solution that the hand-out still has: bodies compared token by token."""
    found = []
    for file in lab.files:
        there = " ".join(csource.token_list(csource.read(os.path.join(folder, file))))
        for name in lab.functions.get(file, []) + lab.helpers.get(file, []):
            body = csource.token_list(csource.body_of(os.path.join(tree.TOP, file), name))
            if " ".join(body) in there:
                found.append("%s: %s" % (file, name))
    return found


def secrets_in(lab, folder):
    """Hidden things that the hand-out has: by path, and by the hidden tests' names."""
    hidden = [t.name for t in grading.load_tests(lab.name) if t.hidden]
    found = []
    for path in tree.tracked_files(folder):
        if any(part in ("mutants", "starter", "hidden", "hidden.py", "cheat", "cheats")
               for part in path.split("/")[2:]):
            found.append(path)
        elif path.startswith(("labs/", "tests/")) or path == "LAB.md":
            with open(os.path.join(folder, path), "rb") as f:
                text = f.read()
            found += ["%s: %s" % (path, name) for name in hidden if b"def %s(" % name.encode() in text]
    return found


def boots(machine, folder):
    """=> None, or the console's end"""
    up = machine.qemu.run(machine.qemu.Config(
        CMD="echo up", BUILD=machine.build_dir, IMAGE=os.path.join(folder, "build"), ICOUNT=1,
        HOSTTIMEOUT=90))
    good = up.status == 0 and up.output == b"up\n"
    return None if good else up.console.decode(errors="replace")[-2000:]


def made(labs, builds, folder, from_scratch):
    """Make the hand-out of labs in folder and build it. => None, or what is wrong"""
    tree.make_tree(folder, labs)
    leaks = [x for lab in labs for x in solution_in(lab, folder) + secrets_in(lab, folder)]
    if leaks:
        return "holds " + ", ".join(leaks)
    if not from_scratch:
        builds.seed(folder)
    status, said = make(folder, "all", jobs=builds.jobs if from_scratch else 1)
    if status != 0 or "warning:" in said:
        return "does not build without a warning:\n" + said[-3000:]
    return None


def check_handout(lab, builds, from_scratch=False):
    start = time.monotonic()

    def finding(ok, text):
        return Finding(lab.name, "handout", ok, text, time.monotonic() - start)

    if not os.path.exists(os.path.join(LABS, lab.name, "README.md")):
        return finding(False, "the lab has no README.md")
    with tempfile.TemporaryDirectory(prefix="handout-") as scratch:
        folder = os.path.join(scratch, "pagoda")
        wrong = made([lab], builds, folder, from_scratch)
        if wrong:
            return finding(False, wrong)
        machine = grading.Machine(lab.name, folder, True, image=os.path.join(builds.reference, "build"))
        console = boots(machine, folder)
        if console:
            return finding(False, "does not boot to the shell:\n" + console)
        tests = grading.load_tests(lab.name)
        points, wrong = score(machine, tests)
        total = sum(t.points for t in tests)
        if total != lab.points:
            return finding(False, "the tests' points are %d in all, the manifest says %d" %
                           (total, lab.points))
        if points != lab.floor:
            return finding(False, "scores %d, its floor is %d; passed: %s" % (
                points, lab.floor, " ".join(t.name for t in tests if t.name not in wrong)))
        return finding(True, "builds, boots, scores its floor, %d of %d" % (points, total))


def check_together(labs, builds):
    """One hand-out of all labs: it builds and boots with every starter at once."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="handout-") as scratch:
        folder = os.path.join(scratch, "pagoda")
        wrong = made(labs, builds, folder, False) or \
            boots(grading.Machine(labs[0].name, folder, True), folder)
        return Finding("all", "handout", wrong is None, wrong or "%d labs in one tree build and boot"
                       % len(labs), time.monotonic() - start)


# --- mutants ---

class Verdict:
    """What became of a mutant."""

    def __init__(self, mutant, hidden):
        self.mutant, self.hidden = mutant, hidden	# hidden: so is the test that is to find it
        self.public = self.found = False
        self.text = ""
        self.seconds = 0.0

    @property
    def ok(self):
        return self.found


def check_mutant(mutant, builds, all_public, work):
    """all_public: does any public test find what a hidden one is there for?"""
    start = time.monotonic()
    tests = {t.name: t for t in grading.load_tests(mutant.lab.name)}
    verdict = Verdict(mutant, False)
    builds.renew(work)
    try:
        named = tests.get(mutant.killed_by)
        if named is None:
            verdict.text = "there is no test " + mutant.killed_by
            return verdict
        verdict.hidden = named.hidden
        mutant.apply(work)
        status, said = make(work, "kernel")
        if status != 0:
            verdict.text = "does not build:\n" + said[-2000:]
            return verdict
        machine = grading.Machine(mutant.lab.name, work, True, host_seconds=40,
                                  image=os.path.join(builds.reference, "build"))
        why = run_test(machine, named)
        if why is not None:
            verdict.found, verdict.public, verdict.text = True, not named.hidden, why
        others = [t for t in tests.values() if t is not named and
                  (why is None or (all_public and named.hidden and not t.hidden))]
        for t in others:
            other = run_test(machine, t)
            if other is not None:
                if why is None:
                    verdict.text = "not found by %s, but by %s: %s" % (named.name, t.name, other)
                verdict.public |= not t.hidden
                break
        else:
            if why is None:
                verdict.text = "SURVIVES"
        return verdict
    finally:
        verdict.seconds = time.monotonic() - start


# --- the reference, and the cheating kernel that knows what the reference prints ---

SALT = secrets.token_bytes(8)


def known_nonce(command):
    """A command's nonce, the same in one run of this program."""
    return int.from_bytes(hashlib.sha256(SALT + command.encode()).digest()[:7], "little") | 1


def check_reference(lab, builds, said=None):
    """said, a dictionary, gets {command: what it printed}."""
    start = time.monotonic()

    def remember(command, run):
        said.setdefault(command, run.text)

    machine = grading.Machine(lab.name, builds.reference, True) if said is None else \
        grading.Machine(lab.name, builds.reference, True, nonce=known_nonce, on_end=remember)
    points, wrong = score(machine, grading.load_tests(lab.name))
    return Finding(lab.name, "reference", points == lab.points, "scores %d of %d%s" % (
        points, lab.points, "".join("; %s: %s" % kv for kv in wrong.items())),
        time.monotonic() - start)


def plant_cheat(lab, said, work, goes_on):
    """The starters, with cheat() at the beginning of each.  Who ends the machine needs no
    starters in headers: with them the whole kernel would be compiled."""
    rows = "".join("{ %s, %s },\n\t" % (json.dumps(c), json.dumps(t).replace("\\u00", "\\x"))
                   for c, t in said.items())
    script = csource.read(os.path.join(LABS, "cheat", "cheat.c"))
    script = script.replace("/* SCRIPT */", rows).replace("/* GOES ON */ 0", str(int(goes_on)))
    for file in lab.functions:
        bodies, besides = lab.starter(file)
        if file.endswith(".c"):
            bodies = {n: "{\n\tcheat();\n" + b[1:] for n, b in bodies.items()}
            besides = script + besides
        elif not goes_on:
            continue
        csource.edit(os.path.join(work, file), bodies, lab.helpers.get(file, ()), besides)


def check_cheat(lab, builds, said, goes_on, work):
    """said: what the reference printed for each command, with known_nonce.  A cheat that ends
    the machine gets nothing; one that goes on as the starter gets at most its floor."""
    start = time.monotonic()

    def finding(ok, text):
        return Finding(lab.name, "cheat that goes on" if goes_on else "cheat", ok, text,
                       time.monotonic() - start)

    builds.renew(work)
    plant_cheat(lab, said, work, goes_on)
    status, text = make(work, "kernel")
    if status != 0:
        return finding(False, "does not build:\n" + text[-2000:])
    honest = []

    def compare(command, run):
        if said.get(command, "?") not in run.text or run.result.status != 0:
            honest.append("%s: the cheat did not print %r but %r:\n%s" % (
                command, said.get(command), run.text, run.console[-300:]))

    tests = grading.load_tests(lab.name)
    machine = grading.Machine(lab.name, work, True, nonce=known_nonce, on_end=compare,
                              image=os.path.join(builds.reference, "build"))
    points, wrong = score(machine, tests)
    passed = [t.name for t in tests if t.name not in wrong]
    return finding(points <= (lab.floor if goes_on else 0) and not honest, "\n".join(
        ["scores %d; passed: %s" % (points, " ".join(passed) or "none")] + honest))


def check_own_cheat(cheat, builds, work):
    """A cheat of the lab's own, over the starters: it gets no more than they do."""
    start, lab = time.monotonic(), cheat.lab
    builds.renew(work)
    lab.apply_starters(work)
    cheat.apply(work)
    status, text = make(work, "kernel")
    if status != 0:
        return Finding(lab.name, "cheat " + cheat.name, False, "does not build:\n" + text[-2000:])
    tests = grading.load_tests(lab.name)
    points, wrong = score(grading.Machine(lab.name, work, True,
                                          image=os.path.join(builds.reference, "build")), tests)
    return Finding(lab.name, "cheat " + cheat.name, points <= lab.floor and cheat.killed_by in wrong,
                   "scores %d; passed: %s" % (points, " ".join(t.name for t in tests
                                                               if t.name not in wrong)),
                   time.monotonic() - start)
