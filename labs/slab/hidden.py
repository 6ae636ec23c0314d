# SPDX-License-Identifier: MIT
"""Hidden tests of lab slab."""
from lab_slab_public import PAGE_SIZE, constructor, lists, look_shrink, places, whole
from lablib.grading import need, test
from lablib.kernel import Kernel


@test("slabs of one cache begin at different cache lines", points=5, read="colour, at the head of slab_mag.c")
def colours(m):
    cache = whole(m, 120, 0, 0, 1)[0][0]
    left = (PAGE_SIZE << cache.order) - cache.head - cache.objects * cache.size
    offsets = {p.index for _, p in cache.slabs}
    need(cache.objects > 16 and len(cache.slabs) > 2, "slabs with an index", cache.objects)
    need(all(o % 64 == 0 and o <= left for o in offsets), "offsets of whole lines within the %d bytes that "
         "are left" % left, sorted(offsets))
    need(len(offsets) > 1, "more than one offset", sorted(offsets))


def harts_seen(m):
    return look_shrink(m, "harts", cpus=2)


@test("a slot that another hart took goes home too", points=8,
      read="slab.c: flush_all; layout_flush_hart, node_give")
def harts(m):
    seen = m.once(harts_seen)
    cache = seen[0][0]
    need(all(cache.magazines[:2]) and cache.objects > 1, "magazines in use, one of each hart",
         [len(x) for x in cache.magazines])
    need(cache.inuse == sum(map(len, cache.magazines)) + seen[0][1], "slots out of their slabs: live ones "
         "and those of the magazines", "%d, of which %d live and %s in magazines" % (
             cache.inuse, seen[0][1], [len(x) for x in cache.magazines]))
    for slots in seen[1][0].magazines:
        need(len(set(slots)) == len(slots), "no slot twice in a magazine", len(slots))
    after = seen[2][0]
    need(not after.slabs and after.nr_slabs == 0 and not any(after.magazines), "nothing left after "
         "kmem_cache_shrink, on no hart", "%d slabs, magazines of %s" % (
             len(after.slabs), [len(x) for x in after.magazines]))
    need(seen[2][3] == 0, "each destructor run", "%d not" % seen[2][3])
    need(seen[3][2] == 0 and seen[3][0].gone, "kmem_cache_destroy to succeed", seen[3][2])


@test("a cache that goes gives its magazines back", points=6, read="layout_release; hidden of struct kmem_cache")
def magazines(m):
    kernel = Kernel(m)
    hidden = kernel.layout("mm/kmem/slab_internal.h", "struct kmem_cache", "hidden")["hidden"]
    counts = {}

    def stop(stub, number, a, b):
        view = kernel.view(stub)
        homes = view.u64s(view.symbol("kmalloc_caches"), 13)
        counts[number] = sum(view.u32(c + hidden) for c in set(homes))

    run = m.run("slablab shrink", on_stop=stop)
    run.need_status()
    need(counts[0] > 0, "magazines made of kmalloc's slots", counts[0])
    need(counts[3] == counts[2] - 1, "one magazine less after kmem_cache_destroy", "%d, then %d" % (
        counts[2], counts[3]))


def sizes_seen(m):
    return [whole(m, size, align, ctor, 1) for size, align, ctor in
            ((8, 8, 0), (16, 0, 1), (264, 0, 0), (1400, 0, 1), (5000, 256, 0))]


@test("every size, with few and many objects a slab", points=6, read="fit: up to 16, up to 256, more")
def every_size(m):
    for rows in m.once(sizes_seen):
        cache, live = rows[0][:2]
        fake = Once(rows)
        need(cache.head + cache.objects * cache.size <= PAGE_SIZE << cache.order, "index and objects in "
             "the block", cache.objects)
        live.check_apart(cache.align)
        places(fake)
        lists(fake)
        block = PAGE_SIZE << cache.order
        used = cache.head + cache.objects * cache.size
        need(used * 8 >= block * 7 or cache.order == 3, "an eighth wasted at most", "%d of %d" % (
            block - used, block))


class Once:
    """A machine on which everything has been looked at."""

    def __init__(self, rows):
        self.rows = rows

    def once(self, *_):
        return self.rows


@test("all constructors run, whatever the size", points=5, read="slot_birth, slab_page_free")
def every_constructor(m):
    for rows in m.once(sizes_seen):
        if rows[0][4]:
            constructor(Once(rows))
