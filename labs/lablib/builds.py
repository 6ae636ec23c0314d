# SPDX-License-Identifier: MIT
"""builds.py - built trees that are kept, so that grading compiles only what differs.

A folder (build/labs, or what labs/grade --cache names) has

	reference/	the staff's tree with the programs of every lab, the hidden ones too
	work-N/		the staff's kernel, for one thing to be changed in it at a time

A tree that is made later begins with reference/'s objects.  make goes by times: what is
copied keeps its time, what a starter, a mutant or a student changes is newer.
"""
import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile

from . import tree
from .manifest import LABS, TOP, Lab, all_labs


class BuildError(Exception):
    """The staff's own tree does not build."""


def make(folder, *words, jobs=1, timeout=900):
    """=> (status, all that make said)"""
    done = subprocess.run(["make", "-C", folder, "-j%d" % jobs, "--no-print-directory", *words],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, errors="replace", check=False)
    return done.returncode, done.stdout


def copy_tree(src, dst):
    """cp -a, keeping holes; a failure to copy only means more to compile."""
    os.makedirs(dst, exist_ok=True)
    subprocess.run(["cp", "-a", "--sparse=always", os.path.join(src, "."), dst], check=False)


def sync(src, dst):
    """Make dst's files those of src, build/ apart; only what differs is written."""
    files = {f for f in tree.tracked_files(src)}
    for path in files:
        a, b = os.path.join(src, path), os.path.join(dst, path)
        if os.path.exists(b) and tree.same(a, b):
            continue
        os.makedirs(os.path.dirname(b), exist_ok=True)
        shutil.copyfile(a, b)
        shutil.copymode(a, b)
    for path in tree.tracked_files(dst):
        if path not in files:
            os.unlink(os.path.join(dst, path))


class Builds:
    def __init__(self, folder=None, jobs=2):
        self.folder = folder or os.path.join(TOP, "build", "labs")
        self.jobs = jobs
        os.makedirs(self.folder, exist_ok=True)
        self.reference = os.path.join(self.folder, "reference")

    @contextlib.contextmanager
    def locked(self):
        """One at a time uses the folder."""
        with open(os.path.join(self.folder, "lock"), "w", encoding="ascii") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            yield

    def hidden_programs(self):
        return " ".join(sorted(os.path.join(LABS, name, "hidden", f) for name in all_labs()
                               if os.path.isdir(os.path.join(LABS, name, "hidden"))
                               for f in os.listdir(os.path.join(LABS, name, "hidden"))
                               if f.endswith(".c")))

    def update(self):
        """Bring reference/ up to date and build it."""
        labs = [Lab(name) for name in all_labs()]
        build = os.path.join(self.reference, "build")
        with tempfile.TemporaryDirectory() as scratch:
            new = os.path.join(scratch, "tree")
            tree.make_tree(new, labs, [lab.name for lab in labs])
            if not os.path.exists(self.reference):
                copy_tree(new, self.reference)
                for part in ("kernel", "user", "root", "gen", "host", ".setup.mk"):
                    src = os.path.join(TOP, "build", part)
                    if os.path.exists(src):
                        os.makedirs(build, exist_ok=True)
                        subprocess.run(["cp", "-a", src, build], check=False)
            else:
                sync(new, self.reference)
        status, said = make(self.reference, "all", "USERPROGS_EXTRA=" + self.hidden_programs(),
                            jobs=self.jobs)
        if status != 0:
            raise BuildError(said[-6000:])
        return self.reference

    def work(self, n):
        """A copy of the reference without programs; its kernel is built."""
        folder = os.path.join(self.folder, "work-%d" % n)
        if not os.path.exists(os.path.join(folder, "build")):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            for name in ("Makefile", "kernel", "scripts", "tests", "user"):
                copy_tree_or_file(os.path.join(self.reference, name), os.path.join(folder, name))
            for part in ("kernel", "gen", ".setup.mk", "kernel.elf", "kernel.bin", "System.map"):
                copy_tree_or_file(os.path.join(self.reference, "build", part),
                                  os.path.join(folder, "build", part))
        for name in ("kernel", "scripts"):
            sync(os.path.join(self.reference, name), os.path.join(folder, name))
        sync_file(os.path.join(self.reference, "Makefile"), os.path.join(folder, "Makefile"))
        return folder

    def seed(self, folder):
        """Give a tree the reference's objects to begin with."""
        copy_tree(os.path.join(self.reference, "build"), os.path.join(folder, "build"))


def copy_tree_or_file(src, dst):
    if os.path.isdir(src):
        copy_tree(src, dst)
    elif os.path.exists(src):
        os.makedirs(os.path.dirname(dst), exist_ok=True)
        shutil.copy2(src, dst)


def sync_file(src, dst):
    if not tree.same(src, dst):
        shutil.copyfile(src, dst)
