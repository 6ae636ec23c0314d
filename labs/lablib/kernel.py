# SPDX-License-Identifier: MIT
"""kernel.py - the stopped kernel's own objects, read from outside.

Where a symbol lies comes from kernel.elf, where a field lies from the compiler that built
it: a file with nothing but offsetof() is compiled against the tree's headers.

	k = Kernel(machine)
	z = k.layout("mm/phys/zone.h", "struct zone", "nr_free", "area", "lock")
	...in on_stop:	v = k.view(stub)
			v.u64(addr + z["nr_free"]), v.page(pfn).counts
"""
import functools
import os
import re
import struct
import subprocess
import tempfile

from .gdbstub import Pte

VMEMMAP, PAGE_SIZE, PAGE_STRUCT = 0xfffffff000000000, 4096, 48
PAGE_OFFSET = 0xffffffc000000000
PG_BUDDY, PG_PCP, PG_RESERVED, PG_SLAB, PG_HEAD, PG_TAIL, PG_PGTABLE = (1 << n for n in range(7))


def cross(tool):
    return os.environ.get("CROSS", "riscv64-unknown-elf-") + tool


def elf_symbols(path):
    """[(name, value, is it global?)] of a 64-bit ELF file.  Not by way of nm, where a line can be
    part of a name; ValueError if a name is none that C gives."""
    with open(path, "rb") as f:
        elf = f.read()
    shoff, = struct.unpack_from("<Q", elf, 40)
    shnum, = struct.unpack_from("<H", elf, 60)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, shoff + 64 * i) for i in range(shnum)]
    found = []
    for _, kind, _, _, at, size, link, *_ in sections:
        if kind != 2:			# SHT_SYMTAB
            continue
        names = sections[link][4]
        for name, info, _, section, value, _ in struct.iter_unpack("<IBBHQQ", elf[at:at + size]):
            if section == 0 or info & 15 in (3, 4) or name == 0:	# undefined; a section's, a file's
                continue
            text = elf[names + name:elf.index(b"\0", names + name)]
            if not re.fullmatch(rb"[A-Za-z0-9_.$]+", text):
                raise ValueError("the kernel has a symbol that no C has: %a" % text[:60])
            found.append((text.decode(), value, info >> 4 != 0))
    return found


class Page:
    """One struct page (kernel/mm/phys/page.h)."""

    def __init__(self, pfn, raw):
        self.pfn = pfn
        (self.flags, self.order, self.counts, self.next, self.prev, self.mapping,
         self.index) = struct.unpack("<IIQQQQQ", raw)
        self.refs, self.maps = self.counts & 0xffffffff, self.counts >> 32
        self.inuse, self.objects = self.order & 0xffff, self.order >> 16
        self.zone, self.node = self.flags >> 24 & 3, self.flags >> 26 & 3


class Kernel:
    def __init__(self, machine):
        self.machine = machine

    @functools.cached_property
    def symbols(self):
        """{name: address} of kernel.elf.  A name of several places is the global one's: a file
        may have a static variable of its own that is called like the staff's."""
        rows = sorted(elf_symbols(os.path.join(self.machine.build_dir, "kernel.elf")), key=lambda r: r[2])
        return {name: value for name, value, _ in rows}

    @functools.lru_cache(maxsize=None)
    def layout(self, header, type_name, *fields):
        """{field: offset}, and {"": size} of the type itself."""
        items = ["sizeof(%s)" % type_name] + \
            ["__builtin_offsetof(%s, %s)" % (type_name, f) for f in fields]
        source = '#include "%s"\nconst unsigned long offsets[] = { %s };\n' % (header, ", ".join(items))
        tree = self.machine.tree
        with tempfile.TemporaryDirectory() as folder:
            obj = os.path.join(folder, "o")
            done = subprocess.run(
                [cross("gcc"), "-std=gnu11", "-O2", "-march=rv64imac", "-mabi=lp64",
                 "-mcmodel=medany", "-ffreestanding", "-D__KERNEL__", "-w",
                 "-I" + os.path.join(tree, "kernel"),
                 "-I" + os.path.join(self.machine.build_dir, "gen"),
                 "-x", "c", "-c", "-", "-o", obj],
                input=source, text=True, check=False, capture_output=True)
            if done.returncode != 0:
                raise ValueError("%s does not give the offsets of %s" % (header, type_name))
            sect = os.path.join(folder, "s")
            subprocess.run([cross("objcopy"), "-O", "binary", "-j", ".rodata*", "-j", ".srodata*",
                            obj, sect], check=True, capture_output=True)
            with open(sect, "rb") as f:
                values = struct.unpack("<%dQ" % len(items), f.read()[:8 * len(items)])
        return dict(zip(("",) + fields, values))

    def view(self, stub):
        return View(self, stub)


