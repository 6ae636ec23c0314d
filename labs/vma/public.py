# SPDX-License-Identifier: MIT
"""Public tests of lab vma."""
from lablib.grading import MASK, Failed, mix, need, test
from lablib.kview import VM_GROWSDOWN, KernelView

PAGE, WORDS, WINDOW = 4096, 512, 0x1000000000
READ, WRITE = 1, 2
SEGV = 11
STACK_GUARD, MMAP_MIN, USER_TOP = 256 * PAGE, 16 * PAGE, 1 << 38


def fill(seed, page):
    """The words fill_page of lab.h writes, {index: value}."""
    return {k: mix(seed + page & MASK, k) for k in range(0, WORDS, 64)}


def sum_page(words):
    total = 0
    for k in range(0, WORDS, 64):
        total = mix(total, words[k])
    return total


def chain(values, start=0):
    for v in values:
        start = mix(start, v & MASK)
    return start


def window(areas, base, pages):
    """[(first page, last page + 1, rights)] of the areas in the window."""
    return [((v.start - base) // PAGE, (v.end - base) // PAGE, v.flags & 7) for v in areas
            if base <= v.start < base + pages * PAGE]


def show(rows):
    return " ".join("[%d,%d)%s" % (a, b, "".join(c for i, c in enumerate("rwx") if f >> i & 1) or "-")
                    for a, b, f in rows) or "none"


def reach(seen, count, run):
    for number in range(count):
        if number not in seen:
            raise Failed("the program to reach checkpoint %d" % number, run.ending())


def looked(m, command, count, **settings):
    """Run it; ({checkpoint: (areas, base, pages)}, run)."""
    seen = {}

    def look(stub, number, base, pages):
        seen[number] = KernelView(m, stub).current_mm().areas(), base, pages

    run = m.run(command, on_stop=look, **settings)
    run.need_status()
    reach(seen, count, run)
    return seen, run


@test("an address is found in its area, and nowhere else", points=10, read="vma_search; A3")
def find(m):
    run = m.run("vmalab find")
    run.need_status()
    n = run.nonce
    need(run.value("sum") == chain(sum_page(fill(n, i + k)) for i in range(10) for k in (0, 100)),
         "20 pages in 10 areas as they were written", "another sum of them")
    need(run.value("signals") == mix(n, chain([SEGV, SEGV, 0] * 10 + [SEGV, SEGV])),
         "SIGSEGV just below and just above each area, and in one that has gone", "another row of signals")


def look_tree(m):
    seen = {}

    def look(stub, number, base, pages):
        if number < 2:
            seen[number] = KernelView(m, stub).current_mm(), base, pages
            mm = seen[number][0]
            seen[number] = mm.check_areas() + (base, pages)
        else:
            seen[number] = KernelView(m, stub).current_mm().areas(), 0, base, pages

    run = m.run("vmalab tree 300", on_stop=look)
    run.need_status()
    reach(seen, 3, run)
    return seen, run


@test("list and tree hold the same areas", points=14, read="V1, A1, A2; lib/rbtree.h")
def list_and_tree(m):
    seen, run = m.once(look_tree)
    n, count = run.nonce, 300
    place = list(range(count))
    for i in range(count - 1, 0, -1):
        j = mix(n, i) % (i + 1)
        place[i], place[j] = place[j], place[i]

    def rows(places):
        return [(p * 4, p * 4 + 1 + (n + p & MASK) % 3, READ) for p in sorted(places)]

    for number, want in ((0, place), (1, place[1::2]), (2, [])):
        areas, depth, base, pages = seen[number]
        have = window(areas, base, pages)
        need(have == rows(want), "%d areas in the order of their addresses" % len(want),
             "%d: %s" % (len(have), show(have[:12])))
        need(depth <= 2 * (len(areas) + 1).bit_length(), "a tree of %d areas no deeper than %d" %
             (len(areas), 2 * (len(areas) + 1).bit_length()), "depth %d" % depth)


@test("an area is cut in two", points=12, read="vma_split; vma_index; who holds the file?")
def split(m):
    seen, run = looked(m, "vmalab split", 4)
    n = run.nonce
    want = {0: [(0, 16, READ)],
            1: [(0, 5, READ), (7, 16, READ)],
            2: [(0, 5, READ), (7, 10, READ), (10, 11, READ | WRITE), (11, 16, READ)]}
    want[3] = want[2] + [(32, 36, 3), (36, 40, 1), (40, 44, 3), (46, 48, 3)]
    for number in range(4):
        areas, base, pages = seen[number]
        have = window(areas, base, pages)
        need(have == want[number], "at checkpoint %d of split() in labs/vma/programs/vmalab.c: %s" %
             (number, show(want[number])), show(have))
        for v in areas:
            if v.file and base <= v.start < base + 16 * PAGE:
                need(v.pgoff == (v.start - base) // PAGE, "the area at page %d to begin at that page of "
                     "the file" % ((v.start - base) // PAGE), "pgoff %d" % v.pgoff)
    need(run.value("file") == chain(sum_page(fill(n, i)) for i in range(16) if i not in (5, 6)),
         "the file's pages where they were", "others")
    need(run.value("hole") == mix(n, mix(SEGV, SEGV)), "SIGSEGV in the hole", "none")
    need(run.value("anonymous") == chain(sum_page(fill(n, i)) for i in range(32, 48)
                                         if i not in (44, 45)), "anonymous pages unchanged", "others")


@test("neighbours that are alike are one", points=12, read="V2; vma_mergeable, vma_extend, vma_coalesce")
def merge(m):
    seen, run = looked(m, "vmalab merge", 7)
    low = [(0, 24, 3)]
    want = {0: [(0, 8, 3)], 1: [(0, 8, 3), (16, 24, 3)], 2: low,
            3: low + [(32, 36, 3), (36, 40, 1), (40, 44, 3)], 4: low + [(32, 44, 3)],
            5: low + [(32, 44, 3)],
            6: low + [(32, 44, 3), (64, 72, 1), (72, 76, 1), (80, 88, 1)]}
    for number, rows in sorted(want.items()):
        areas, base, pages = seen[number]
        have = window(areas, base, pages)
        need(have == rows, "at checkpoint %d of merge() in labs/vma/programs/vmalab.c: %s" %
             (number, show(rows)), show(have))
    offsets = {(v.start - base) // PAGE: v.pgoff for v in areas if v.file and v.start >= base}
    need([offsets.get(i) for i in (64, 72, 80)] == [0, 4, 0], "the file's areas to begin at its pages "
         "0, 4 and 0", [offsets.get(i) for i in (64, 72, 80)])
    pages = list(range(8)) + list(range(4, 8)) + list(range(8))
    need(run.value("file") == chain(sum_page(fill(run.nonce, i)) for i in pages),
         "the file's pages where they were mapped", "others")


def highest(areas, size, low, high, below_stacks):
    """The highest place for size bytes in [low, high) that touches no area nor a stack's guard,
    as vma.h asks; None. The hole below a stack counts only if below_stacks."""
    found, end = None, 0
    for v in areas + [None]:
        bottom, top = end, v.start if v else high
        if v and v.flags & VM_GROWSDOWN:
            top = top - STACK_GUARD if below_stacks else 0
        top, bottom = min(top, high), max(bottom, low)
        if top - bottom >= size:
            found = top - size
        end = v.end if v else 0
    return found


def places(areas, size, base):
    """Where a request may go. In vma.c's solution the tree offers no hole below a stack, so that
    such a hole comes last; the highest of all is as good."""
    for high in (base, USER_TOP):
        found = {highest(areas, size, MMAP_MIN, high, stacks) for stacks in (False, True)} - {None}
        if found:
            return found
    return {MASK}


def allowed(mm, areas, size):
    """(where a request may go, was vma_gap asked): mmap.c first tries the hole below hole_above and
    the one below that."""
    at = next((i for i, v in enumerate(areas) if v.va == mm.hole_above), None)
    for i in (at, at - 1) if at else ():
        v = areas[i]
        top = v.start - (STACK_GUARD if v.flags & VM_GROWSDOWN else 0)
        top, bottom = min(top, mm.mmap_base), max(areas[i - 1].end if i > 0 else 0, MMAP_MIN)
        if i >= 0 and top - bottom >= size:
            return {top - size}, False
    return places(areas, size, mm.mmap_base), True


def requests(m, command, look_at, count, **settings):
    """Each checkpoint 0 is before a request, 1 after it. => (how often vma_gap was asked, run)"""
    seen = []

    def look(stub, number, a, pages):
        if number == 0:
            mm = KernelView(m, stub).current_mm()
            seen.append([mm, look_at(mm), pages * PAGE])
        else:
            seen[-1].append(a)

    run = m.run(command, on_stop=look, **settings)
    run.need_status()
    need(len(seen) == count, "%d requests" % count, len(seen))
    searched = 0
    for mm, areas, size, got in seen:
        want, asked = allowed(mm, areas, size)
        searched += asked
        need(got in want, "%d pages at %s" % (size // PAGE, " or ".join(
            "nowhere" if w == MASK else "%#x" % w for w in sorted(want))), "%#x" % got)
    return searched, run


def check_requests(m, command, look_at, count, **settings):
    return requests(m, command, look_at, count, **settings)[0]


@test("mmap gets the highest hole that is large enough", points=12, read="vma_gap; STACK_GUARD")
def gap(m):
    asked = check_requests(m, "vmalab gap", lambda mm: mm.areas(), 20, timeout=10)
    need(asked >= 4, "vma_gap to be asked", "%d times" % asked)


def check_depth(areas, depth):
    most = 2 * (len(areas) + 1).bit_length()
    need(depth <= most, "a tree of %d areas no deeper than %d" % (len(areas), most), "depth %d" % depth)


@test("many areas cost little more than few", points=6, read="what does each operation look at?")
def cost(m):
    rounds = []

    def look(stub, number, _a, _b):
        if number in (0, 3):		# what was cheap left the tree right
            check_depth(*KernelView(m, stub).current_mm().check_areas())
        rounds.append(number)

    run = m.run("vmalab cost 4000", on_stop=look, timeout=20)
    run.need_status()
    need(rounds == [0, 1, 2, 3], "4 rounds", rounds)
    for name, most in (("a fault", 4000), ("mprotect", 6000), ("munmap", 5000), ("mmap at a place", 9000),
                       ("mmap anywhere", 9000)):
        need(run.cost(name) <= most, "%s among 4000 areas within %d instructions" % (name, most),
             run.cost(name))
    need(run.value("done") == chain([SEGV, 1, 0, 0, 1, 0] * 4, run.nonce), "each of the operations to have been "
         "done", "one was not")


@test("the search for a hole does not try them all", points=4, read="The search for a hole; max_gap (A2)")
def search(m):
    def look_at(mm):
        areas, depth = mm.check_areas()
        check_depth(areas, depth)
        return areas

    asked, run = requests(m, "vmalab search 4000", look_at, 2, timeout=20)
    need(asked == 2, "vma_gap to be asked", "%d times" % asked)
    need(run.value("below") == mix(run.nonce, 1), "three pages below 4000 holes that are too small",
         "another place")
    for name in ("a search", "a search below"):
        need(run.cost(name) <= 6000, "a hole found behind many that are too small within 6000 instructions",
             run.cost(name))
