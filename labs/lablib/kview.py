# SPDX-License-Identifier: MIT
"""kview.py - address spaces of the stopped kernel, read from outside.

	def look(stub, number, a, b):
	    k = KernelView(m, stub)
	    k.current_mm().areas()		# the list, in its order
	    k.page(pfn).refs

What a student's kernel keeps wrong shows here as it is; nothing is asked of the kernel
itself.
"""
import struct

from .gdbstub import Pte
from .grading import need
from .kernel import PAGE_OFFSET, Kernel, View

PAGE = 4096
PTE_SPECIAL = 1 << 8
GAP_MAX = 1 << 30			# vma.c, A1
VM_READ, VM_WRITE, VM_EXEC, VM_SHARED, VM_GROWSDOWN, VM_ACCOUNT = 1, 2, 4, 8, 0x80, 0x200

FIELDS = {
    "task": ("proc/task.h", "mm"),
    "mm": ("mm/vm/mm.h", "root vmas tree nr_vmas vma_cache counters pgtables total_vm start_brk brk "
           "mmap_base young hole_above"),
    "vma": ("mm/vm/mm.h", "start end mm flags link node gap max_gap file pgoff anon_vma"),
    "rb_node": ("lib/rbtree.h", "parent_color left right"),
    "list": ("lib/list.h", "next prev"),
}


def layout(m):
    """(Kernel, {"vma.start": offset, "vma": size, ...}) of the tree that m grades."""
    kernel, at = Kernel(m), {}
    for name, (header, fields) in FIELDS.items():
        found = kernel.layout(header, "struct " + name, *fields.split())
        at[name] = found.pop("")
        at.update(("%s.%s" % (name, field), off) for field, off in found.items())
    return kernel, at


def entries(stub, base, count, root=None):
    """The entry of each of count pages from base, a table at a time; where a table is missing,
    the entry that says so."""
    found, root = [], stub.root() if root is None else root
    while len(found) < count:
        va = base + len(found) * PAGE
        n = min(count - len(found), 512 - (va >> 12 & 511))
        table, level = root, 2
        while level > 0:
            e = Pte(int.from_bytes(stub.phys(table + (va >> (12 + 9 * level) & 511) * 8, 8), "little"),
                    level)
            if not e.present:
                break
            table, level = e.pfn << 12, level - 1
        if level > 0:
            found += [e] * n
            continue
        raw = stub.phys(table + (va >> 12 & 511) * 8, 8 * n)
        found += [Pte(v, 0) for v in struct.unpack("<%dQ" % n, raw)]
    return found


class Area:
    """A struct vma's fields as attributes."""


class KernelView(View):
    def __init__(self, m, stub):
        kernel, self.at = m.once(layout)
        super().__init__(kernel, stub)

    def frame(self, pfn):
        return self.stub.phys(pfn * PAGE, PAGE)

    def current_mm(self):
        """The address space of the program that runs."""
        return Mm(self, self.u64(self.stub.reg("sscratch") + self.at["task.mm"]))


