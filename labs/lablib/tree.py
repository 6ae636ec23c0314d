# SPDX-License-Identifier: MIT
"""tree.py - making a student's tree from the staff's.

What a student gets is the staff's tracked files, less the graders' secrets, with the
bodies of each lab's functions replaced by their starters: made anew each time, so there
is no second copy of anything to drift.
"""
import fnmatch
import os
import shutil
import subprocess

from .manifest import LABS, TOP, LabError, all_labs

# Never handed out: solutions of other kinds, hidden tests, the tools of the staff.
SECRET = ["labs/*/starter/*", "labs/*/mutants/*", "labs/*/hidden.py", "labs/*/hidden/*",
          "labs/cheat/*", "labs/handout", "labs/test", "labs/lablib/selftest.py",
          "labs/lablib/builds.py", "labs/README.md", "tests/system/test_labs.py", ".ci/*"]


def tracked_files(top=TOP):
    """The staff's files; outside a checkout, every file that is not built."""
    done = subprocess.run(["git", "-C", top, "ls-files", "-z"], capture_output=True, check=False)
    if done.returncode == 0 and done.stdout:
        return [f for f in done.stdout.decode().split("\0")
                if f and os.path.isfile(os.path.join(top, f))]
    found = []
    for folder, dirs, names in os.walk(top):
        dirs[:] = [d for d in dirs if d not in ("build", ".git", ".cache", "__pycache__")
                   and not (d.startswith("build-") and folder == top)]
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
        for page in pages:
            if os.path.exists(page):
                with open(page, encoding="utf-8") as f:
                    out.write(f.read() + "\n")
    with open(os.path.join(into, "labs", "ASSIGNED"), "w", encoding="utf-8") as f:
        f.write("".join(lab.name + "\n" for lab in labs if lab.name not in reference))


def overlay(pristine, student, labs):
    """Put the files that the student may change over a pristine tree.
    => [files the student changed that are not theirs to change]"""
    allowed = {f for lab in labs for f in lab.files}
    touched = []
    for path in tracked_files(student):
        if path in ("LAB.md", "labs/ASSIGNED") or path.startswith(("build", ".git", ".cache")):
            continue
        src, dst = os.path.join(student, path), os.path.join(pristine, path)
        if path in allowed:
            shutil.copy2(src, dst)
        elif os.path.exists(dst) and not same(src, dst):
            touched.append(path)
    return sorted(touched)


def same(a, b):
    if os.path.getsize(a) != os.path.getsize(b):
        return False
    with open(a, "rb") as f, open(b, "rb") as g:
        return f.read() == g.read()
