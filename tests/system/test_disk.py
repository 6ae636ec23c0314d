# SPDX-License-Identifier: MIT
"""The disk file system seen from outside: images before and after a boot, damage, power cuts."""

import json
import os
import shutil
import struct
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests"))
import qemu  # noqa: E402

MKFS = os.path.join(TOP, "build/host/mkfs")
FSCK = os.path.join(TOP, "build/host/fsck")
ROOT = os.path.join(TOP, "build/root")
BLOCK = 4096


def sh(*args, **kw):
    return subprocess.run([str(a) for a in args], capture_output=True, text=True, **kw)


def mkfs(path, size, folder):
    r = sh(MKFS, path, size, folder)
    assert r.returncode == 0, r.stderr
    return str(path)


def fsck(path, *options):
    r = sh(FSCK, *options, path)
    return r.returncode, r.stdout


def boot(cmd, **kw):
    r = qemu.run(qemu.Config(CMD=cmd, **kw))
    return r.status, r.output.decode(errors="replace"), r.console.decode(errors="replace")


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "hello").write_text("hello\n")
    (folder / "sub" / "data").write_bytes(bytes(range(256)) * 100)
    return folder


def test_same_folder_same_image(tmp_path, small):
    a, b = mkfs(tmp_path / "a", "8M", small), mkfs(tmp_path / "b", "8M", small)
    assert open(a, "rb").read() == open(b, "rb").read()
    assert fsck(a)[0] == 0


def test_mkfs_says_what_is_wrong(tmp_path, small):
    (small / "big").write_bytes(b"x" * (8 << 20))
    r = sh(MKFS, tmp_path / "a", "8M", small)
    assert r.returncode == 1 and "does not fit" in r.stderr
    assert not (tmp_path / "a").exists()
    (small / "big").unlink()
    (small / ("n" * 60)).write_text("")
    r = sh(MKFS, tmp_path / "a", "8M", small)
    assert r.returncode == 1 and "longer than 59" in r.stderr
    assert sh(MKFS, tmp_path / "a", "8Q", small).returncode == 1
    assert sh(MKFS, tmp_path / "a", "64K", small).returncode == 1


def test_second_disk(tmp_path, small):
    """Mount, change, unmount; the host sees every byte, and nothing is left in the journal."""
    disk = mkfs(tmp_path / "b.img", "8M", small)
    status, out, _ = boot("mkdir /mnt; mount -t pfs /dev/vdb /mnt && cat /mnt/hello && "
                          "cp /bin/sh /mnt/sub/sh && mv /mnt/sub /mnt/moved && rm /mnt/hello && "
                          "ln /mnt/moved/data /mnt/data && umount /mnt && echo unmounted",
                          DISKS=disk)
    assert status == 0, out
    assert out.endswith("unmounted\n") and "hello\n" in out
    code, text = fsck(disk)
    assert code == 0 and "journal: 0 transactions" in text
    raw = subprocess.run([FSCK, "-c", "/moved/sh", disk], capture_output=True).stdout
    assert raw == open(os.path.join(ROOT, "bin/sh"), "rb").read()
    raw = subprocess.run([FSCK, "-c", "/data", disk], capture_output=True).stdout
    assert raw == bytes(range(256)) * 100
    assert sh(FSCK, "-c", "/hello", disk).returncode == 1


def test_sync_then_off(tmp_path):
    """What sync has returned for is there, though nothing was unmounted."""
    disk = mkfs(tmp_path / "a.img", "16M", ROOT)
    status, out, _ = boot("mkdir /d; cp /bin/sh /d/copy; sync; cat /proc/fs/pfs", DISK=disk)
    assert status == 0
    raw = subprocess.run([FSCK, "-c", "/d/copy", disk], capture_output=True).stdout
    assert raw == open(os.path.join(ROOT, "bin/sh"), "rb").read()
    code, text = fsck(disk, "-r")
    assert code == 0, text
    code, text = fsck(disk, "-n")
    assert code == 0, text
    status, out, _ = boot("cmp /bin/sh /d/copy && echo same", DISK=disk)
    assert status == 0 and out == "same\n"


