# SPDX-License-Identifier: MIT
"""memory.py - kernel memory and structures, whatever the selected hart is doing.

GDB reads through the page table and privilege of the hart that is selected; a hart in
user mode sees nothing of the kernel.  So kernel addresses are translated here, in
software, and read as physical memory (a mode of QEMU's stub).
"""

import contextlib
import struct

import gdb

PAGE = 4096
USER_TOP = 0x4000000000
PAGE_OFFSET = 0xffffffc000000000
DIRECT_END = PAGE_OFFSET + (128 << 30)
VMEMMAP = 0xfffffff000000000
KERNEL_BASE = 0xffffffff80000000
M64 = (1 << 64) - 1
load_pa = 0x80200000


@contextlib.contextmanager
def physical():
    gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    try:
        yield
    finally:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)


def read_phys(pa, n):
    with physical():
        return bytes(gdb.selected_inferior().read_memory(pa, n))


def symbol(name):
    """Address of a kernel symbol."""
    return int(gdb.parse_and_eval(f"(unsigned long)&{name}")) & M64


def image_pa(va):
    return va - KERNEL_BASE + load_pa


def reg(name):
    return int(gdb.parse_and_eval(f"(unsigned long)${name}")) & M64


def pte_at(table, index):
    return struct.unpack("<Q", read_phys(table + 8 * index, 8))[0]


def walk(va, root):
    """[(level, address of the entry, entry)] down to a leaf or a hole."""
    steps, table = [], root
    for level in (2, 1, 0):
        index = va >> (12 + 9 * level) & 511
        entry = pte_at(table, index)
        steps.append((level, table + 8 * index, entry))
        if not entry & 1 or entry & 0xe:
            break
        table = (entry >> 10 & (1 << 44) - 1) << 12
    return steps


def kernel_root():
    return image_pa(symbol("kernel_root"))


def satp_root():
    satp = reg("satp")
    return (satp & (1 << 44) - 1) << 12 if satp >> 60 == 8 else None


def to_phys(va, root=None):
    """Physical address of va (a kernel address, or with root any); None: not mapped."""
    va &= M64
    if root is None:
        if PAGE_OFFSET <= va < DIRECT_END:
            return va - PAGE_OFFSET
        if va >= KERNEL_BASE:
            return image_pa(va)
        root = kernel_root()
    level, _, entry = walk(va, root)[-1]
    if not entry & 1 or not entry & 0xe:
        return None
    span = 1 << 12 + 9 * level
    return (entry >> 10 & (1 << 44) - 1) << 12 & -span | va & span - 1


def read(va, n, root=None):
    """n bytes at va; gdb.MemoryError where nothing is mapped."""
    out = b""
    while n > 0:
        here = min(n, PAGE - va % PAGE)
        pa = to_phys(va, root)
        if pa is None:
            raise gdb.MemoryError(f"nothing is mapped at {va:#x}")
        out += read_phys(pa, here)
        va, n = va + here, n - here
    return out


def u64(va):
    return struct.unpack("<Q", read(va, 8))[0]


def u32(va):
    return struct.unpack("<I", read(va, 4))[0]


def text(va, most=64):
    """The string at va."""
    out = b""
    while len(out) < most and b"\0" not in out:
        out += read(va + len(out), min(16, PAGE - (va + len(out)) % PAGE))
    return out.split(b"\0")[0].decode(errors="replace")


class Struct:
    """A structure of the kernel at an address; members as attributes: numbers, strings
    for char arrays, Structs for structures inside, lists for arrays."""

    def __init__(self, type_name, va, data=None, gtype=None):
        self._type = gtype or gdb.lookup_type(type_name).strip_typedefs()
        self._va = int(va) & M64
        self._data = data if data is not None else read(self._va, self._type.sizeof)
        self._fields = {}
        self._add(self._type, 0)

    def _add(self, gtype, base):
        for f in gtype.fields():
            if f.name is None or f.name == "":
                self._add(f.type.strip_typedefs(), base + f.bitpos // 8)
            else:
                self._fields[f.name] = (f.type.strip_typedefs(), base + f.bitpos // 8)

    def _value(self, gtype, off):
        size = gtype.sizeof
        if gtype.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            inner = self._data[off:off + size]
            s = Struct(None, self._va + off, inner, gtype)
            return s._value(s._fields["v"][0], 0) if list(s._fields) == ["v"] else s
        if gtype.code == gdb.TYPE_CODE_ARRAY:
            element = gtype.target().strip_typedefs()
            if element.sizeof == 1 and element.code == gdb.TYPE_CODE_INT:
                return self._data[off:off + size].split(b"\0")[0].decode(errors="replace")
            return [self._value(element, off + i) for i in range(0, size, element.sizeof)]
        number = int.from_bytes(self._data[off:off + size], "little")
        if gtype.code == gdb.TYPE_CODE_INT and getattr(gtype, "is_signed", False) and \
           number >> 8 * size - 1:
            number -= 1 << 8 * size
        return number

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._fields:
            raise AttributeError(name)
        return self._value(*self._fields[name])

    def where(self, name):
        """Address of a member."""
        return self._va + self._fields[name][1]

    def has(self, name):
        return name in self._fields


def offset(type_name, member):
    """Where a member lies, inside unnamed unions and structures too."""
    def find(gtype):
        for f in gtype.fields():
            if f.name == member:
                return f.bitpos // 8
            if not f.name:
                inside = find(f.type.strip_typedefs())
                if inside is not None:
                    return f.bitpos // 8 + inside
        return None

    at = find(gdb.lookup_type(type_name).strip_typedefs())
    if at is None:
        raise AttributeError(f"{type_name} has no {member}")
    return at


def each_on_list(head, type_name, member, most=1000000):
    """The Structs on a struct list."""
    off, at = offset(type_name, member), u64(head)
    while at != head and most > 0:
        yield Struct(type_name, at - off)
        at, most = u64(at), most - 1


def each_in_tree(root, type_name, member):
    """The Structs of a red-black tree, in order."""
    off = offset(type_name, member)
    left_off, right_off = offset("struct rb_node", "left"), offset("struct rb_node", "right")

    def below(node):
        if node:
            yield from below(u64(node + left_off))
            yield Struct(type_name, node - off)
            yield from below(u64(node + right_off))
    yield from below(u64(root))


def function_at(pc):
    """name+offset"""
    name = gdb.execute(f"info symbol {pc:#x}", to_string=True).split(" in section")[0]
    return "?" if name.startswith("No symbol") else name.replace(" + ", "+").strip()