class View:
    """The kernel of a machine that stands still."""

    def __init__(self, kernel, stub):
        self.kernel, self.stub = kernel, stub
        self.root = stub.root()
        self.leaves = {}            # of kernel addresses, by 4 KiB page

    def _translate(self, va):
        page = va >> 12
        if page not in self.leaves:
            pte = self.stub.pte(va & (1 << 64) - 1, self.root)
            if not pte.present:
                raise ValueError("kernel address %#x is not mapped" % va)
            span = 1 << (12 + 9 * pte.level)
            self.leaves[page] = (pte.pfn << 12) + (va & ~0xfff & span - 1)
        return self.leaves[page] + (va & 0xfff)

    def read(self, va, size):
        out = b""
        if PAGE_OFFSET <= va < PAGE_OFFSET + (128 << 30):
            return self.stub.phys(va - PAGE_OFFSET, size)
        while len(out) < size:
            n = min(size - len(out), PAGE_SIZE - (va + len(out)) % PAGE_SIZE)
            out += self.stub.phys(self._translate(va + len(out)), n)
        return out

    def u64(self, va):
        return struct.unpack("<Q", self.read(va, 8))[0]

    def u32(self, va):
        return struct.unpack("<I", self.read(va, 4))[0]

    def u64s(self, va, n):
        return struct.unpack("<%dQ" % n, self.read(va, 8 * n))

    def symbol(self, name):
        return self.kernel.symbols[name]

    def page(self, pfn):
        return Page(pfn, self.read(VMEMMAP + pfn * PAGE_STRUCT, PAGE_STRUCT))

    def pages(self, first, n):
        """n struct pages from frame first on."""
        raw = self.read(VMEMMAP + first * PAGE_STRUCT, n * PAGE_STRUCT)
        return [Page(first + i, raw[i * PAGE_STRUCT:(i + 1) * PAGE_STRUCT]) for i in range(n)]

    def pfn_of(self, page_addr):
        """The frame of a struct page's address."""
        return (page_addr - VMEMMAP) // PAGE_STRUCT

    def list_of(self, head, limit=1 << 20):
        """The link addresses of a struct list, without its head; ValueError if it is broken."""
        out, prev, at = [], head, self.u64(head)
        while at != head:
            if len(out) >= limit or self.u64(at + 8) != prev:
                raise ValueError("the list at %#x is broken after %d links" % (head, len(out)))
            out.append(at)
            prev, at = at, self.u64(at)
        return out

    def tables(self, root=None):
        """The user half: ([(level, first va, frame, number of entries that are not zero)],
        {va: Pte} of all entries of leaf tables that are not zero)."""
        tables, leaves = [], {}

        def walk(frame, level, base):
            raw = struct.unpack("<512Q", self.stub.phys(frame << 12, PAGE_SIZE))
            raw = raw[:256] if level == 2 else raw
            tables.append((level, base, frame, sum(e != 0 for e in raw)))
            for i, e in enumerate(raw):
                va = base + (i << (12 + 9 * level))
                if e == 0:
                    continue
                pte = Pte(e, level)
                if level == 0:
                    leaves[va] = pte
                elif pte.present and not pte.leaf:
                    walk(pte.pfn, level - 1, va)

        walk((self.stub.root() if root is None else root) >> 12, 2, 0)
        return tables, leaves
