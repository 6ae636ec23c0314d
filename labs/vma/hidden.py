# SPDX-License-Identifier: MIT
"""Hidden tests of lab vma."""
from lab_vma_public import READ, WRITE, chain, check_requests, fill, reach, show, sum_page, window
from lablib.grading import mix, need, test
from lablib.kview import KernelView

ENOMEM = 12
PAGES = 256


def model(nonce, ops):
    """What vmalab_x change makes of its window: [(rights, accounted) or None] after each op."""
    state, after = [None] * PAGES, []
    for i in range(ops):
        r = mix(nonce, i)
        page, n = r % PAGES, 1 + (r >> 16) % 24
        n = min(n, PAGES - page)
        what, kind = r >> 32 & 0xffffffff, r >> 40 & 3
        what -= (what >> 31) << 32			# an int: C's % keeps the sign
        prot = READ if (what % 4 if what >= 0 else -(-what % 4)) < 2 else READ | WRITE
        for at in range(page, page + n):
            if kind < 2:
                state[at] = prot, bool(prot & WRITE)
            elif kind == 2:
                state[at] = None
            elif state[at] is None:
                break
            else:
                state[at] = prot, bool(prot & WRITE) or state[at][1]
        after.append(list(state))
    return after


def runs(state):
    """The areas that such a window has, if neighbours that are alike are one."""
    rows = []
    for at, s in enumerate(state):
        if s is None:
            continue
        if rows and rows[-1][1] == at and rows[-1][2] == s:
            rows[-1] = rows[-1][0], at + 1, s
        else:
            rows.append((at, at + 1, s))
    return [(a, b, s[0]) for a, b, s in rows]


@test("random changes, and every invariant after them", points=10, read="V1, V2, A1, A2, A3")
def random_changes(m):
    seen = []

    def look(stub, _number, base, done):
        areas, _ = KernelView(m, stub).current_mm().check_areas()
        seen.append((done, window(areas, base, PAGES)))

    run = m.run("vmalab_x change 320", on_stop=look, timeout=20)
    run.need_status()
    need(len(seen) == 40, "40 checkpoints", len(seen))
    after = model(run.nonce, 320)
    for done, have in seen:
        want = runs(after[done - 1])
        need(have == want, "after %d changes: %s" % (done, show(want)), show(have))


@test("fork makes the child's tree", points=5, read="vma_build_tree; rb_build")
def family(m):
    seen = {}

    def look(stub, number, base, n):
        mm = KernelView(m, stub).current_mm()
        areas, depth = mm.check_areas()
        seen[number] = window(areas, base, 7 * n), depth, len(areas)

    run = m.run("vmalab_x family 200", on_stop=look)
    run.need_status()
    reach(seen, 4, run)
    need(seen[1][0] == seen[0][0] == seen[3][0], "the child's areas to be the parent's, and the parent's "
         "to stay", "%d, %d and %d of them" % tuple(len(seen[i][0]) for i in (0, 1, 3)))
    for number in (1, 2):
        need(seen[number][1] <= 2 * (seen[number][2] + 1).bit_length(), "a balanced tree in the child",
             "%d areas, depth %d" % (seen[number][2], seen[number][1]))


@test("what differs in anything is not one", points=5, read="vma_mergeable, field by field")
def rules(m):
    seen = {}

    def look(stub, number, base, pages):
        areas, _ = KernelView(m, stub).current_mm().check_areas()
        seen[number] = window(areas, base, pages), areas

    run = m.run("vmalab_x rules", on_stop=look)
    run.need_status()
    reach(seen, 2, run)
    have, areas = seen[0]
    first = [row for row in have if row[0] < 32]
    want = [(0, 4, 1), (4, 8, 1), (16, 20, 1), (20, 24, 1)]
    need(first == want, "areas of two files, and a private and a shared one: " + show(want), show(first))
    anonymous = [row for row in have if row[0] >= 32]
    need(len(anonymous) == 2 and anonymous[0][0] == 32 and anonymous[-1][1] == 44 and
         anonymous[0][1] == anonymous[1][0] in (36, 40), "two areas with different anon_vma, the one "
         "between them joined to either", show(anonymous))
    need(run.value("files") == chain(sum_page(fill(run.nonce, i)) for i in
                                     [0, 1, 2, 3, 54, 55, 56, 57, 0, 1, 2, 3, 4, 5, 6, 7]),
         "the pages of the files that were mapped", "others")
    need(run.value("piece") == sum_page(fill(run.nonce, 55)),
         "the last piece of a closed and unlinked file's area to keep its contents", "other contents")


@test("the number of areas ends", points=5, read="MAX_MAP_COUNT; what has happened when vma_split fails?")
def limit(m):
    counts = []

    def look(stub, _number, _a, _b):
        counts.append(KernelView(m, stub).current_mm().nr_vmas)

    run = m.run("vmalab_x limit", on_stop=look, mem="256M", timeout=1)
    run.need_status()
    need(counts == [65536], "65536 areas and no more", counts)
    need(run.value("errors") == mix(run.nonce, chain([ENOMEM, ENOMEM, 0])),
         "ENOMEM from munmap and mprotect that would need one more, nothing changed; success when two "
         "have gone", "other results")
    need(run.value("pages") == mix(sum_page(fill(run.nonce, 1)), sum_page(fill(run.nonce, 2))),
         "the pages beside as they were written", "others")


@test("holes larger than the tree can tell", points=5, read="GAP_MAX; where the tree has no answer")
def huge(m):
    asked = check_requests(m, "vmalab_x huge", lambda mm: mm.check_areas()[0], 10)
    need(asked >= 3, "vma_gap to be asked", "%d times" % asked)