def test_stores_through_a_mapping(tmp_path, small):
    """What a process stored to a shared mapping, written back by nobody in particular, is in
    the image, and nothing else has changed."""
    disk = mkfs(tmp_path / "b.img", "8M", small)
    status, out, _ = boot("mkdir /mnt; mount -t pfs /dev/vdb /mnt && /tests/mmap store /mnt/f && "
                          "umount /mnt", DISKS=disk)
    assert status == 0, out
    code, text = fsck(disk)
    assert code == 0, text
    raw = subprocess.run([FSCK, "-c", "/f", disk], capture_output=True).stdout
    assert len(raw) == 8 * BLOCK
    for i in range(8):
        page = bytearray([ord("A") + i] * BLOCK)
        if i % 2 == 0:
            said = b"stored through a mapping: page %d\0" % i
            page[:len(said)] = said
        if i == 0:
            said = b"and again after msync\0"
            page[BLOCK // 2:BLOCK // 2 + len(said)] = said
        assert raw[i * BLOCK:(i + 1) * BLOCK] == page, f"page {i}"


SUPER = struct.Struct("<QIIIIIIIIIIIIIIIIII")


@pytest.mark.parametrize("field,index,value", [
    ("magic", 0, 1), ("version", 1, 7), ("block_size", 2, 512), ("sum", 3, 99)])
def test_damaged_superblock(tmp_path, small, field, index, value):
    disk = mkfs(tmp_path / "b.img", "8M", small)
    with open(disk, "r+b") as f:
        words = list(SUPER.unpack(f.read(SUPER.size)))
        words[index] = value
        f.seek(0)
        f.write(SUPER.pack(*words))
    assert f"bad {field}" in fsck(disk)[1]
    status, out, console = boot("mkdir /mnt; mount -t pfs /dev/vdb /mnt || echo refused",
                                DISKS=disk, BOOTARGS="loglevel=7")
    assert status == 0 and "refused" in out
    status, out, console = boot("mkdir /mnt; mount -t pfs /dev/vdb /mnt; cat /proc/kmsg",
                                DISKS=disk)
    assert f"superblock: bad {field}" in out


def test_damaged_inode_is_named(tmp_path, small):
    """The root directory's inode gets a block outside the disk: an error, and life goes on."""
    disk = mkfs(tmp_path / "b.img", "8M", small)
    with open(disk, "r+b") as f:
        words = SUPER.unpack(f.read(SUPER.size))
        itable = words[11]
        f.seek(itable * BLOCK + 128 + 60)       # inode 1, block[0]
        f.write(struct.pack("<I", 123456789))
    code, text = fsck(disk)
    assert code == 4 and "block 123456789 is outside the data area" in text
    status, out, _ = boot("mkdir /mnt; mount -t pfs /dev/vdb /mnt; ls /mnt; echo lives; "
                          "cat /proc/kmsg", DISKS=disk)
    assert "lives" in out and "block 123456789 is outside the data area" in out


class Tree:
    """The image of d/, e/x/ and e/f, whose parts can be put out of order."""

    def __init__(self, tmp_path):
        (tmp_path / "t" / "d").mkdir(parents=True)
        (tmp_path / "t" / "e" / "x").mkdir(parents=True)
        (tmp_path / "t" / "e" / "f").write_text("file")
        self.path = mkfs(tmp_path / "tree.img", "8M", tmp_path / "t")
        with open(self.path, "rb") as f:
            self.raw = bytearray(f.read())
        self.itable = SUPER.unpack_from(self.raw)[11]

    def inode(self, ino):
        """=> where it lies"""
        return self.itable * BLOCK + ino * 128

    def block(self, ino):
        return struct.unpack_from("<I", self.raw, self.inode(ino) + 60)[0]

    def slots(self, ino):
        """=> {name: (where the entry lies, the inode it names)}"""
        found = {}
        for at in range(self.block(ino) * BLOCK, (self.block(ino) + 1) * BLOCK, 64):
            child, lt = struct.unpack_from("<IB", self.raw, at)
            found.setdefault(bytes(self.raw[at + 5:at + 5 + (lt & 63)]).decode(), (at, child))
        return found

    def find(self, path):
        ino = 1
        for part in path.split("/"):
            ino = self.slots(ino)[part][1]
        return ino

    def set_entry(self, directory, name, ino):
        """Let name, new if it is not there, mean the directory ino."""
        slots = self.slots(directory)
        at = slots[name if name in slots else ""][0]
        entry = struct.pack("<IB59s", ino, len(name) | 1 << 6, name.encode())
        self.raw[at:at + 64] = entry

    def save(self):
        with open(self.path, "wb") as f:
            f.write(self.raw)


def loop_up(t):
    t.set_entry(t.find("d"), "..", t.find("d"))


def ring_up(t):
    t.set_entry(t.find("d"), "..", t.find("e"))
    t.set_entry(t.find("e"), "..", t.find("d"))


def itself(t):
    t.set_entry(t.find("d"), "loop", t.find("d"))


def root_below(t):
    t.set_entry(t.find("d"), "loop", 1)


def two_parents(t):
    t.set_entry(t.find("d"), "loop", t.find("e/x"))


def endless(t):
    """4 TiB of one block, over and over."""
    ino, last = t.find("d"), len(t.raw) // BLOCK - 1
    block = t.block(ino)
    struct.pack_into("<QQ", t.raw, t.inode(ino) + 8, 4 << 40, last)
    struct.pack_into("<15I", t.raw, t.inode(ino) + 60, *[block] * 12, *[last] * 3)
    t.raw[last * BLOCK:] = struct.pack("<I", last) * (BLOCK // 4)


@pytest.mark.parametrize("damage", [loop_up, ring_up, itself, root_below, two_parents, endless])
def test_not_a_tree(tmp_path, damage):
    """Directories below themselves, with two parents, without an end: said, and no hang."""
    tree = Tree(tmp_path)
    damage(tree)
    tree.save()
    assert fsck(tree.path)[0] == 4
    _, out, _ = boot("mkdir /mnt; mount -t pfs /dev/vdb /mnt; cd /mnt; echo 1 > e/f2; ls d;"
                     "mv e/f d/f; mv d/f e/x/f; rmdir d/loop; mv d/loop e/y; mv e/x d/x;"
                     "ls d/none; rm -r d; cd /; umount /mnt; echo lives; cat /proc/kmsg",
                     DISKS=tree.path)
    assert "lives" in out and "damaged: " in out


def test_not_a_file_system(tmp_path):
    disk = tmp_path / "zero.img"
    disk.write_bytes(bytes(1 << 20))
    status, out, _ = boot("mkdir /mnt; mount -t pfs /dev/vdb /mnt || echo refused; "
                          "mount -t pfs /dev/vdz /mnt || echo refused", DISKS=str(disk))
    assert status == 0 and out.count("refused") == 2


def test_stress_leaves_a_sound_image(tmp_path):
    disk = mkfs(tmp_path / "a.img", "24M", ROOT)
    status, out, _ = boot("/tests/fsstress -p 6 -n 400 -s 11", DISK=disk, CPUS=2, MEM="64M",
                          TIMEOUT=120)
    assert status == 0 and "ok stress" in out, out
    code, text = fsck(disk)
    assert code == 0, text


@pytest.mark.parametrize("cpus,seed", [(1, 1), (2, 2)])
def test_power_cuts(tmp_path, cpus, seed):
    before, disk, log = (str(tmp_path / n) for n in ("before.img", "a.img", "log"))
    mkfs(before, "16M", ROOT)
    shutil.copyfile(before, disk)
    status, out, _ = boot(f"/tests/powercut -p 3 -n 50 -s {seed}", DISK=disk, LOGWRITES=log,
                          CPUS=cpus, TIMEOUT=120)
    assert status == 0 and "ok powercut" in out, out
    replay = str(tmp_path / "powercut")
    r = sh("cc", "-std=gnu11", "-O1", "-g", "-fsanitize=address,undefined", "-Ikernel", "-Imkfs",
           "tests/system/powercut.c", "mkfs/image.c", "kernel/fs/pfs/check.c",
           "kernel/fs/pfs/recover.c", "-o", replay, cwd=TOP)
    assert r.returncode == 0, r.stderr
    r = sh(replay, log, before, 400, seed)
    os.unlink(log)
    assert r.returncode == 0, r.stdout + r.stderr
    cuts = int(r.stdout.split(" cut points")[0].split()[-1])
    assert cuts >= 500, r.stdout


def failing_disk(image, iotype, sector):
    """The second disk, which fails whenever this sector is read or written."""
    rule = {"event": "none", "iotype": iotype, "errno": 5, "sector": sector, "once": False}
    return ["-blockdev", f"driver=file,node-name=badfile,filename={image}",
            "-blockdev", json.dumps({"driver": "blkdebug", "node-name": "bad",
                                     "image": "badfile", "inject-error": [rule]}),
            "-device", "virtio-blk-device,drive=bad,bus=virtio-mmio-bus.1,"
                       "werror=report,rerror=report"]


def boot_failing(cmd, *disk):
    r = qemu.run(qemu.Config(CMD=cmd), extra=failing_disk(*disk))
    return r.status, r.output.decode(errors="replace")


def test_log_write_fails(tmp_path, small):
    """The journal cannot be written: read-only from then on, said in one line; no hang."""
    disk = mkfs(tmp_path / "b.img", "8M", small)
    status, out = boot_failing(
        "mkdir /mnt; mount -t pfs /dev/vdb /mnt; echo x > /mnt/new; sync; "
        "mkdir /mnt/d || echo read-only; cat /mnt/hello; umount /mnt && echo unmounted; "
        "cat /proc/kmsg", disk, "write", 2 * 8)
    assert "read-only\n" in out and "hello\n" in out and "unmounted" in out, out
    assert "vdb: journal stopped (error 5)" in out
    assert fsck(disk)[0] == 0


def test_data_read_fails(tmp_path, small):
    disk = mkfs(tmp_path / "b.img", "8M", small)
    with open(disk, "rb") as f:
        itable = SUPER.unpack(f.read(SUPER.size))[11]
        f.seek(itable * BLOCK + 2 * 128 + 60)   # inode 2 is the first name, "hello"
        block = struct.unpack("<I", f.read(4))[0]
    status, out = boot_failing(
        "mkdir /mnt; mount -t pfs /dev/vdb /mnt; cat /mnt/hello || echo failed; "
        "cat /mnt/sub/data | wc -c; echo more > /mnt/new; sync; cat /mnt/new; umount /mnt && "
        "echo unmounted", disk, "read", block * 8)
    assert "failed\n" in out and "25600" in out and "more\n" in out and "unmounted" in out, out
    assert fsck(disk)[0] == 0


def test_data_write_fails(tmp_path, small):
    """fsync says so; the file system goes on."""
    disk = mkfs(tmp_path / "b.img", "8M", small)
    text = fsck(disk)[1]
    used = int(text.split(" blocks used")[0].split()[-1])
    with open(disk, "rb") as f:
        start = SUPER.unpack(f.read(SUPER.size))[13]
    status, out = boot_failing(
        "mkdir /mnt; mount -t pfs /dev/vdb /mnt; cp /bin/sh /mnt/copy; sync; "
        "mkdir /mnt/d && echo alive; cat /mnt/hello; umount /mnt; echo unmounted; "
        "cat /proc/kmsg", disk, "write", (start + used + 3) * 8)
    assert "alive" in out and "hello\n" in out and "unmounted" in out, out
    assert "vdb: error 5 writing" in out
    assert fsck(disk)[0] == 0
