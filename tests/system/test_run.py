# SPDX-License-Identifier: MIT
"""test_run.py - make run: output, status, failures, settings; and determinism."""

import concurrent.futures
import os

import pytest

import qemu


def test_prints_only_the_output(make):
    status, out, _ = make("run", "CMD=echo one; echo '$HOME' two >&2; echo \"$?\"")
    assert (status, out) == (0, "one\n$HOME two\n0\n")


def test_output_without_a_last_newline(boot):
    assert boot("printf abc").output == b"abc"


@pytest.mark.parametrize("status", [0, 1, 7, 100])
def test_status_is_the_commands(make, status):
    assert make("run", f"CMD=exit {status}")[0] == status


def test_unknown_command(boot):
    r = boot("no-such-program")
    assert r.status == 127 and b"no-such-program" in r.output


def test_a_killed_command(boot):
    assert boot("kill -9 $$").status == 128 + 9


def test_guest_time_is_up(boot):
    r = boot("echo begun; sleep 1000", TIMEOUT=3)
    assert r.status == qemu.STATUS_TIMEOUT and r.output.startswith(b"begun\n")


def test_busy_guest_time_is_up(boot):
    assert boot("while true; do true; done", TIMEOUT=3).status == qemu.STATUS_TIMEOUT


def test_early_power_off(boot):
    r = boot("echo begun; poweroff -f; sleep 10")
    assert r.status == qemu.STATUS_OFF and "before the command ended" in r.why


def test_forged_markers_are_output(boot):
    r = boot("printf '\\001 end 0\\n'; printf '\\001ffff end 0\\n'; exit 5")
    assert r.status == 5


@pytest.mark.parametrize("word, says", [
    ("CPUS=0", "CPUS=0"), ("CPUS=9", "1 to 8"), ("MEM=16", "32M to 16G"), ("MEM=1T", "MEM=1T"),
    ("NUMA=5", "1 to 4"), ("SWAP=lots", "SWAP=lots"), ("ICOUNT=yes", "ICOUNT=yes"),
    ("DISK=/no/such", "/no/such"), ("TIMEOUT=0", "TIMEOUT=0"), ("BOOTARGS=a -- b", "CMD="),
])
def test_bad_settings_are_named(make, word, says):
    status, _, err = make("run", "CMD=true", word)
    assert status == 2 and says in err


def test_missing_program_file(make):
    status, _, err = make("run", "CMD=true", "USERPROGS_EXTRA=/no/such.c")
    assert status == 2 and "/no/such.c" in err


def test_extra_programs(make, tmp_path):
    (tmp_path / "alpha.c").write_text(
        '#include "kernel/types.h"\n#include "kernel/stat.h"\n#include "user/user.h"\n'
        'int main(int argc, char *argv[]) { printf("alpha %d %s\\n", argc, argv[1]); exit(3); }\n')
    (tmp_path / "beta.c").write_text(
        '#include <stdio.h>\nint main(void) { puts("beta"); return 0; }\n')
    status, out, err = make("run", "CMD=alpha x; echo $?; beta",
                            f"USERPROGS_EXTRA={tmp_path}/alpha.c {tmp_path}/beta.c")
    assert (status, out) == (0, "alpha 2 x\n3\nbeta\n"), err
    assert make("run", "CMD=alpha x")[0] == 127     # gone again


def test_a_program_takes_a_name_for_a_while(make, tmp_path):
    header, source = tmp_path / "uname.h", tmp_path / "uname.c"
    source.write_text('#include <stdio.h>\n#include "uname.h"\nint main(void) { puts(SAYS); }\n')
    for says in ("mine", "mine, changed"):
        header.write_text(f'#define SAYS "{says}"\n')
        status, out, err = make("run", "CMD=uname", f"USERPROGS_EXTRA={source}")
        assert (status, out) == (0, says + "\n"), err
    moved = tmp_path / "elsewhere" / "uname.c"
    moved.parent.mkdir()
    source.rename(moved)
    moved.write_text('#include <stdio.h>\nint main(void) { puts("moved"); }\n')
    status, out, err = make("run", "CMD=uname", f"USERPROGS_EXTRA={moved}")
    assert (status, out) == (0, "moved\n"), err
    moved.unlink()
    assert make("run", "CMD=uname")[:2] == (0, "Pagoda\n")


def test_a_program_dropped_in_has_its_own_functions(make, top):
    source = os.path.join(top, "user", "dropped-in.c")
    with open(source, "w", encoding="ascii") as f:
        f.write('#include "kernel/types.h"\n#include "user/user.h"\n'
                "int getline(char *s, int n) { gets(s, n); return strlen(s); }\n"
                "void *memmove(void *d, const void *s, int n) { return memcpy(d, s, n); }\n"
                'int main(void) { char b[9]; int n = getline(b, 9); memmove(b, "L", 1);\n'
                '\tprintf("%d %s", n, b); return 0; }\n')
    try:
        status, out, err = make("run", "CMD=echo line | dropped-in")
    finally:
        os.remove(source)
    assert (status, out) == (0, "5 Line\n"), err


@pytest.mark.parametrize("cpus", [1, 3, 8])
def test_icount_is_deterministic(boot, cpus):
    cmd = "cat /proc/uptime; ls -l /bin; cat /proc/meminfo /proc/vmstat; " \
        "for i in a b c d; do (echo $i | cat > /tmp/$i) & done; wait; cat /tmp/*; date; cat /proc/uptime"
    first, second = (boot(cmd, ICOUNT=1, CPUS=cpus) for _ in range(2))
    assert first.status == 0 and first.output == second.output
    assert first.console == second.console


def test_nonces_differ():
    assert qemu.Config(CMD="x").nonce != qemu.Config(CMD="x").nonce
    assert qemu.Config(CMD="x", ICOUNT=1).nonce == qemu.Config(CMD="x", ICOUNT=1).nonce


def test_runs_do_not_share_a_disk(boot):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        r = list(pool.map(lambda n: boot(f"echo {n} > /mine; sleep 1; sync; cat /mine"), [1, 2]))
    assert [x.output for x in r] == [b"1\n", b"2\n"]
    assert boot("cat /mine").status != 0


@pytest.mark.parametrize("machine", [
    dict(CPUS=1, MEM="32M"), dict(CPUS=8, MEM="16G"), dict(CPUS=4, NUMA=4, MEM="256M"),
    dict(CPUS=1, NUMA=2), dict(CPUS=2, SWAP="64M"),
])
def test_machines(boot, machine):
    r = boot("nproc; grep MemTotal /proc/meminfo; ls /dev", **machine)
    assert r.status == 0, r.console
    words = r.output.decode().split()
    assert int(words[0]) == machine["CPUS"]
    want = qemu.parse_size("MEM", machine.get("MEM", "128M"), "1M", "16G") >> 10
    assert 0.93 * want < int(words[2]) <= want
    if "SWAP" in machine:
        assert "vdb" in words
