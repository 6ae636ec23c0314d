# SPDX-License-Identifier: MIT
"""test_console.py - the terminal, typed at: editing, signals, end of file, raw mode."""

import os
import re
import subprocess
import sys

import pexpect
import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROMPT = r"\$ (\x1b\[K)?"
EOL = "\r+\n"        # QEMU's side adds a return of its own


@pytest.fixture(scope="module", params=["CPUS=1", "CPUS=3", "CPUS=2 ICOUNT=1"],
                ids=lambda m: m.replace("=", "").replace(" ", "-"))
def shell(request, tmp_path_factory):
    image = tmp_path_factory.mktemp("console") / "disk.img"
    subprocess.run(["cp", os.path.join(TOP, "build", "fs.img"), image], check=True)
    child = pexpect.spawn(sys.executable, [os.path.join(TOP, "tests", "qemu.py"), "qemu",
                                           f"DISK={image}", *request.param.split()],
                          timeout=30, encoding="utf-8", codec_errors="replace", echo=False)
    child.delaybeforesend = None
    child.expect(PROMPT)
    yield child
    child.send("poweroff\r")
    try:
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)


@pytest.fixture
def cat(shell):
    """cat, which shows what a program reads; ended by Ctrl-D."""
    shell.send("cat\r")
    shell.expect("cat" + EOL)
    yield shell
    shell.send("\x04")
    shell.expect(PROMPT)


def typed(child, keys, line):
    """Type keys and Enter: a program must read line."""
    child.send(keys + "\r")
    child.expect(EOL + re.escape(line) + EOL)


def test_plain(cat):
    typed(cat, "hello", "hello")


def test_erase(cat):
    typed(cat, "abx\x7fc", "abc")
    typed(cat, "abx\bc", "abc")


def test_erase_stops_at_the_beginning(cat):
    typed(cat, "ab\x7f\x7f\x7f\x7fok", "ok")


def test_erase_utf8(cat):
    typed(cat, "a\u00e4\x7fb\u20ac\x7fc", "abc")


def test_kill_line(cat):
    typed(cat, "junk and more\x15good", "good")


def test_erase_word(cat):
    typed(cat, "one two  three  \x17\x17four", "one four")


def test_echo_of_erase(cat):
    cat.send("xyz\x7f")
    cat.expect("xyz\x08 \x08")
    cat.send("\x15\r")


def test_control_characters_are_shown(cat):
    cat.send("\x02")        # not Ctrl-A: that is QEMU's own
    cat.expect(re.escape("^B"))
    cat.send("\x15\r")


def test_eof_within_a_line(cat):
    """Ctrl-D gives what has been typed, without an end of line."""
    cat.send("half\x04")
    cat.expect("halfhalf")
    cat.send(" rest\r")
    cat.expect(" rest" + EOL)


def test_long_line(cat):
    """4095 bytes fit; what is too much is refused with the bell, the rest is kept."""
    cat.send("y" * 4200)
    cat.expect("\x07")
    cat.send("\r")
    cat.expect("y{4095}" + EOL, timeout=60)


def test_paste(shell):
    """More than the terminal holds, and nothing is lost."""
    shell.send("cat | wc\r")
    shell.expect("wc" + EOL)
    for i in range(400):
        shell.send(f"line {i:04} of a text that is pasted\r")
    shell.send("\x04")
    shell.expect(r"\s400\s+3200\s+14000", timeout=60)
    shell.expect(PROMPT)


def test_interrupt(shell):
    shell.send("sleep 1000\r")
    shell.expect("1000" + EOL)
    shell.send("\x03")
    shell.expect(PROMPT)
    shell.send("echo status $?\r")
    shell.expect("status 130" + EOL)
    shell.expect(PROMPT)


def test_interrupt_discards_the_line(shell):
    shell.send("cat\r")
    shell.expect("cat" + EOL)
    shell.send("never read this\x03")
    shell.expect(re.escape("^C"))
    shell.expect(PROMPT)
    assert "this" + "\r\n" not in shell.before


def test_interrupt_of_a_pipeline(shell):
    shell.send("sleep 1000 | cat | cat\r")
    shell.expect("cat" + EOL)
    shell.send("\x03")
    shell.expect(PROMPT)
    shell.send("ps\r")
    shell.expect("PID")
    shell.expect(PROMPT)
    assert "sleep" not in shell.before


def test_interrupt_of_a_loop(shell):
    shell.send("while true; do true; done\r")
    shell.expect("done" + EOL)
    shell.send("\x03")
    shell.expect(PROMPT, timeout=10)


def test_interrupt_behind_unread_input(shell):
    """A program that reads nothing, and more typed than fits: Ctrl-C still gets through."""
    shell.send("sleep 1000\r")
    shell.expect("1000" + EOL)
    for _ in range(300):
        shell.send("nobody reads this line\r")
    shell.send("\x03")
    shell.expect(PROMPT, timeout=60)
    shell.send("\x15echo back\r")
    shell.expect(EOL + "back" + EOL)
    shell.expect(PROMPT)


def test_raw_and_settings(shell):
    """tests/user/tty.c types at itself through us: it says what it waits for."""
    shell.send("/tests/tty -i\r")
    for keys in ("x", "\x03", "abc", "q"):
        shell.expect("ready" + EOL)
        shell.send(keys)
    shell.expect("tty: done" + EOL)
    assert "FAIL" not in shell.before, shell.before
    shell.expect(PROMPT)
