# SPDX-License-Identifier: MIT
"""Public tests of lab slab."""
import struct

from lablib.grading import MASK, Failed, mix, need, test
from lablib.kernel import PAGE_SIZE, PG_HEAD, PG_SLAB, PG_TAIL, Kernel

MARK = 0x636f6e7374727563
SIZES = (8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192)
KMALLOC = 8             # the driver's number for what is not of one of its caches
PAGE_OFFSET = 0xffffffc000000000
INTERNAL = "mm/kmem/slab_internal.h"


class Cache:
    """A cache as it lies in memory: slabs by list, and where each slot is."""

    def __init__(self, view, number):
        self.view = view
        k = view.kernel
        c = k.layout(INTERNAL, "struct kmem_cache", "mag", "object_size", "size", "align", "objects",
                     "order", "head", "hidden", "node")
        n = k.layout(INTERNAL, "struct kmem_node", "partial", "full", "empty", "nr_empty", "nr_slabs",
                     "inuse")
        self.at = at = view.u64(view.symbol("slabtrace_cache") + 8 * number)
        self.number, self.gone = number, at == 0
        if self.gone:
            return
        self.object_size, self.size, self.align = (view.u32(at + c[f])
                                                   for f in ("object_size", "size", "align"))
        self.objects, = struct.unpack("<H", view.read(at + c["objects"], 2))
        self.head, = struct.unpack("<H", view.read(at + c["head"], 2))
        self.order = view.read(at + c["order"], 1)[0]
        node = at + c["node"]
        self.nr_empty, self.nr_slabs = view.u32(node + n["nr_empty"]), view.u64(node + n["nr_slabs"])
        self.inuse = view.u64(node + n["inuse"])
        self.slabs = []                 # (list's name, Page)
        for name in ("partial", "full", "empty"):
            try:
                links = view.list_of(node + n[name], 4096)
            except ValueError as e:
                raise Failed("lists of slabs whose links agree", "%s: %s" % (name, e)) from e
            self.slabs += [(name, view.page(view.pfn_of(at - 16))) for at in links]
        self.magazines = []
        for m in view.u64s(at + c["mag"], 8):
            top, end = view.u64s(m, 2)
            held = (top - m - 16) // 8
            need(m + 16 <= top <= end, "a magazine's top between its slots and its end",
                 "%#x, slots from %#x to %#x" % (top, m + 16, end))
            self.magazines.append(list(view.u64s(m + 16, held)) if held else [])

    def base(self, page):
        """The first slot of a slab: behind the index and the colour if there is an index."""
        va = PAGE_OFFSET + page.pfn * PAGE_SIZE
        return va if self.objects <= 16 else va + self.head + page.index

    def slots(self, page):
        return [self.base(page) + i * self.size for i in range(self.objects)]

    def free_in(self, page):
        """The slots that the slab's own index has."""
        free = self.objects - page.inuse
        need(0 <= free <= self.objects, "inuse of a slab at most %d" % self.objects, page.inuse)
        if self.objects <= 16:
            numbers = [page.index >> 4 * i & 15 for i in range(free)]
        else:
            wide = 1 if self.objects <= 256 else 2
            raw = self.view.read(PAGE_OFFSET + page.pfn * PAGE_SIZE, free * wide)
            numbers = struct.unpack("<%d%s" % (free, "B" if wide == 1 else "H"), raw)
        need(all(i < self.objects for i in numbers), "slot numbers below %d in the index" % self.objects,
             max(numbers, default=0))
        return [self.base(page) + i * self.size for i in numbers]


