# SPDX-License-Identifier: MIT
"""Hidden tests of lab buddy."""
from lab_buddy_public import (ALLOC, FREE, MOVABLE, PAGEBLOCK_ORDER, TYPES, Zone, arena, check_alloc,
                              compare, halves, merged, name, show, stealing)
from lablib.grading import need, test
from lablib.kernel import Kernel


@test("no block reaches into another zone or beyond the RAM", points=9,
      read="free_mark: what does the mark of a free block hold besides PG_BUDDY?")
def zone_end(m):
    for before, after in arena(m, "edge", 64):
        want = merged(before.blocks, after.frame, after.order, after.type)
        want = {f: b for f, b in want.items() if b[0] <= PAGEBLOCK_ORDER}
        compare(want, after)
    need(after.blocks == {0: (PAGEBLOCK_ORDER, MOVABLE), 1024: (PAGEBLOCK_ORDER, MOVABLE)},
         "a block of order 9 before each edge in the end", show(after.blocks))
    seen, kernel = {}, Kernel(m)

    def look(stub, number, a, b):
        if number in (0, 4):
            seen[number] = Zone(kernel.view(stub))
            seen[number].check_blocks()

    run = m.run("buddylab trace 60 9", on_stop=look, mem="66M")
    run.need_status()
    need(set(seen) == {0, 4}, "two looks at the zone", len(seen))


def effects(before, after):
    """What a theft must leave: (blocks, types of page blocks), or None if it is no theft."""
    if after.kind != ALLOC or after.frame >= 3 << 10 or any(
            t == after.type and o >= after.order for o, t in before.blocks.values()):
        return None
    first, (order, owner) = next((f, b) for f, b in before.blocks.items()
                                 if f <= after.frame < f + (1 << b[0]))
    want, types, rest = dict(before.blocks), list(before.types), owner
    del want[first]
    block = first >> PAGEBLOCK_ORDER
    if order >= PAGEBLOCK_ORDER:
        for b in range(block, block + (1 << order - PAGEBLOCK_ORDER)):
            types[b] = after.type
        rest = after.type
    elif after.type != MOVABLE or order >= PAGEBLOCK_ORDER - 1:
        mine = 1 << order
        for f, (o, _) in list(want.items()):
            if f >> PAGEBLOCK_ORDER == block:
                want[f] = (o, after.type)
                mine += 1 << o
        if mine >= 1 << PAGEBLOCK_ORDER - 1:
            types[block] = after.type
        rest = after.type
    want.update({f: (o, rest) for f, o in halves(first, order, after.frame, after.order).items()})
    return want, types


@test("what is left of a stolen block goes where it belongs", points=8,
      read="the head of migrate.c: converted, or only borrowed")
def rest(m):
    kinds = set()
    for before, after in m.once(stealing):
        found = effects(before, after)
        if found:
            compare(found[0], after)
            kinds.add(after.type)
    need(len(kinds) == 3, "thefts for each type", [TYPES[k] for k in kinds])


@test("a page block changes its type when it is whole or half of it is free", points=7,
      read="the head of migrate.c; PAGEBLOCK_PAGES / 2")
def converts(m):
    changed = 0
    for before, after in m.once(stealing):
        found = effects(before, after)
        want = found[1] if found else before.types
        need(after.types == want, "the page blocks' types %s after %s" % (
            [TYPES[t] for t in want], after), [TYPES[t] if t < 3 else t for t in after.types])
        changed += want != before.types
    need(changed > 3, "page blocks that change their type", changed)


@test("other traces, the same rules", points=6, read="B1 to B3")
def seeds(m):
    for _ in range(3):
        steps = arena(m, "own", 450)
        for before, after in steps:
            if after.kind == ALLOC and not check_alloc(before, after):
                need(after.blocks == before.blocks, "a request that fails to change nothing", name(after.frame))
            elif after.kind == FREE:
                compare(merged(before.blocks, after.frame, after.order, after.type), after)
            need(after.nr_free == sum(1 << o for o, _ in after.blocks.values()), "nr_free to be true",
                 after.nr_free)
        need(sorted(steps[-1][1].blocks) == [0, 1024, 2048], "three whole blocks in the end",
             len(steps[-1][1].blocks))
