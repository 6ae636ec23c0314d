# SPDX-License-Identifier: MIT
"""tree.py - making a student's tree from the staff's.

What a student gets is the staff's tracked files, less the graders' secrets, with the
bodies of each lab's functions replaced by their starters: made anew each time, so there
is no second copy of anything to drift.
"""
import fnmatch
import hashlib
import os
import shutil
import subprocess

from .manifest import LABS, TOP, Lab, LabError, all_labs

# Never handed out: solutions of other kinds, hidden tests, the tools of the staff.
SECRET = ["labs/*/starter/*", "labs/*/mutants/*", "labs/*/cheats/*", "labs/*/hidden.py", "labs/*/hidden/*",
          "labs/cheat/*", "labs/handout", "labs/test", "labs/lablib/selftest.py",
          "labs/lablib/builds.py", "labs/lablib/watched*.py", "labs/README.md",
          "tests/system/test_labs.py", ".ci/*"]


ASSIGNED = "labs/ASSIGNED"	# the labs whose functions are the student's
SUMS = "labs/HANDED_OUT"	# every file of the hand-out as it was, as sha256sum writes it
LARGEST = 1 << 20		# bytes; of a file that a student hands in


def tracked_files(top=TOP):
    """The staff's files; outside a checkout, every file that is not built."""
    done = None
    if top == TOP and os.path.exists(os.path.join(top, ".git")):
        done = subprocess.run(["git", "-C", top, "ls-files", "-z"], capture_output=True, check=False)
    if done and done.returncode == 0 and done.stdout:
        return [f for f in done.stdout.decode().split("\0")
                if f and os.path.isfile(os.path.join(top, f))]
    return walk_files(top)


def uncommitted():
    """The staff's files that differ from the last commit."""
    if not os.path.exists(os.path.join(TOP, ".git")):
        return []
    done = subprocess.run(["git", "-C", TOP, "diff", "--name-only", "-z", "HEAD"], capture_output=True,
                          check=False)
    return [f for f in done.stdout.decode(errors="replace").split("\0") if f]


def walk_files(top):
    """Every file that is not built."""
    found = []
    for folder, dirs, names in os.walk(top):
        dirs[:] = [d for d in dirs if d not in (".git", ".cache", "__pycache__")
                   and not (folder == top and (d == "build" or d.startswith("build-")))]
        found += [os.path.relpath(os.path.join(folder, n), top) for n in names]
    return found


def handed_out(path, labs):
    """Does a student who does these labs get this file?"""
    if any(fnmatch.fnmatch(path, pattern) for pattern in SECRET):
        return False
    parts = path.split("/")
    if parts[0] == "labs" and len(parts) > 2 and parts[1] in all_labs():
        return parts[1] in [lab.name for lab in labs]
    return not any(path in lab.leave_out for lab in labs)


def make_tree(into, labs, reference=()):
    """Write the tree for labs into a folder that is new or empty; the functions of those
    named in reference stay the staff's."""
    if os.path.isdir(into) and os.listdir(into):
        raise LabError("%s is not empty" % into)
    for path in tracked_files():
        if not handed_out(path, labs):
            continue
        target = os.path.join(into, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.join(TOP, path), target)
    for lab in labs:
        if lab.name not in reference:
            lab.apply_starters(into)
        script = os.path.join(into, "grade-lab-" + lab.name)
        with open(script, "w", encoding="utf-8") as f:
            f.write('#!/bin/sh\n# Grades lab %s of this tree: public tests only.\n'
                    'cd "$(dirname "$0")" && exec ${PYTHON:-python3} labs/grade %s . --public "$@"\n'
                    % (lab.name, lab.name))
        os.chmod(script, 0o755)
    pages = [os.path.join(LABS, lab.name, "README.md") for lab in labs]
    with open(os.path.join(into, "LAB.md"), "w", encoding="utf-8") as out:
        if len(labs) > 1:
            out.write("# The labs of this tree\n\n%s: a page each follows. `./grade-lab-NAME` grades one, "
                      "`make grade` all.\nA test that needs another lab's mechanism fails until that works."
                      "\n\n" % ", ".join(
                          "`%s`%s" % (lab.name, " (the staff's version)" if lab.name in reference else "")
                          for lab in labs))
        for page in pages:
            if os.path.exists(page):
                with open(page, encoding="utf-8") as f:
                    out.write(f.read() + "\n")
    with open(os.path.join(into, ASSIGNED), "w", encoding="utf-8") as f:
        f.write("".join(lab.name + "\n" for lab in labs if lab.name not in reference))
    with open(os.path.join(into, SUMS), "w", encoding="utf-8") as f:
        f.write("".join("%s  %s\n" % (digest(os.path.join(into, path)), path)
                        for path in sorted(walk_files(into)) if path not in (ASSIGNED, SUMS)))


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def handed_out_as(folder):
    """{path: digest of the file that was handed out} of a student's tree; of one that has no
    such list, {}."""
    if not is_plain(folder, SUMS):
        return {}
    with open(os.path.join(folder, SUMS), encoding="utf-8", errors="replace") as f:
        rows = [line.rstrip("\n").partition("  ") for line in f]
    return {path: was for was, _, path in rows}


