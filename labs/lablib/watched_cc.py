# SPDX-License-Identifier: MIT
"""watched_cc.py - the compiler of a grader's build (watched.py).

It runs the real one, its first argument, so that for every X.o there are

	X.d	the files that the compiler read
	X.as	the files that the assembler read

and keeps back what it cannot vouch for: the lines that the compiler quotes (#line may name
any file), all that the assembler says when it fails (it leaves no list then), and the
compiler's words when it dies.

A compiler that dies, as of a missing header, writes no X.d.  The list must be that of the run whose messages
are shown: to a second run a source may look different (__has_include of what only one of them
has).  So each run has -H, which names every file on stderr before anything in it is read.
"""
import os
import re
import subprocess
import sys


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
    asked = ["-MD", "-MP", "-MF", deps, "-MT", out, "-fno-diagnostics-show-caret", "-H"]
    how = ["-E"] if source[0].endswith(".S") else ["-S"]
    done = subprocess.run([compiler, *flags, *how, *source, *asked, "-o", asm], check=False,
                          stderr=subprocess.PIPE)
    said, opened = told_apart(done.stderr)
    if os.path.exists(deps):
        sys.stderr.buffer.write(said)
    elif done.returncode != 1:
        print("%s: the compiler died: try it in your tree" % source[0], file=sys.stderr)
    else:
        there = [x for x in opened if os.path.exists(x)]
        write_deps(deps, out, source + there)
        if there == opened:
            sys.stderr.buffer.write(said)
        else:		# such a line is the source's own, and could be a line of another file
            print("%s: it has errors, and a message that looks like a list of headers hides which: "
                  "try it in your tree" % source[0], file=sys.stderr)
    if done.returncode == 0:
        flags = [a for a in flags if a != "-g"]		# the lines are in the assembly already
        done = subprocess.run([compiler, *flags, "-c", "-x", "assembler", asm, "-o", out,
                               "-Wa,--MD," + read], check=False, capture_output=True)
        if done.returncode != 0:
            print("%s: its assembly is wrong: try it in your tree" % source[0], file=sys.stderr)
    if os.path.exists(asm):
        os.unlink(asm)
    return done.returncode


def told_apart(stderr):
    """=> (what the compiler said, the names of the files that it opened: -H)"""
    said = re.sub(rb"^Multiple include guards may be useful for:\n(.*\n)*\Z", b"", stderr, flags=re.M)
    opened = [os.fsdecode(x) for x in re.findall(rb"^\.+ (.*)$", said, re.M)]
    return re.sub(rb"^\.+ .*\n", b"", said, flags=re.M), list(dict.fromkeys(opened))


def write_deps(path, target, names):
    """As -MD does.  A name with a blank in it becomes names that are no source's."""
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
        f.write("%s: %s\n" % (target, " ".join(re.sub(r"\s", r"\\ ", name) for name in names)))


def main():
    compiler, args = sys.argv[1], sys.argv[2:]
    if "-c" in args and "-o" in args and any(a.endswith((".c", ".S")) for a in args):
        return compile_watched(compiler, args)
    return subprocess.run([compiler, *args], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
