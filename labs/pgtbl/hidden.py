# SPDX-License-Identifier: MIT
"""Hidden tests of lab pgtbl."""
import struct

from lab_pgtbl_public import GIB, PAGE, R, TABLE, U, W, entries, fill, reached
from lablib.grading import mix, need, test
from lablib.kernel import PG_PGTABLE, Kernel

ANON, FILE, SHMEM = 0, 1, 2


def watch(m, command, look, **settings):
    seen, kernel = {}, Kernel(m)

    def stop(stub, number, a, b):
        seen[number] = look(stub, kernel.view(stub), a, b)

    return seen, m.run("pgtlab_h " + command, on_stop=stop, **settings)


@test("the counts of every table and of the address space are true", points=9,
      read="T1 of pgwalk.h, V4 of mm.h")
def table_counts(m):
    mm = Kernel(m).layout("mm/vm/mm.h", "struct mm", "root", "counters", "pgtables")

    def look(stub, view, a, b):
        found, leaves = view.tables()
        owner = view.page(stub.root() >> 12).mapping
        return (found, leaves, [view.page(frame) for _, _, frame, _ in found], stub.user(a, b),
                view.u64(owner + mm["pgtables"]), view.u64s(owner + mm["counters"], 3))

    seen, run = watch(m, "churn", look)
    reached(seen, run, *range(5))
    run.need_status()
    r = run.nonce
    for k in range(300):
        r = mix(r, k)
    for n in range(5):
        found, leaves, pages, there, pgtables, counters = seen[n]
        for (level, va, _, used), page in zip(found, pages):
            need(page.index == used, "the table of level %d at %#x to count its %d entries" %
                 (level, va, used), page.index)
            need(page.flags & PG_PGTABLE, "the table of level %d at %#x to be marked as one" %
                 (level, va), "flags %#x" % page.flags)
            need(used > 0, "no empty table", "level %d at %#x" % (level, va))
        need(pgtables == len(found), "mm->pgtables %d" % len(found), pgtables)
        real = sum(1 for e in leaves.values() if e.present and not e.value & 256)
        need(sum(counters) == real, "%d pages counted as resident" % real, sum(counters))
        for g in range(8):
            for i in range(1024):
                va = (30 + g) * GIB + (6 if g & 1 else -1) * TABLE + i * PAGE
                need((there[g * 1024 + i] == 2) == (va in leaves), "the page at %#x %smapped" %
                     (va, "" if there[g * 1024 + i] == 2 else "not "), leaves.get(va))
    for g in range(8):
        for i in range(1024):
            if seen[4][3][g * 1024 + i] == 2:
                r = mix(r, mix(run.nonce, g << 10 | i))
    need(run.value("sum") == r, "the program to read what it wrote", "another sum")


@test("a frame's counts are the number of entries that map it", points=7,
      read="P3 of page.h; zap_page")
def frames(m):
    pfns = []

    def look(stub, view, a, b):
        ptes = entries(stub, a, b)
        if not pfns:
            pfns.extend(e.pfn for e in ptes)
        return ptes, [view.page(f) for f in pfns], \
            [struct.unpack("<512Q", stub.phys(f << 12, PAGE)) for f in pfns]

    seen, run = watch(m, "shared", look)
    reached(seen, run, *range(5))
    run.need_status()
    child = seen[1][0]
    for i in range(24):
        need(child[i].present == (i >= 8), "page %d of the child %s" % (
            i, "there" if i >= 8 else "gone"), child[i])
        if 8 <= i < 16:
            need(child[i].pfn == seen[0][0][i].pfn and not child[i].value & W,
                 "page %d of the child still shared and read-only after mprotect" % i, child[i])
    for number, want in ((2, lambda i: 2 if i >= 12 else 1), (3, lambda i: 1)):
        for i in range(24):
            page = seen[number][1][i]
            need(page.maps == want(i) and page.refs == want(i), "frame %d mapped %d times at "
                 "checkpoint %d" % (i, want(i), number), "%d, references %d" % (page.maps, page.refs))
            words = seen[number][2][i]
            need(all(words[k] == v for k, v in fill(run.nonce, i).items()),
                 "the parent's page %d unchanged" % i, "other contents")
    for i in range(24):
        need(seen[4][1][i].refs == 0 or seen[4][1][i].maps == 0, "frame %d free at the end" % i,
             "mapped %d times" % seen[4][1][i].maps)


@test("another hart forgets too", points=7, read="zap.c Z1 to Z3; tlb_flush_range")
def threads(m):
    run = m.run("pgtlab_h threads", cpus=2)
    faulted = run.value("faulted") ^ mix(run.nonce, 4)
    cases = [(call, pages, place) for call in ("munmap", "mprotect") for pages in (1, 8, 9, 64, 700)
             for place in ("first", "middle", "last")]
    for bit, case in enumerate(cases):
        need(faulted >> bit & 1, "after %s of %d pages another thread's next touch of the %s one to fault" % case,
             "it went on undisturbed")
    run.need_status()


@test("a process that ends leaves no table behind", points=7,
      read="pt_root_free; free_empty tables of an address space that goes")
def exits(m):
    def look(_stub, view, _a, _b):
        return sum(1 for p in view.pages(0x80000, 32 * 256) if p.flags & PG_PGTABLE)

    seen, run = watch(m, "children 120", look, mem="32M", timeout=10)
    reached(seen, run, 0, 1)
    run.need_status()
    need(run.value("rounds") == mix(run.nonce, 120), "120 children to come and go", "another value")
    need(seen[1] <= seen[0] + 64, "at most as many table pages as the lists keep",
         "%d before, %d after 120 children" % (seen[0], seen[1]))
