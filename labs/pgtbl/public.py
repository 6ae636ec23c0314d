# SPDX-License-Identifier: MIT
"""Public tests of lab pgtbl."""
import struct

from lablib.grading import MASK, Failed, mix, need, test
from lablib.kernel import PG_PGTABLE, Kernel

PAGE, TABLE = 4096, 4096 * 512
GIB = TABLE * 512
R, W, X, U, A, D, ZERO = 2, 4, 8, 16, 64, 128, 256


def fill(nonce, page):
    """The words fill_page of lab.h writes, {index: value}."""
    return {k: mix(nonce + page & MASK, k) for k in range(0, 512, 64)}


def sum_page(words):
    total = 0
    for k in range(0, 512, 64):
        total = mix(total, words[k])
    return total


def scattered(nonce):
    """The addresses of pgtlab pages."""
    out = []
    for i in range(32):
        at = GIB * (1 + mix(nonce, i) % 5 + 6 * i) + mix(nonce, i + 100) % GIB // PAGE * PAGE
        if i % 4 == 3:
            at = out[-1] ^ (PAGE if i % 8 == 3 else TABLE)
        out.append(at)
    return out


def entries(stub, base, count):
    return [stub.pte(base + i * PAGE) for i in range(count)]


def watch(m, command, look, **settings):
    """{id: what look(stub, view, a, b) gave} for the checkpoints of a run; and the run."""
    seen, kernel = {}, Kernel(m)

    def stop(stub, number, a, b):
        seen[number] = look(stub, kernel.view(stub), a, b)

    return seen, m.run("pgtlab " + command, on_stop=stop, **settings)


def reached(seen, run, *numbers):
    for number in numbers:
        if number not in seen:
            raise Failed("pgtlab to reach checkpoint %d" % number, run.ending())


@test("what is written somewhere is mapped there and nowhere else", points=5,
      read="the drawing of the handout; /proc/self/pagetable")
def pages(m):
    def look(stub, view, a, b):
        where = struct.unpack("<%dQ" % b, stub.user(a, 8 * b))
        return where, view.tables()[1], [stub.user(va, PAGE) for va in where]

    seen, run = watch(m, "pages", look)
    reached(seen, run, 0)
    run.need_status()
    where, leaves, contents = seen[0]
    want = scattered(run.nonce)
    need(list(where) == want, "the pages where the program put them", "other addresses")
    frames = set()
    total = 0
    for i, va in enumerate(want):
        need(va in leaves and leaves[va].value & (R | W | U) == R | W | U,
             "page %d at %#x mapped, readable and writable" % (i, va), leaves.get(va))
        need(contents[i] is not None, "page %d to be mapped at %#x" % (i, va), "nothing there")
        words = struct.unpack("<512Q", contents[i])
        need(all(words[k] == v for k, v in fill(run.nonce, i).items()),
             "page %d's contents in the frame that %#x maps" % (i, va), "other contents")
        frames.add(leaves[va].pfn)
        total = mix(total, sum_page(words))
    need(len(frames) == 32, "32 frames", len(frames))
    strays = [va for va in leaves if GIB <= va < 250 * GIB and va not in want]
    need(not strays, "nothing else mapped between 1 and 250 GiB", [hex(va) for va in strays[:8]])
    need(run.value("sum") == total, "the program to read what it wrote", "another sum")


@test("a walk costs three loads wherever the page is", points=7,
      read="pt_walk and pt_walk_alloc: PT_INDEX")
