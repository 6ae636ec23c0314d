# SPDX-License-Identifier: MIT
"""test_disks.py - the block layer on disks of all sorts, and what the boot says of bad ones.

The in-kernel tests test_blk.c are run with a scratch disk, one that is read-only, and one
on which every request fails (QEMU's blkdebug).
"""

import os
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests"))
import qemu  # noqa: E402


@pytest.fixture(scope="module")
def kernel():
    """The build folder of a kernel with tests in it."""
    subprocess.run(["make", "-s", "KTEST=1", "DEBUG=1", "kernel"], cwd=TOP, check=True,
                   stdout=subprocess.DEVNULL)
    return os.path.join(TOP, "build-debug-ktest")


def disk(slot, serial, backend, **options):
    opts = "".join(f",{k}={v}" for k, v in options.items())
    return backend + ["-device", f"virtio-blk-device,drive=x{slot},bus=virtio-mmio-bus.{slot},"
                                 f"serial={serial}{opts}"]


def file_disk(slot, serial, path, size, **options):
    with open(path, "wb") as f:
        f.truncate(size)
    return disk(slot, serial, ["-drive", f"if=none,id=x{slot},format=raw,file={path}"], **options)


def all_disks(tmp_path):
    return (file_disk(2, "scratch", tmp_path / "scratch", 64 << 20)
            + disk(3, "readonly", ["-blockdev", "driver=null-co,read-zeroes=on,size=16777216,"
                                   "node-name=x3,read-only=on"])
            + disk(4, "broken", ["-blockdev", "driver=null-co,size=16777216,node-name=n4", "-blockdev",
                                 "driver=blkdebug,node-name=x4,image=n4,"
                                 "inject-error.0.event=none,inject-error.0.errno=5"],
                   rerror="report", werror="report"))


@pytest.mark.parametrize("machine", [dict(CPUS=1), dict(CPUS=4), dict(CPUS=1, ICOUNT=1),
                                     dict(CPUS=4, ICOUNT=1), dict(CPUS=2, MEM="32M")],
                         ids=lambda m: "-".join(f"{k}{v}" for k, v in m.items()))
def test_blk(kernel, tmp_path, machine):
    cfg = qemu.Config(RAW=1, BUILD=kernel, IMAGE=os.path.join(TOP, "build"), HOSTTIMEOUT=120,
                      BOOTARGS="ktest=blk", **machine)
    r = qemu.run(cfg, extra=all_disks(tmp_path))
    text = r.console.decode(errors="replace")
    assert r.status == 0, text[-3000:]
    assert "vdb:" in text and "read-only" in text
    assert "vdd: error 5 reading 8 sectors at 0" in text


def run(extra=(), **config):
    cfg = qemu.Config(HOSTTIMEOUT=60, **config)
    return qemu.run(cfg, extra=list(extra))


def test_tiny_disks(tmp_path):
    """Of one sector, of half a page and a bit, and empty: used as far as they go."""
    extra = (file_disk(2, "one", tmp_path / "one", 512) + file_disk(3, "odd", tmp_path / "odd", 4608)
             + disk(4, "none", ["-blockdev", "driver=null-co,size=0,node-name=x4"]))
    r = run(extra, CMD="wc -c /dev/vdb /dev/vdc /dev/vdd; echo no >/dev/vdd; "
                       "echo yes >/dev/vdb; head -c 4 /dev/vdb; cat /proc/partitions")
    out = r.output.decode()
    assert r.why is None, r.console.decode(errors="replace")
    assert "512 /dev/vdb" in out and "4608 /dev/vdc" in out and "0 /dev/vdd" in out
    assert "yes" in out and "vdd" in out


def test_errors_reach_programs():
    extra = disk(2, "broken", ["-blockdev", "driver=null-co,size=16777216,node-name=n2", "-blockdev",
                               "driver=blkdebug,node-name=x2,image=n2,"
                               "inject-error.0.event=none,inject-error.0.errno=5"],
                 rerror="report", werror="report")
    r = run(extra, CMD="cat /dev/vdb && echo read it; echo x >/dev/vdb; echo still here")
    out = r.output.decode()
    assert r.why is None and "read it" not in out and "still here" in out
    assert "/dev/vdb" in out            # cat says what failed


@pytest.mark.parametrize("content,word", [(b"", "too small"),
                                          (b"\0" * (1 << 20), "bad magic"),
                                          (b"\xff" * (1 << 20), "bad magic")],
                         ids=["empty", "zeros", "ones"])
def test_wrong_root(tmp_path, content, word):
    path = tmp_path / "root"
    path.write_bytes(content)
    r = run(DISK=str(path), CMD="echo hello")
    text = r.console.decode(errors="replace")
    assert r.status in (qemu.STATUS_PANIC, qemu.STATUS_OFF), text
    assert word in text.split("Boot HART MEDELEG")[-1], text


def test_no_disk():
    cfg = qemu.Config(CMD="echo hello", HOSTTIMEOUT=60)
    old, qemu.all_disks = qemu.all_disks, lambda *a: []
    try:
        r = qemu.run(cfg)
    finally:
        qemu.all_disks = old
    text = r.console.decode(errors="replace")
    assert r.status in (qemu.STATUS_PANIC, qemu.STATUS_OFF), text
    assert "vda" in text.split("Boot HART MEDELEG")[-1], text


def test_legacy_transport_is_named():
    """QEMU's default is version 1 of the registers: one line says what to do."""
    r = run(["-global", "virtio-mmio.force-legacy=true"], CMD="echo hello")
    text = r.console.decode(errors="replace")
    assert r.status in (qemu.STATUS_PANIC, qemu.STATUS_OFF), text
    assert "force-legacy=false" in text
