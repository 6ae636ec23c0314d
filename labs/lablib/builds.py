# SPDX-License-Identifier: MIT
"""builds.py - built trees that are kept, so that grading compiles only what differs.

A folder (build/labs, or what labs/grade --cache names) has

	reference/	the staff's tree with the programs of every lab, the hidden ones too
	work-N/		the staff's kernel, for one thing to be changed in it at a time

A tree that is made later begins with reference/'s objects, but for those of its labs.  make
goes by times: what is copied keeps its time, what a starter, a mutant or a student changes is
newer.
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


def copy(src, dst):
    """cp -a, keeping holes; what is not there to copy only means more to compile."""
    os.makedirs(os.path.dirname(dst), exist_ok=True)
    if os.path.exists(src):
        subprocess.run(["cp", "-a", "--sparse=always", "-T", src, dst], check=False)


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

    @staticmethod
    def hidden_programs():
        return sorted(os.path.join(LABS, name, "hidden", f) for name in all_labs()
                      if os.path.isdir(os.path.join(LABS, name, "hidden"))
                      for f in os.listdir(os.path.join(LABS, name, "hidden"))
                      if f.endswith(".c"))

    def update(self):
        """Bring reference/ up to date and build it."""
        labs = [Lab(name) for name in all_labs()]
        build = os.path.join(self.reference, "build")
        with tempfile.TemporaryDirectory() as scratch:
            new = os.path.join(scratch, "tree")
            tree.make_tree(new, labs, [lab.name for lab in labs])
            if not os.path.exists(self.reference):
                copy(new, self.reference)
                for part in ("kernel", "user", "root", "gen", "host", ".setup.mk"):
                    copy(os.path.join(TOP, "build", part), os.path.join(build, part))
            else:
                sync(new, self.reference)
        status, said = make(self.reference, "all", "USERPROGS_EXTRA=" + " ".join(self.hidden_programs()),
                            jobs=self.jobs)
        if status != 0:
            raise BuildError(said[-6000:])
        return self.reference

    def work(self, n):
        return os.path.join(self.folder, "work-%d" % n)

    def renew(self, work):
        """Make work a copy of the reference without programs; its kernel is built.  A copy
        costs less than to compile again what the last change made different."""
        shutil.rmtree(work, ignore_errors=True)
        for name in ("Makefile", "kernel", "labs", "scripts", "tests", "user"):
            copy(os.path.join(self.reference, name), os.path.join(work, name))
        for part in ("kernel", "labs", "gen", ".setup.mk", "kernel.elf", "kernel.bin",
                     "System.map"):
            copy(os.path.join(self.reference, "build", part), os.path.join(work, "build", part))

    def seed(self, folder):
        """Give a student's tree the reference's objects to begin with, but nothing that is made
        of the student's files or of hidden programs."""
        build = os.path.join(folder, "build")
        copy(os.path.join(self.reference, "build"), build)
        gone = ["kernel.elf", "kernel.bin", "System.map", "fs.img"]
        gone += [os.path.splitext(path)[0] + end for path in tree.own_files(folder)
                 for end in (".o", ".d")]
        for path in self.hidden_programs():
            name = os.path.basename(path)[:-2]
            gone += ["root/bin/" + name] + ["user/bin/" + name + end for end in
                                            ("", ".extra.o", ".extra.dep")]
        for name in all_labs():			# drivers that this tree has not
            if not os.path.exists(os.path.join(folder, "labs", name)):
                shutil.rmtree(os.path.join(build, "labs", name), ignore_errors=True)
        for path in gone:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(build, path))