def assigned(folder, lab):
    """The labs whose functions are the student's, the one to be graded first."""
    names = [lab.name]
    path = os.path.join(folder, ASSIGNED)
    if is_plain(folder, ASSIGNED):
        with open(path, encoding="utf-8", errors="replace") as f:
            names += [n for n in f.read(LARGEST).split() if n in all_labs()]
    return [Lab(n) for n in dict.fromkeys(names)]


def own_files(tree):
    """The files of a tree of ours that are the student's."""
    with open(os.path.join(tree, ASSIGNED), encoding="utf-8") as f:
        return sorted({path for name in f.read().split() for path in Lab(name).files})


def top_of(folder, lab):
    """Where the tree begins: what was zipped with its folder lies one folder deeper."""
    def has_some(top):
        return any(os.path.exists(os.path.join(top, path)) for path in lab.files)

    if has_some(folder) or not os.path.isdir(folder):
        return folder
    inner = [d for d in (os.path.join(folder, n) for n in sorted(os.listdir(folder))) if has_some(d)]
    return inner[0] if len(inner) == 1 else folder


def overlay(pristine, student, labs):
    """Put the files that the student may change over a pristine tree.  Nothing of the
    student's is run, not even git, which would heed the tree's own configuration.
    => ([what the student changed besides], [why a file cannot be used])"""
    allowed = sorted({f for lab in labs for f in lab.files})
    notes, unfit = [], []
    for path in allowed:
        src, dst = os.path.join(student, path), os.path.join(pristine, path)
        if not is_plain(student, path):
            where = os.path.basename(path)
            unfit.append("%s: not in the tree, or not a plain file%s" % (
                path, ": there is a %s at the top, which belongs there" % where
                if os.path.isfile(os.path.join(student, where)) else ""))
            continue
        if os.path.getsize(src) > LARGEST:
            unfit.append("%s: more than %d bytes" % (path, LARGEST))
        elif not os.path.exists(dst) or not same(src, dst):
            shutil.copyfile(src, dst)		# newer than what was built before
    missing, changed = [], []
    for path in tracked_files(pristine):
        if path in allowed or path in ("LAB.md", ASSIGNED, SUMS) or path.startswith("build/"):
            continue
        src = os.path.join(student, path)
        if not os.path.exists(src):
            missing.append(path)
        elif not is_plain(student, path) or not same(src, os.path.join(pristine, path)):
            changed.append(path)
    if len(changed) > 5:
        notes.append("%d files besides the lab's are not as the staff's (a hand-out of another version?), "
                     "the staff's copies were used: %s, ..." % (len(changed), ", ".join(changed[:3])))
    else:
        notes += ["not the lab's, and not as the staff's, whose copy was used: " + path for path in changed]
    if len(missing) > 5:		# only the lab's files were handed in: that is all right
        notes.append("%d files are not in the tree, the staff's copies were used" % len(missing))
    else:
        notes += ["not in the tree, the staff's copy was used: " + path for path in missing]
    for path in walk_files(student):
        if path.startswith(("kernel/", "user/", "tests/", "labs/")) and \
                path.endswith((".c", ".h", ".S", ".py")) and \
                not os.path.exists(os.path.join(pristine, path)):
            notes.append("not a file of the lab's, left out: " + path)
    return notes, unfit


def is_plain(top, path):
    """A file in the tree that is not a link to somewhere else, nor in a linked folder."""
    real = os.path.join(os.path.realpath(top), path)
    return os.path.isfile(real) and os.path.realpath(real) == real


def is_elsewhere(top, path):
    """Would writing to path, if something is there, change what is not a file of the tree?"""
    real = os.path.join(os.path.realpath(top), path)
    return os.path.realpath(real) != real or (os.path.exists(real) and not os.path.isfile(real))


def same(a, b):
    if os.path.getsize(a) != os.path.getsize(b):
        return False
    with open(a, "rb") as f, open(b, "rb") as g:
        return f.read() == g.read()