class Mm:
    def __init__(self, view, va):
        self.view, self.va = view, va
        self.raw = view.read(va, view.at["mm"])
        self.root = self._word("mm.root") - PAGE_OFFSET
        self.brk, self.start_brk = self._word("mm.brk"), self._word("mm.start_brk")
        self.total_vm, self.mmap_base = self._word("mm.total_vm"), self._word("mm.mmap_base")
        self.young, self.hole_above = self._word("mm.young"), self._word("mm.hole_above")
        self.nr_vmas = self._word("mm.nr_vmas") & 0xffffffff
        self.pgtables = self._word("mm.pgtables")
        self.counters = [self._word("mm.counters", 8 * i) for i in range(3)]	# anon, file, shmem

    def _word(self, name, more=0):
        off = self.view.at[name] + more
        return int.from_bytes(self.raw[off:off + 8], "little")

    def _area(self, va):
        at, raw, v = self.view.at, self.view.read(va, self.view.at["vma"]), Area()
        node, link = at["vma.node"], at["vma.link"]

        def word(off):
            return int.from_bytes(raw[off:off + 8], "little")

        v.va, v.flags = va, word(at["vma.flags"]) & 0xffffffff
        for name in "start end gap max_gap file pgoff anon_vma".split():
            setattr(v, name, word(at["vma." + name]))
        v.next = word(link + at["list.next"])
        color = word(node + at["rb_node.parent_color"])
        v.parent, v.black = color & ~1, bool(color & 1)
        v.left, v.right = word(node + at["rb_node.left"]), word(node + at["rb_node.right"])
        return v

    def areas(self, most=100000):
        """The areas in the order of the list."""
        at, head, found = self.view.at, self.va + self.view.at["mm.vmas"], []
        link = self._word("mm.vmas")
        while link != head:
            need(len(found) < most, "a list of areas that ends", "%d areas and more" % most)
            found.append(self._area(link - at["vma.link"]))
            link = found[-1].next
        return found

    def check_areas(self):
        """V1, the list against the tree, and what the areas know of holes (A1 to A3).
        => (areas in order, depth of the tree)"""
        areas, at = self.areas(), self.view.at
        by_node = {v.va + at["vma.node"]: v for v in areas}
        need(self.nr_vmas == len(areas), "the number of areas (%d) to be counted" % len(areas),
             self.nr_vmas)
        order, depth = [], [0]

        def walk(node, parent, level):
            """The subtree at node: (black height, largest gap)."""
            if node == 0:
                return 1, 0
            v = by_node.get(node)
            need(v is not None, "a tree of the areas that are in the list", "a node that is not there")
            need(level < 64, "a tree and no ring", "more than 64 levels")
            need(v.parent == parent, "area %#x to know its parent in the tree" % v.start, hex(v.parent))
            up = by_node.get(parent)
            need(v.black or up is None or up.black, "no red node below a red one", "%#x" % v.start)
            left = walk(v.left, node, level + 1)
            order.append(v)
            right = walk(v.right, node, level + 1)
            need(left[0] == right[0], "as many black nodes to the left of %#x as to its right" % v.start,
                 "%d and %d" % (left[0], right[0]))
            depth[0] = max(depth[0], level + 1)
            largest = max(left[1], right[1], v.gap)
            need(v.max_gap == largest, "max_gap of area %#x to be %#x (A2)" % (v.start, largest),
                 hex(v.max_gap))
            return left[0] + v.black, largest

        walk(self._word("mm.tree"), 0, 0)
        settled = [v for v in areas if v.va != self.young]
        need([v.va for v in order] == [v.va for v in settled], "list and tree with the same areas in one "
             "order, but for mm->young (V1)", "%d in the list, %d in the tree" % (len(areas), len(order)))
        end = below = 0
        for v in areas:
            need(v.start < v.end and v.start >= end, "areas in order, none over another (V1)",
                 "[%#x, %#x) after one that ends at %#x" % (v.start, v.end, end))
            end = v.end
            if v.va == self.young:
                continue
            gap = 0 if v.flags & VM_GROWSDOWN else min(v.start - below, GAP_MAX)
            need(v.gap == gap, "gap of area %#x to be %#x (A1)" % (v.start, gap), hex(v.gap))
            below = v.end
        known = [self._word("mm.vma_cache", 8 * i) for i in range(8)] + [self.young, self.hole_above]
        need(set(known) <= {0} | {v.va for v in areas}, "only listed areas in vma_cache, young and hole_above "
             "(A3)", [hex(c) for c in known])
        return areas, depth[0]

    def area_at(self, va):
        return next((v for v in self.areas() if v.start <= va < v.end), None)

    def tables(self):
        """Every table of the user half: (level, first address, pfn, its entries not zero
        {index: Pte})."""
        todo = [(2, 0, self.root >> 12)]
        while todo:
            level, base, pfn = todo.pop()
            raw = self.view.frame(pfn)
            n = 256 if level == 2 else 512
            used = {i: Pte(e, level) for i, e in enumerate(struct.unpack_from("<%dQ" % n, raw)) if e}
            yield level, base, pfn, used
            if level > 0:
                todo += [(level - 1, base + (i << (12 + 9 * level)), e.pfn) for i, e in used.items()]

    def mapped(self):
        """{address: Pte} of every page that is present, T1 checked on the way."""
        found = {}
        for level, base, pfn, used in self.tables():
            count = self.view.page(pfn).index
            need(count == len(used), "the table for %#x (level %d) to count its entries (T1)" %
                 (base, level), "index %d, %d entries that are not zero" % (count, len(used)))
            if level == 0:
                found.update((base + (i << 12), e) for i, e in used.items())
        return found

    def check_counts(self):
        """V3, V4, T1 and P3 for what only this program maps: every entry lies in an area, the
        counters and every private anonymous frame's counts are right. => mapped()"""
        entries, areas = self.mapped(), self.areas()
        anonymous = 0
        for va, e in entries.items():
            v = next((v for v in areas if v.start <= va < v.end), None)
            need(v is not None, "every entry to lie in an area (V3)", "%#x: %r, no area" % (va, e))
            if e.value & PTE_SPECIAL:
                continue
            p = self.view.page(e.pfn)
            need(p.refs >= p.maps >= 1, "the frame mapped at %#x to be counted (P3)" % va,
                 "%d references, %d mappings" % (p.refs, p.maps))
            anonymous += p.mapping & 1
        need(self.counters[0] == anonymous, "as many anonymous pages counted as are mapped (V4)",
             "%d counted, %d mapped" % (self.counters[0], anonymous))
        return entries
