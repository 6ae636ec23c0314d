# SPDX-License-Identifier: MIT
"""test_shell.py - the shell, typed at: editing, history, completion, jobs."""

import os
import re
import time
import subprocess
import sys

import pexpect
import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROMPT = r"\$ (\x1b\[K)?"
EOL = "\r+\n"
# Ctrl-A is typed twice below: the first is QEMU's own escape.
LEFT, UP, DOWN, HOME, DELETE = "\x1b[D", "\x1b[A", "\x1b[B", "\x1b[H", "\x1b[3~"


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    image = tmp_path_factory.mktemp("shell") / "disk.img"
    subprocess.run(["cp", os.path.join(TOP, "build", "fs.img"), image], check=True)
    child = pexpect.spawn(sys.executable, [os.path.join(TOP, "tests", "qemu.py"), "qemu",
                                           f"DISK={image}", "CPUS=2"],
                          timeout=30, encoding="utf-8", codec_errors="replace", echo=False)
    child.delaybeforesend = None
    child.expect(PROMPT)
    yield child
    child.send("poweroff\r")
    try:
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


def says(shell, keys, line, then=PROMPT):
    """Type keys and Enter: the answer is line, and the prompt comes back."""
    shell.send(keys + "\r")
    shell.expect(EOL + line + EOL)
    shell.expect(then)


def test_plain(shell):
    says(shell, "echo hello", "hello")


@pytest.mark.parametrize("keys, line", [
    ("echo ac" + LEFT + "b", "abc"),
    ("cho x" + HOME + "e", "x"),
    ("echo abX\x7fc", "abc"),
    ("echo Xab" + LEFT * 3 + DELETE, "ab"),
    ("echo one two three\x17\x17four", "one four"),
    ("rubbish\x15echo clean", "clean"),
    ("echo keep drop" + LEFT * 5 + "\x0b", "keep"),
    ("o end\x01\x01ech\x05ing", "ending"),
], ids=["left", "home", "backspace", "delete", "word", "kill line", "kill rest", "home and end"])
def test_editing(shell, keys, line):
    says(shell, keys, line)


def test_history(shell):
    says(shell, "echo first", "first")
    says(shell, "echo second", "second")
    says(shell, UP + UP, "first")
    says(shell, UP + UP + DOWN + "!", "first!")
    says(shell, "echo typed" + UP + DOWN, "typed")


def test_completion(shell):
    says(shell, "cat /REA\t | head -n 1", "Pagoda")
    says(shell, "basen\t/x/y", "y")
    says(shell, "mkdir /tmp/co1 /tmp/co2; echo done", "done")
    shell.send("ls -d /tmp/c\t\t")
    shell.expect("co1/  co2/")
    shell.send("2\t\r")
    shell.expect(EOL + "/tmp/co2/" + EOL)
    shell.expect(PROMPT)
    says(shell, "rmdir /tmp/co1 /tmp/co2; echo gone", "gone")


def test_long_line(shell):
    text = "x" * 300
    says(shell, "echo " + text, text)


def test_continuation(shell):
    shell.send("for i in 1 2; do\r")
    shell.expect("> ")
    shell.send("echo $i$i\r")
    shell.expect("> ")
    says(shell, "done", "11" + EOL + "22")
    shell.send("echo 'two\r")
    shell.expect("> ")
    says(shell, "lines'", "two" + EOL + "lines")


def test_interrupt_at_the_prompt(shell):
    shell.send("never run this\x03")
    shell.expect(re.escape("^C"))
    shell.expect(PROMPT)
    says(shell, "echo $?", "130")


def test_interrupt_ends_the_loop(shell):
    shell.send("while :; do sleep 100; done\r")
    shell.expect("done" + EOL)
    shell.send("\x03")
    shell.expect(PROMPT)
    says(shell, "echo back", "back")


def test_stop_and_go_on(shell):
    line = "(echo up; sleep 1000) | cat"
    shell.send(line + "\r")
    shell.expect(EOL + "up" + EOL)      # it runs, and in front
    shell.send("\x1a")
    shell.expect("stopped " + re.escape(line))
    shell.expect(PROMPT)
    says(shell, "jobs", r"\[1\] \d+ \(stopped\) " + re.escape(line))
    shell.send("bg\r")
    shell.expect(PROMPT)
    says(shell, "jobs", r"\[1\] \d+ " + re.escape(line))
    shell.send("fg\r")
    shell.expect("fg" + EOL + re.escape(line) + EOL)
    shell.send("\x03")
    shell.expect(PROMPT)
    says(shell, "jobs; echo none", "none")


def test_jobs_are_killed_by_number(shell):
    shell.send("sleep 1000 &\r")
    shell.expect(PROMPT)
    shell.send("wait\r")
    shell.expect("wait" + EOL)
    time.sleep(0.5)
    shell.send("\x03")                  # ends the waiting, not the job
    shell.expect(PROMPT)
    says(shell, "echo $?; jobs", r"130" + EOL + r"\[1\] \d+ sleep 1000")
    says(shell, "kill %7; echo $?", "sh: kill: no such job" + EOL + "1")
    says(shell, "kill %1; wait %1; jobs; echo none", "none")
    shell.send("sleep 1000\r")
    time.sleep(0.5)
    shell.send("\x1a")
    shell.expect("stopped sleep 1000")
    shell.expect(PROMPT)
    says(shell, "kill -KILL %1; wait %1; echo $?", "137")


def test_background_leaves_the_terminal(shell):
    shell.send("sleep 1 &\r")
    shell.expect(r"\[1\] \d+")
    shell.expect(PROMPT)
    says(shell, "echo still here", "still here")
    shell.send("sleep 2\r")
    shell.expect(r"\[1\] done sleep 1")
    shell.expect(PROMPT)


def test_init_waits_for_memory(shell):
    """The machine ends with process 1, so it is not killed for want of a page."""
    shell.send("echo page_alloc probability=100 times=30 task=1 > /proc/fault-inject\r")
    shell.expect(PROMPT)
    shell.send("exit 4\r")
    shell.expect("status 4")
    shell.expect(PROMPT)
    shell.send("cat /proc/fault-inject; echo off > /proc/fault-inject\r")
    shell.expect(r"page_alloc .*failed=([1-9]\d*)")
    shell.expect(PROMPT)


def test_end_of_input_starts_a_new_shell(shell):
    says(shell, "X=old; echo $X", "old")
    shell.send("\x04")
    shell.expect("exit" + EOL)
    shell.expect(PROMPT)
    says(shell, "echo \"<$X>\"", "<>")
    shell.send("exit 3\r")
    shell.expect("status 3")
    shell.expect(PROMPT)