def walk_cost(m):
    run = m.run("pgtlab walks")
    run.need_status()
    need(run.value("resident") == mix(run.nonce, 2048), "mincore to find all of 2048 pages", "others")
    need(run.cost("mincore") < 2048 * 120, "mincore of a page in less than 120 instructions",
         run.cost("mincore") // 2048)
    need(run.cost("touch") < 1023 * 600, "a first touch in less than 600 instructions",
         run.cost("touch") // 1023)


def sparse(m):
    """Three pages in 256 MiB: they are found, their rights go, they go; and what that costs."""
    run = m.run("pgtlab sparse")
    run.need_status()
    return run


@test("a range costs what exists, not what is addressed", points=4,
      read="pt_next; the theory of pgwalk.c")
def range_cost(m):
    run = m.once(sparse)
    need(run.value("found") == mix(run.nonce, 12), "smaps to find three pages, 12 KiB, in 256 MiB", "others")
    cost = run.cost("munmap")
    need(cost < 20000, "munmap of 256 MiB with three pages in less than 20,000 instructions", cost)


@test("munmap takes the entries of its range and no other", points=9,
      read="zap_run; T1 of pgwalk.h")
def unmap(m):
    frames = []

    def look(stub, view, a, b):
        ptes = entries(stub, a, b)
        if not frames:
            frames.extend(e.pfn for e in ptes)
        return ptes, [view.page(pfn) for pfn in frames]

    seen, run = watch(m, "unmap", look)
    reached(seen, run, 0, 1, 2)
    run.need_status()
    before, page0 = seen[0]
    middle, page1 = seen[1]
    for i in range(40):
        need(before[i].present and page0[i].maps == 1, "page %d mapped once at first" % i,
             "%r, mapped %d times" % (before[i], page0[i].maps))
        if 10 <= i < 30:
            need(not middle[i].present, "page %d gone" % i, middle[i])
            need(page1[i].maps == 0, "its frame mapped by nobody", "%d" % page1[i].maps)
        else:
            need(middle[i].value == before[i].value, "page %d untouched" % i,
                 "%r, then %r" % (before[i], middle[i]))
        need(not seen[2][0][i].present, "page %d gone at the end" % i, seen[2][0][i])
    for name, i in (("before", 9), ("behind", 30)):
        need(run.value(name) == sum_page(fill(run.nonce, i)), "page %d's contents unchanged" % i,
             "another sum")


def faulting(run, what):
    """Of 64 pages, n from the fifth on unmapped or protected: who faults?"""
    for n in (1, 2, 3, 4, 9, 19, 39):
        faults = run.value("%s%d" % (what, n)) ^ mix(run.nonce, n)
        which = "page 5" if n == 1 else "pages 5 to %d" % (4 + n)
        for wrong, said in (([i for i in range(5, 5 + n) if not faults >> i & 1], "no fault at"),
                            ([i for i in range(64) if faults >> i & 1 and not 5 <= i < 5 + n],
                             "a fault at")):
            need(not wrong, "of 64 pages, %s %s, those and no others to fault" % (which, what),
                 "%s page%s %s" % (said, "s" * (len(wrong) > 1), ", ".join(map(str, wrong))))


def touches(m):
    return m.run("pgtlab stale")


@test("what was unmapped faults at the next touch", points=5,
      read="zap_end: who remembers the old entry?")
def stale(m):
    faulting(m.once(touches), "unmapped")


@test("memory that is unmapped comes back: 390 MiB through 48", points=9,
      read="zap_end; where do the frames and the tables go?")
def memory_returns(m):
    run = m.run("pgtlab again", mem="48M")
    total = 0
    for name, rounds, pages in (("large", 20, 4096), ("small", 300, 63)):
        for k in range(rounds):
            one = 0
            for i in range(0, pages, 9):
                one = mix(one, mix(run.nonce + k & MASK, i))
            total = mix(total, one)
        need(run.value(name) == total, "each round to read what it wrote", "another sum")
    run.need_status()


def named(keys):
    """Tables by what they map."""
    return ", ".join("the %s table of %#x" % (("leaf", "middle")[k >> 60], k & (1 << 60) - 1)
                     for k in sorted(keys, key=lambda k: (k & (1 << 60) - 1, -(k >> 60))))


@test("a table goes when its last entry has gone, and not before", points=9,
      read="pt_free_empty; T1 and Q1, Q2")
def tables_go(m):
    first = {}

    def look(stub, view, a, b):
        found, leaves = view.tables()
        mine = {va | level << 60: frame for level, va, frame, _ in found
                if 70 * GIB <= va < 72 * GIB}
        first.update({k: v for k, v in mine.items() if k not in first})
        gone = [frame for k, frame in first.items() if k not in mine]
        return (mine, {va for va in leaves if 70 * GIB <= va < 72 * GIB},
                [(view.page(f), any(stub.phys(f << 12, PAGE))) for f in gone])

    seen, run = watch(m, "tables", look)
    reached(seen, run, 0, 1, 2, 3)
    run.need_status()
    key = lambda level, va: va | level << 60                        # noqa: E731
    a, b = 70 * GIB + 6 * TABLE, 71 * GIB + 9 * TABLE
    keys = {0: {key(1, 70 * GIB), key(0, a), key(0, a + TABLE), key(1, 71 * GIB), key(0, b)}}
    keys[1] = keys[0] - {key(0, a)}
    keys[2] = {key(1, 71 * GIB), key(0, b)}
    keys[3] = set()
    when = ["when all is mapped", "after the first munmap", "after the second", "after the third"]
    for n in range(4):
        have = set(seen[n][0])
        for wrong, said in ((have - keys[n], "still there"), (keys[n] - have, "gone")):
            need(not wrong, "%s %d tables between 70 and 72 GiB: %s" % (
                when[n], len(keys[n]), named(keys[n]) or "none"), "%s: %s" % (said, named(wrong)))
    need(b + 511 * PAGE in seen[2][1], "the other mapping still there", "nothing at %#x" % b)
    for page, dirty in seen[3][2]:
        need(not page.flags & PG_PGTABLE or (page.index == 0 and not dirty),
             "a freed table all zero, its count 0 (T3)", "frame %#x: index %d%s" % (
                 page.pfn, page.index, ", not zero" if dirty else ""))


def letters(rights):
    return "".join(c if rights >> i & 1 else "-" for i, c in ((1, "r"), (2, "w"), (3, "x"), (4, "u")))


@test("mprotect changes the rights and nothing else", points=8,
      read="protect_run; vm_prot says what PROT_NONE looks like")
def protect(m):
    seen, run = watch(m, "protect", lambda stub, view, a, b: entries(stub, a, b))
    reached(seen, run, *range(6))
    run.need_status()
    # W comes back by a fault: what may be written in place is not mprotect's to say.
    want = [R | W | U, R | U, R | X | U, R, None, R | U]
    prot = ["READ | PROT_WRITE", "READ", "READ | PROT_EXEC", "NONE", "READ | PROT_WRITE", "READ"]
    for n in range(6):
        for i in range(8):
            e, first = seen[n][i], seen[0][i]
            if i == 7:
                need(not e.present, "page 7 never mapped", e)
                continue
            which = "page %d%s" % (i, " (only read: the zero frame)" if i == 6 else "")
            after = "after the %s change, mprotect(PROT_%s)" % (
                ("first", "second", "third", "fourth", "fifth", "last")[n], prot[n])
            need(e.present and e.pfn == first.pfn, "%s in its frame %s" % (which, after), e)
            rights = e.value & (R | W | X | U)
            if i == 0:
                need(rights == R | W | U, "page 0, outside the range, as it was", e)
            elif want[n] is None:
                need(rights & ~W == R | U, "%s readable again %s" % (which, after), e)
            else:
                expect = want[n] & ~(W if i == 6 else 0)
                need(rights == expect, "%s to have the rights %s %s" % (which, letters(expect), after), e)
            if i < 6:
                need(e.value & (A | D) == A | D, "page %d still accessed and dirty %s" % (i, after), e)
            else:
                need(e.value & ZERO, "page 6 still marked as the zero frame's %s" % after, e)
    total = 0
    for i in range(6):
        total = mix(total, sum_page(fill(run.nonce, i)))
    need(run.value("sum") == total, "the contents unchanged", "another sum")


@test("what lost a right faults at the next touch", points=4,
      read="protect_range: who remembers the old entry?")
def stale_rights(m):
    run = m.once(touches)
    faulting(run, "protected")
    run.need_status()


@test("mprotect costs what exists, too", points=3, read="protect_range, with pt_next")
def protect_cost(m):
    run = m.once(sparse)
    need(run.value("protected") == mix(run.nonce, 0x3f), "the three pages read-only after mprotect", "not so")
    cost = run.cost("mprotect")
    need(cost < 20000, "mprotect of 256 MiB with three pages in less than 20,000 instructions", cost)


def printed(found, leaves, pages):
    """/proc/PID/pagetable as it should be: {line}."""
    lines = ["root %x: %d entries" % (found[0][2], pages[found[0][2]].index)]
    for level, va, frame, _ in found[1:]:
        up = level + 1
        lines.append("%s%3d: %016x table %x: %d entries" % (
            ".. " * (2 - up) + "..", va >> (12 + 9 * up) & 511, va, frame, pages[frame].index))
    for va, e in leaves.items():
        lines.append(".. .. ..%3d: %016x frame %x %s" % (
            va >> 12 & 511, va, e.pfn, "".join(c if e.value >> i + 1 & 1 else "-"
                                               for i, c in enumerate("rwxugads"))))
    return lines


@test("/proc/self/pagetable is what the hardware sees", points=7,
      read="the head of proc_pagetable.c")
def print_table(m):
    def look(stub, view, a, b):
        found, leaves = view.tables()
        pages = {frame: view.page(frame) for _, _, frame, _ in found}
        return stub.user(a, b) if b > 0 else b"", printed(found, leaves, pages)

    seen, run = watch(m, "print", look)
    reached(seen, run, 1)
    have = seen[1][0].decode(errors="replace").splitlines()
    want = seen[1][1]
    need(have[:1] == want[:1], "the first line %s" % want[0], (have or ["nothing"])[0])
    need(len(have) > 32, "a line for each entry of all three levels, %d lines" % len(want),
         "%d lines:\n%s" % (len(have), "\n".join(have[:6])))
    strip = lambda line: line.replace("a", "-").replace("d", "-") if "frame" in line else line  # noqa: E731
    missing = sorted(set(map(strip, want)) - set(map(strip, have)))
    extra = sorted(set(map(strip, have)) - set(map(strip, want)))
    need(not missing, "the line %s" % (missing[:1] or [""])[0], "\n".join(have[:12]))
    need(not extra, "only what is there", (extra[:1] or [""])[0])
    order = [int(line.split(": ")[1].split()[0], 16) for line in have[1:]]
    need(order == sorted(order), "the lines in the order of their addresses", "another order")
