# SPDX-License-Identifier: MIT
"""watched_cc.py - the compiler of a grader's build (watched.py).

It runs the real one, its first argument, so that for every X.o there are

	X.d	the files that the compiler read
	X.as	the files that the assembler read

and keeps back what it cannot vouch for: the lines that the compiler quotes (#line may name
any file), all that the assembler says when it fails (it leaves no list then), and the
compiler's words when it dies.
"""
import os
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
