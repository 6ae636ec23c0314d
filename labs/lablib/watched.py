# SPDX-License-Identifier: MIT
"""watched.py - a build that tells what was read for it.

A source has many ways to bring in a file from outside the tree: digraphs, strings that
are joined, macros of the assembler, the name of a section.  What is brought in could be
the solution, or a hidden test that turns up in the messages or on the console.  Looking
for such words in the source finds those that somebody thought of; the tools that read
know them all.  So the grader's build has watched_cc.py as its compiler, which leaves lists of
what was read and keeps back the messages that it cannot vouch for.
"""
import os
import shlex
import subprocess
import sys
import tempfile

from . import builds
from .grading import BuildFailed
from .manifest import TOP, Lab
from .tree import same

WATCHED_CC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "watched_cc.py")


def build(machine):
    """The grader's build of a tree with a student's files; BuildFailed as make has it, or if
    something was read that is not in the tree."""
    with tempfile.TemporaryDirectory(prefix="grade-") as scratch:
        env = environment(tools(), os.path.join(scratch, "bin"))
        try:
            # What a kernel says in a public test is shown at once: it shall not be able to
            # say the hidden programs, so they are in an image of their own.
            machine.make((), env)
            machine.public_image = os.path.join(machine.build_dir, "public")
            builds.copy(os.path.join(machine.build_dir, "fs.img"),
                        os.path.join(machine.public_image, "fs.img"))
            machine.make(machine.hidden_sources(), env)
        except BuildFailed:
            vouch(machine.tree, [])
            raise
        vouch(machine.tree, students_files(machine.tree))


def students_files(tree):
    """Those of the tree's labs that are not as the staff has them."""
    with open(os.path.join(tree, "labs", "ASSIGNED"), encoding="utf-8") as f:
        files = {path for name in f.read().split() for path in Lab(name).files}
    return sorted(path for path in files if not same(os.path.join(tree, path), os.path.join(TOP, path)))


def vouch(tree, files):
    """BuildFailed if something outside was read, or if nobody saw what one of files read."""
    outside = {"%s reads %s, which is not in the tree\n" % (which, path)
               for path, which in read_outside(tree, tools() + "gcc")}
    outside |= {"%s was compiled and nobody saw how\n" % path for path in files if path.endswith(".c")
                and not os.path.exists(os.path.join(tree, "build", path[:-2] + ".as"))}
    if outside:
        raise BuildFailed("".join(sorted(outside))[:6000])


def tools():
    """The cross tools' prefix, as the Makefile finds it."""
    found = subprocess.run(["sh", os.path.join(TOP, "scripts", "setup.sh"), "cross"], check=False,
                           stdout=subprocess.PIPE, text=True).stdout.strip()
    return os.environ.get("CROSS") or found or "riscv64-unknown-elf-"


def environment(prefix, folder):
    """The environment for make in which the tools of that prefix are the real ones, but the
    compiler is watched_cc.py; folder is a new one."""
    os.makedirs(folder)
    where, name = os.path.split(prefix)
    path = os.environ.get("PATH", os.defpath)
    script = os.path.join(folder, name + "gcc")
    with open(script, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\nPATH=%s\nexec %s -S -E %s %s \"$@\"\n" % tuple(
            shlex.quote(x) for x in (path, sys.executable, WATCHED_CC, prefix + "gcc")))
    os.chmod(script, 0o755)
    env = {k: v for k, v in os.environ.items() if k not in ("CC", "MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return {**env, "CROSS": name, "PATH": ":".join([folder] + ([where] if where else []) + [path])}


def read_outside(tree, compiler):
    """[(what was read, for which object)] that is neither in the tree nor the compiler's own."""
    own = subprocess.run([compiler, "-print-file-name=include"], check=True, capture_output=True,
                         text=True).stdout.strip()
    tree, own, found = os.path.realpath(tree), os.path.realpath(own), []
    for folder, _, names in os.walk(os.path.join(tree, "build")):
        if os.path.relpath(folder, tree).startswith(("build/user", "build/host")):
            continue			# the graders' own programs, and those of this machine
        for name in names:
            if not name.endswith((".d", ".as")):
                continue
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as f:
                rule = f.read().replace("\\\n", " ").split("\n", 1)[0]
            for path in rule.partition(": ")[2].split():
                real = os.path.realpath(os.path.join(tree, path))
                if not real.startswith((tree + "/", own + "/")) and real != "/dev/null":
                    found.append((path, name.rsplit(".", 1)[0]))
    return found