class Live:
    def __init__(self, view, seed=None):
        n = view.u64(view.symbol("slabtrace_nr_live"))
        words = view.u64s(view.u64(view.symbol("slabtrace_live")), 4 * n) if n else ()
        self.rows = [words[i:i + 4] for i in range(0, len(words), 4)]       # addr, size, id, cache
        self.seed = view.stub.nonce if seed is None else seed
        self.raw = {row[0]: view.read(row[0], row[1]) for row in self.rows}

    def check_contents(self, ctor=False):
        for addr, size, ident, number in self.rows:
            start = 16 if ctor and number != KMALLOC else 0
            want = b"".join(struct.pack("<Q", mix(self.seed, ident << 16 | k))
                            for k in range((size + 7) // 8))[start:size]
            need(self.raw[addr][start:] == want, "the object of %d bytes at %#x as it was written" % (
                size, addr), "other contents")

    def check_apart(self, align):
        end = 0
        for addr, size, _, _ in sorted(self.rows):
            need(addr % align == 0, "objects aligned to %d" % align, "%#x" % addr)
            need(addr >= end, "objects apart", "the one at %#x begins in the one before" % addr)
            end = addr + size


def objects_asked(r, steps, size, cache=0):
    """Size, number and cache of each object that is live after so many steps of the driver: it
    draws them from the nonce."""
    live = []
    for k in range(steps):
        r = mix(r, k)
        if cache == KMALLOC:
            goes, at = len(live) == 256 or r & 7 < 3, r >> 48
        else:
            goes, at = r & 15 < (11 if k // 512 & 1 else 5), r >> 16
        if live and goes:
            at %= len(live)
            live[at] = live[-1]
            live.pop()
        else:
            live.append((random_size(r, size) if cache == KMALLOC else size, k, cache))
    return live


def check_asked(live, want):
    need([tuple(row[1:]) for row in live.rows] == want, "the %d objects in use that were asked for" %
         len(want), "%d, or others" % len(live.rows))


def trace(m, size, align, ctor, rounds, look):
    """look(Cache, Live, view) at each checkpoint => {number: what it gave}"""
    kernel, seen = Kernel(m), {}

    def stop(stub, number, a, b):
        view = kernel.view(stub)
        seed = mix(stub.nonce, number)
        live = Live(view, seed)
        check_asked(live, objects_asked(seed, 500, size) if number < rounds else [])
        seen[number] = look(Cache(view, 0), live, view)

    run = m.run("slablab trace %d %d %d %d" % (size, align, ctor, rounds), on_stop=stop)
    run.need_status()
    need(set(seen) == set(range(rounds + 1)), "%d checkpoints" % (rounds + 1), sorted(seen))
    return seen, run


def whole(m, size, align, ctor, rounds=2):
    """Everything of each checkpoint: [(Cache, Live, {slab: free slots}, made - gone, words)]."""
    def look(cache, live, view):
        free = {p.pfn: cache.free_in(p) for _, p in cache.slabs}
        alive = view.u64(view.symbol("slabtrace_made")) - view.u64(view.symbol("slabtrace_gone"))
        words = {s: view.u64s(s, 2) for _, p in cache.slabs for s in cache.slots(p)} if ctor else {}
        tails = all(view.page(p.pfn + i).flags & PG_TAIL and view.page(p.pfn + i).mapping ==
                    0xfffffff000000000 + p.pfn * 48 for _, p in cache.slabs
                    for i in range(1, 1 << cache.order))
        return cache, live, free, alive, words, tails

    return [trace_row for _, trace_row in sorted(trace(m, size, align, ctor, rounds, look)[0].items())]


def small(m):
    return whole(m, 40, 0, 0)


def medium(m):
    return whole(m, 500, 64, 0)


def constructed(m):
    return whole(m, 104, 0, 1)


@test("objects are aligned, apart and keep their contents", points=5, read="slab.h")
def objects(m):
    for size, align in ((40, 8), (500, 64)):
        seen, _ = trace(m, size, align, 0, 1, lambda cache, live, view: live)
        seen[0].check_apart(align)
        seen[0].check_contents()
        need(len(seen[0].rows) > 100, "more than 100 live objects", len(seen[0].rows))


@test("slabs are full of objects: an eighth is wasted at most", points=8,
      read="layout_setup; the drawing of the handout")
def density(m):
    for look, name in ((small, "40"), (medium, "500, aligned to 64")):
        rows = m.once(look)		# here, so that "by hand" is the command of this one
        cache, live = rows[0][:2]
        block = PAGE_SIZE << cache.order
        need(cache.objects * cache.size * 8 >= block * 7, "slabs of %s-byte objects that waste an eighth "
             "at most" % name, "%d objects of %d bytes in %d" % (cache.objects, cache.size, block))
        need(cache.head + cache.objects * cache.size <= block, "index and objects within the block",
             "%d + %d * %d bytes in %d" % (cache.head, cache.objects, cache.size, block))
        most = 2 + -(-(len(live.rows) + 2 * 30) // cache.objects) * 3 // 2
        need(cache.nr_slabs <= most, "%d objects in at most %d slabs of %d" % (
            len(live.rows), most, cache.objects), cache.nr_slabs)


@test("a slot is in one place: in use, in a magazine, or free in its slab", points=12,
      read="S1 at the head of slab.c; the index of a slab at that of slab_mag.c")
def places(m):
    for look in (small, medium, constructed):
        for cache, live, free, _, _, _ in m.once(look):
            where = {}

            def put(slot, what):
                need(slot in where, "%s to be a slot of a slab of its cache" % what, "%#x" % slot)
                need(where[slot] is None, "%#x in one place" % slot, "%s, and %s" % (where[slot], what))
                where[slot] = what

            for _, page in cache.slabs:
                where.update({s: None for s in cache.slots(page)})
            for row in live.rows:
                put(row[0], "live")
            for hart, slots in enumerate(cache.magazines):
                for s in slots:
                    put(s, "in hart %d's magazine" % hart)
            for _, page in cache.slabs:
                for s in free[page.pfn]:
                    put(s, "free in its slab")
            lost = [s for s, what in where.items() if what is None]
            need(not lost, "every slot somewhere", "%d of %d are lost" % (len(lost), len(where)))
            need(cache.objects > 1, "more than one object in a slab", cache.objects)


@test("slabs are on the list that fits, and the counts are true", points=8, read="S2, S3; struct kmem_node")
def lists(m):
    for look in (small, medium, constructed):
        for cache, _, _, _, _, tails in m.once(look):
            for name, p in cache.slabs:
                need(p.flags & PG_SLAB and p.mapping == cache.at and p.objects == cache.objects,
                     "a slab marked as one of its cache", "flags %#x, cache %#x, %d objects" % (
                         p.flags, p.mapping, p.objects))
                want = "empty" if p.inuse == 0 else "full" if p.inuse == p.objects else "partial"
                need(name == want, "a slab with %d of %d objects in use on the list of %s ones" % (
                    p.inuse, p.objects, want), name)
            need(tails, "the other pages of a slab to lead to its first", "they do not")
            need(cache.nr_slabs == len(cache.slabs), "%d slabs counted" % len(cache.slabs), cache.nr_slabs)
            empty = sum(name == "empty" for name, _ in cache.slabs)
            need(cache.nr_empty == empty <= 1, "%d empty slab counted, and one at most" % empty,
                 "%d, %d on the list" % (cache.nr_empty, empty))
            inuse = sum(p.inuse for _, p in cache.slabs)
            need(cache.inuse == inuse, "%d slots counted as out of their slabs" % inuse, cache.inuse)
            need(cache.objects > 1, "more than one object in a slab", cache.objects)


@test("the constructor runs once an object, and its work is kept", points=8,
      read="slab.c: \"it may keep its constructed state\"; slot_birth")
def constructor(m):
    for cache, live, free, alive, words, _ in m.once(constructed):
        total = len(cache.slabs) * cache.objects
        need(cache.objects > 1, "more than one object in a slab", cache.objects)
        need(alive == total, "constructors less destructors: %d, all slots of all slabs" % total, alive)
        for slot, (first, second) in words.items():
            need(first == MARK ^ slot and second == 1, "the slot at %#x in its constructed state" % slot,
                 "%#x, %d" % (first, second))
        live.check_contents(True)


@test("the common ways take few instructions", points=9,
      read="magazines; the numbers of slab_internal.h's short ways")
def cost(m):
    run = m.run("slablab cost", cpus=2)
    for hart in range(2):
        r = mix(run.nonce, hart + 1)
        size, small_size = 24 + r % 977, 24 + (r >> 32) % 105
        for name, times, what, most in (
                ("pair", 1000, "an allocation of %d bytes and its free" % size, 110),
                ("row", 8 * 256, "one of 256 allocations of %d bytes in a row, and its free" % small_size, 290),
                ("kmalloc", 1000, "kmalloc of %d bytes and kfree" % size, 130)):
            spent = run.cost(name + " 1" * hart)
            need(spent < times * most, "%s on hart %d in less than %d instructions" % (what, hart, most),
                 spent // times)
    run.need_status()


def look_shrink(m, command="shrink", **settings):
    kernel, seen = Kernel(m), {}

    def stop(stub, number, a, b):
        view = kernel.view(stub)
        cache, live = Cache(view, 0), Live(view)
        if command == "shrink" or number > 0:
            check_asked(live, objects_asked(stub.nonce, 400 if number == 0 else 0, 120))
        else:			# 60 taken on the other hart, a third given back there
            need(len(live.rows) == 40, "40 objects in use", len(live.rows))
        seen[number] = (cache, len(live.rows), struct.unpack("<q", view.read(
            view.symbol("slabtrace_result"), 8))[0],
            view.u64(view.symbol("slabtrace_made")) - view.u64(view.symbol("slabtrace_gone")), view)
        seen[number] += ([(view.page(p.pfn), p.pfn) for _, p in seen[0][0].slabs],
                         set(view.list_of(view.symbol("slab_caches"), 256)))

    run = m.run("slablab " + command, on_stop=stop, **settings)
    run.need_status()
    need(set(seen) == set(range(4)), "four checkpoints", sorted(seen))
    return seen


@test("empty slabs go back, and a cache that is done with leaves nothing", points=8,
      read="layout_flush_hart, layout_shrink, layout_release")
def shrink(m):
    seen = m.once(look_shrink)
    need(len(seen[0][0].slabs) > 3 and seen[0][0].objects > 1, "more than three slabs, of several objects each",
         "%d of %d" % (len(seen[0][0].slabs), seen[0][0].objects))
    before, after = seen[1][0], seen[2][0]
    need(seen[1][1] == 0 and before.slabs, "a slab that is kept when all is free", len(before.slabs))
    need(not after.slabs and after.nr_slabs == 0 and after.inuse == 0, "no slab after kmem_cache_shrink",
         "%d on the lists, %d counted, %d slots out" % (len(after.slabs), after.nr_slabs, after.inuse))
    need(not any(after.magazines), "no slot in a magazine", sum(map(len, after.magazines)))
    need(seen[2][2] >= 1 << before.order, "the number of frames that went back, %d at least" %
         (1 << before.order), seen[2][2])
    need(seen[2][3] == 0, "each destructor run", "%d not" % seen[2][3])
    for page, pfn in seen[2][5]:
        need(not (page.flags & PG_SLAB and page.mapping == after.at), "frame %#x given back" % pfn,
             "it is still a slab of the cache")
    need(seen[3][2] == 0 and seen[3][0].gone, "kmem_cache_destroy to succeed", seen[3][2])


@test("kmalloc takes the smallest size that fits", points=7, read="kmalloc.c; slab.h: kmalloc_index")
def kmalloc_sizes(m):
    kernel, seen = Kernel(m), []

    def stop(stub, number, a, b):
        view = kernel.view(stub)
        size_at = kernel.layout(INTERNAL, "struct kmem_cache", "object_size")["object_size"]
        live = Live(view)
        check_asked(live, objects_asked(stub.nonce, 700, 12000, KMALLOC))
        live.check_contents()
        live.check_apart(8)
        for addr, size, _, _ in live.rows:
            page = view.page((addr - PAGE_OFFSET) // PAGE_SIZE)
            if page.flags & PG_TAIL:
                page = view.page(view.pfn_of(page.mapping))
            if page.flags & PG_SLAB:
                seen.append((addr, size, view.u32(page.mapping + size_at)))
            else:
                seen.append((addr, size, PAGE_SIZE << (page.order if page.flags & PG_HEAD else 0)))

    run = m.run("slablab kmalloc 12000", on_stop=stop)
    run.need_status()
    need(len(seen) > 100, "more than 100 pieces", len(seen))
    for addr, size, got in seen:
        want = next((s for s in SIZES if s >= size), PAGE_SIZE << max(0, (size - 1).bit_length() - 12))
        need(got == want, "%d bytes from the cache of %d" % (size, want), got)
        if want & want - 1 == 0:
            need(addr % min(want, 4096) == 0, "%d bytes, a power of two, aligned to themselves" % want,
                 "%#x" % addr)


@test("krealloc keeps the contents and does not move without need", points=5, read="krealloc")
def krealloc(m):
    kernel, seen = Kernel(m), []

    def stop(stub, number, a, b):
        view = kernel.view(stub)
        seen.append((view.u64(view.symbol("slabtrace_result")), Live(view)))

    run = m.run("slablab krealloc", on_stop=stop)
    run.need_status()
    moves, live = seen[0]
    need(len(live.rows) == 1 and live.rows[0][2] == 0, "every byte kept through 300 changes",
         "%d were not" % live.rows[0][2])
    live.check_contents()
    wanted, place = changes(run.nonce)
    need(moves == wanted, "%d moves of 300 changes: a piece that fits and is more than half used (or is "
         "64 bytes) stays" % wanted, moves)


def random_size(r, most):
    return 1 + (r >> 24) % (most if r & 8 else min(most, 2048) if r & 16 else min(most, 256))


def changes(nonce):
    """How often krealloc of the driver has to move: (moves, last size of the place)."""
    r, room, moves = nonce & MASK, 0, 0
    for k in range(300):
        r = mix(r, k)
        want = random_size(r, 20000)
        if want <= room and (want > room // 2 or room <= 64):
            continue
        moves += 1
        room = next((s for s in SIZES if s >= want), 4096 << max(0, (want - 1).bit_length() - 12))
    return moves, room
