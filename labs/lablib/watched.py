# SPDX-License-Identifier: MIT
"""watched.py - a build that tells what was read for it.

A source has many ways to bring in a file from outside the tree: digraphs, strings that
are joined, macros of the assembler, the name of a section.  What is brought in could be
the solution, or a hidden test that turns up in the messages or on the console.  Looking
for such words in the source finds those that somebody thought of; the tools that read
know them all.  So the grader's build has this file as its compiler: it runs the real one
so that for every X.o there are

	X.d	the files that the compiler read
	X.as	the files that the assembler read

and keeps back what it cannot vouch for: the lines that the compiler quotes (#line may name
any file), all that the assembler says when it fails (it leaves no list then), and the
compiler's words when it dies.
"""
import os
import shlex
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def build(machine):
    """The grader's build of a tree with a student's files; BuildFailed as make has it, or if
    something was read that is not in the tree."""
    from . import builds, grading
    with tempfile.TemporaryDirectory(prefix="grade-") as scratch:
        compiler = tools() + "gcc"
        env = environment(compiler, os.path.join(scratch, "bin"))
        try:
            # What a kernel says in a public test is shown at once: it shall not be able to
            # say the hidden programs, so they are in an image of their own.
            machine.make((), env)
            machine.public_image = os.path.join(machine.build_dir, "public")
            builds.copy(os.path.join(machine.build_dir, "fs.img"),
                        os.path.join(machine.public_image, "fs.img"))
            machine.make(machine.hidden_sources(), env)
        except grading.BuildFailed:
            vouch(machine.tree, compiler)
            raise
        vouch(machine.tree, compiler)


def vouch(tree, compiler):
    from .grading import BuildFailed
    outside = read_outside(tree, compiler)
    if outside:
        raise BuildFailed("".join(sorted({"%s reads %s, which is not in the tree\n" % (which, path)
                                          for path, which in outside}))[:6000])


def tools():
    """The cross tools' prefix, as the Makefile finds it."""
    found = subprocess.run(["sh", os.path.join(TOP, "scripts", "setup.sh"), "cross"], check=False,
                           stdout=subprocess.PIPE, text=True).stdout.strip()
    return os.environ.get("CROSS") or found or "riscv64-unknown-elf-"


def environment(compiler, folder):
    """The environment for make in which the compiler, a name without a path, is this file;
    folder is a new one."""
    os.makedirs(folder)
    script = os.path.join(folder, compiler)
    with open(script, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\nPATH=%s\nexec %s -S -E %s %s \"$@\"\n" % tuple(
            shlex.quote(x) for x in (os.environ.get("PATH", os.defpath), sys.executable,
                                     os.path.abspath(__file__), compiler)))
    os.chmod(script, 0o755)
    return {**os.environ, "PATH": folder + ":" + os.environ.get("PATH", os.defpath)}


def read_outside(tree, compiler):
    """[(what was read, for which object)] that is neither in the tree nor the compiler's own."""
    own = subprocess.run([compiler, "-print-file-name=include"], check=True, capture_output=True,
                         text=True).stdout.strip()
    tree, own, found = os.path.realpath(tree), os.path.realpath(own), []
    for folder, _, names in os.walk(os.path.join(tree, "build")):
        if os.path.relpath(folder, tree).startswith("build/user"):
            continue			# the graders' own programs, from wherever they lie
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


def compile_watched(compiler, args):
    """What the compiler would do, with lists of what was read. => exit status"""
    out = args[args.index("-o") + 1]
    source = [a for a in args if a.endswith((".c", ".S"))]
    flags = [a for i, a in enumerate(args) if a not in ("-c", "-o", "-MMD", "-MP") + tuple(source)
             and args[i - 1] != "-o"]
    base = out[:-2]
    deps, read, asm = base + ".d", base + ".as", base + ".watched.s"
    for path in (deps, read, out):
        if os.path.exists(path):
            os.unlink(path)
    asked = ["-MD", "-MP", "-MF", deps, "-MT", out, "-fno-diagnostics-show-caret"]
    how = ["-E"] if source[0].endswith(".S") else ["-S"]
    done = subprocess.run([compiler, *flags, *how, *source, *asked, "-o", asm], check=False,
                          stderr=subprocess.PIPE)
    if done.returncode != 0 and not os.path.exists(deps):	# as when a header is missing
        subprocess.run([compiler, *flags, *source, "-M", "-MG", "-MF", deps], check=False,
                       stderr=subprocess.DEVNULL)
    if os.path.exists(deps):
        sys.stderr.buffer.write(done.stderr)
    elif done.returncode != 0:
        print("%s: the compiler died" % source[0], file=sys.stderr)
    if done.returncode == 0:
        flags = [a for a in flags if a != "-g"]		# the lines are in the assembly already
        done = subprocess.run([compiler, *flags, "-c", "-x", "assembler", asm, "-o", out,
                               "-Wa,--MD," + read], check=False, capture_output=True)
        if done.returncode != 0:
            print("%s: its assembly is wrong: try it in your tree" % source[0], file=sys.stderr)
    if os.path.exists(asm):
        os.unlink(asm)
    return done.returncode


def main():
    compiler, args = sys.argv[1], sys.argv[2:]
    if "-c" in args and "-o" in args and any(a.endswith((".c", ".S")) for a in args):
        return compile_watched(compiler, args)
    return subprocess.run([compiler, *args], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
