# SPDX-License-Identifier: MIT
"""watched.py - a build that tells what was read for it.

A source has many ways to bring in a file from outside the tree: digraphs, strings that
are joined, macros of the assembler, the name of a section.  What is brought in could be
the solution, or a hidden test that turns up in the messages or on the console.  Looking
for such words in the source finds those that somebody thought of; the tools that read
know them all.  So the grader's build has watched_cc.py as its compiler, which leaves lists of
what was read and keeps back the messages that it cannot vouch for.

What may be read is the tree's sources and the two headers that are made from them.  The rest of
build/ is nobody's source: a kernel that lies there could be another than this one, or what an
earlier make let in.  So the lists are looked at after each make, before the next one replaces
them.
"""
import os
import shlex
import subprocess
import sys
import tempfile

from . import builds
from .grading import BuildFailed
from .manifest import TOP, Lab
from .tree import own_files, same, walk_files

MADE = ("build/gen/syscall_nr.h", "build/gen/syscalls.h")	# of kernel/syscall/syscalls.tbl
WATCHED_CC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "watched_cc.py")


def build(machine):
    """The grader's build of a tree with a student's files; BuildFailed as make has it, or if
    something was read that is not a source of the tree."""
    with tempfile.TemporaryDirectory(prefix="grade-") as scratch:
        env = environment(tools(), os.path.join(scratch, "bin"))
        # What a kernel says in a public test is shown at once: it shall not be able to
        # say the hidden programs, so they are in an image of their own.
        make_and_vouch(machine, (), env)
        machine.public_image = os.path.join(machine.build_dir, "public")
        builds.copy(os.path.join(machine.build_dir, "fs.img"),
                    os.path.join(machine.public_image, "fs.img"))
        make_and_vouch(machine, machine.hidden_sources(), env, ("image",))


def make_and_vouch(machine, programs, env, goals=("all",)):
    try:
        machine.make(programs, env, goals)
    except BuildFailed:
        vouch(machine.tree, [])
        raise
    vouch(machine.tree, students_files(machine.tree))


def students_files(tree):
    """Those of the tree's labs that are not as the staff has them."""
    return [path for path in own_files(tree)
            if not same(os.path.join(tree, path), os.path.join(TOP, path))]


def vouch(tree, files):
    """BuildFailed if something else was read, or if nobody saw what one of files read."""
    outside = {"%s reads %s, which is not a source of the tree\n" % (which, path)
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
    """[(what was read, for which object)] that is neither a source of the tree nor the
    compiler's own."""
    own = subprocess.run([compiler, "-print-file-name=include"], check=True, capture_output=True,
                         text=True).stdout.strip()
    own = own + "/", os.path.realpath(own) + "/"
    tree = os.path.realpath(tree)
    sources = {os.path.join(tree, path) for path in list(MADE) + walk_files(tree)}
    found = []
    for folder, _, names in os.walk(os.path.join(tree, "build")):
        if os.path.relpath(folder, tree).startswith(("build/user", "build/host")):
            continue			# the graders' own programs, and those of this machine
        for name in names:
            if not name.endswith((".d", ".as")):
                continue
            base = os.path.join(folder, name.rsplit(".", 1)[0])
            # What the assembler gets, and its name for it (there is no such file); and the
            # assembly that make itself has written.
            mine = {base + ".watched.s", os.path.join(tree, os.path.basename(base) + ".c")}
            if folder.endswith("/build/gen"):
                mine.add(base + ".S")
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as f:
                words = f.read().replace("\\\n", " ").partition(": ")[2].split()
            for path in words:
                path = path.removesuffix(":")	# -MP has a rule for each header
                full = os.path.join(tree, path)
                # As it is written and as it is now: a name like /proc/self/cwd is not the same to all.
                if path != "/dev/null" and not all(
                        x in sources or x in mine or x.startswith(own)
                        for x in (os.path.normpath(full), os.path.realpath(full))):
                    found.append((path, os.path.basename(base)))
    return list(dict.fromkeys(found))
