# SPDX-License-Identifier: MIT
"""Public tests of lab mmap."""
import errno
import os
import shutil
import struct
import tempfile

from lablib.grading import MASK, Failed, mix, need, test
from lablib.kview import KernelView, entries

PAGE, WORDS, WINDOW = 4096, 512, 0x1000000000
EACCES, EEXIST, EINVAL, ENOMEM, SEGV, BUS = 13, 17, 22, 12, 11, 7
PG_DIRTY = 1 << 9


def fill(seed, page):
    """The words fill_page of lab.h writes, {index: value}."""
    return {k: mix(seed + page & MASK, k) for k in range(0, WORDS, 64)}


def sum_page(words):
    total = 0
    for k in range(0, WORDS, 64):
        total = mix(total, words[k])
    return total


def pages(seed, numbers):
    """lab's sum_pages of pages filled from seed."""
    return chain(sum_page(fill(seed, i)) for i in numbers)


def chain(values, start=0):
    for v in values:
        start = mix(start, v & MASK)
    return start


def blocks(image):
    """The first word and word 64 of every block of the disk."""
    with open(image, "rb") as f:
        data = f.read()
    return {struct.unpack_from("<Q504xQ", data, at) for at in range(0, len(data), PAGE)}


def on_disk(disk, seed, page):
    """Is a page as fill_page makes it there?"""
    words = fill(seed, page)
    return (words[0], words[64]) in disk


def looked(m, command, count, **settings):
    """Run it; ({checkpoint: (entries, areas, base, {frame: struct page})}, run)."""
    seen = {}

    def look(stub, number, base, n):
        k, rows = KernelView(m, stub), entries(stub, base, n)
        frames = {e.pfn: k.page(e.pfn) for e in rows if e.present}
        seen[number] = rows, k.current_mm().areas(), base, frames

    run = m.run(command, on_stop=look, **settings)
    run.need_status()
    for number in range(count):
        if number not in seen:
            raise Failed("the program to reach checkpoint %d" % number, run.ending())
    return seen, run


def present(rows):
    return [i for i, e in enumerate(rows) if e.present]


def window(areas, base, n):
    return [((v.start - base) // PAGE, (v.end - base) // PAGE) for v in areas
            if v.end > base and v.start < base + n * PAGE]


def pages_of(rows, base):
    """Areas (start, end, rights) as pages of the mapping at base."""
    return " ".join("[%d,%d)%s" % ((a - base) // PAGE, (b - base) // PAGE, "".join(
        c for i, c in enumerate("rwx") if f >> i & 1) or "-") for a, b, f in rows) or "none"


def need_results(run, wanted):
    """wanted: [(call of the program, its errno or 0)]; the names are mmaplab.c's."""
    def show(number):
        return errno.errorcode.get(number, "error %d" % number) if number else "success"

    for call, number in wanted:
        got = run.value(call)
        need(got == number, "%s from %s" % (show(number), call), show(got))
    need(run.value("errors") == mix(run.nonce, chain(number for _, number in wanted)),
         "the results %s" % ", ".join(show(number) for _, number in wanted), "others")


@test("programs still start, with data of their own", points=10, read="exec.c's map_segment")
def program(m):
    run = m.run("mmaplab program")
    run.need_status()
    need(run.value("sum") == chain((mix(run.nonce, i) for i in range(1024)), 1 + 16 + 192 + 2048),
         "initialised data as in the file, and then as written", "another sum")


@test("mmap makes an area and maps nothing", points=6, read="do_mmap; check, place, charge, make")
def make(m):
    seen, run = looked(m, "mmaplab make", 3)
    n = run.nonce
    e, areas, base, _ = seen[0]
    need(present(e) == [], "no page mapped before it is touched", present(e))
    v = next((v for v in areas if v.start <= base < v.end), None)
    need(v is not None and v.start <= base and v.end >= base + 64 * PAGE and v.flags & 7 == 3 and
         not v.file, "an anonymous area of 64 pages, readable and writable", v and pages_of([(v.start, v.end, v.flags & 7)], base) + (" of a file" if v.file else ""))
    need(present(seen[1][0]) == [3, 7], "pages 3 and 7 mapped, which were written to", present(seen[1][0]))
    areas, low, gap = seen[2][1], seen[2][2], len(seen[2][0])
    need(gap == 16 and len(window(areas, low, 80)) == 1, "the next mapping right below, in one area with it",
         "%d pages below, %s" % (gap, window(areas, low, 80)))
    need(run.value("sum") == mix(sum_page(fill(n, 3)), sum_page(fill(n, 7))),
         "pages 3 and 7 as they were written", "other contents")
    need(run.value("hint") == mix(n, 1) and run.value("taken") == mix(n, 1), "the wished place if it is free "
         "and another if not", "something else")
    need_results(run, [("mmap of no length", EINVAL), ("mmap with MAP_FIXED at an odd address", EINVAL),
                       ("mmap neither shared nor private", EINVAL), ("mmap of 256 GiB", ENOMEM),
                       ("shared, writable mmap of a file that is open for reading", EACCES)])


@test("MAP_FIXED takes the place of what is there", points=4, read="MAP_FIXED in do_mmap; do_munmap")
def fixed(m):
    seen, run = looked(m, "mmaplab fixed", 1)
    n = run.nonce
    e, areas, base, _ = seen[0]
    rows = [(v.start, v.end, v.flags & 7) for v in areas if v.end > base and v.start < base + 64 * PAGE]
    need(len(rows) == 3 and rows[1] == (base + 7 * PAGE, base + 8 * PAGE, 1),
         "MAP_FIXED to put its page into the middle of the area, read-only", pages_of(rows, base))
    need(present(e) == [3], "what was mapped at that place to be gone", present(e))
    need(run.value("sum") == mix(sum_page(fill(n, 3)), sum_page(dict.fromkeys(range(0, WORDS, 64), 0))),
         "page 3 as it was written and page 7 all zeroes", "other contents")
    need_results(run, [("mmap with MAP_FIXED_NOREPLACE over a mapping", EEXIST)])


@test("munmap cuts front, back and middle", points=12, read="munmap.c's head; vma_split; zap.c")
def unmap(m):
    seen, run = looked(m, "mmaplab unmap", 5)
    n = run.nonce
    want = [(range(32), range(40, 48)), (range(4, 32), range(40, 48)), (range(4, 28), range(40, 48)),
            (range(4, 10), range(13, 28), range(40, 48)), (range(44, 48),)]
    for number, parts in enumerate(want):
        e, areas, base, _ = seen[number]
        have = window(areas, base, 64)
        need(have == [(p[0], p[-1] + 1) for p in parts], "areas %s" % [(p[0], p[-1] + 1) for p in parts], have)
        need(present(e) == [i for p in parts for i in p], "exactly the areas' pages mapped", present(e))
        need([x.pfn for x in e if x.present] == [seen[0][0][i].pfn for i in present(e)],
             "what stays to stay in its frames", "others")
    need(run.value("signals") == mix(n, chain([SEGV] * 4)), "SIGSEGV in what has gone", "another row of signals")
    need(run.value("kept") == mix(mix(pages(n, range(4, 10)), pages(n, range(13, 28))),
                                  pages(n, range(40, 48))), "what stays unchanged", "other contents")
    need(run.value("fresh") == mix(n, 1), "a new mapping at the same place all zeroes", "old contents")
    need(run.value("rest") == pages(n, range(44, 48)), "the last four pages unchanged", "other contents")
    need_results(run, [("munmap of an odd address", EINVAL), ("munmap of no length", EINVAL),
                       ("munmap of a hole", 0)])


@test("a private mapping shares until it writes", points=13, read="\"A fault\" in the handout; pgoff in munmap.c")
def private(m):
    seen, run = looked(m, "mmaplab private", 5)
    n = run.nonce
    need(present(seen[0][0]) == [], "no page mapped before it is touched", present(seen[0][0]))
    one, two, wrote, other = (seen[i][0] for i in (1, 2, 3, 4))
    need(one[5].present and not one[5].writable and two[1].present and two[1].pfn == one[5].pfn,
         "both mappings to show the page cache's frame of page 5, read-only", "%r and %r" % (one[5], two[1]))
    page = seen[1][3][one[5].pfn]
    need(not page.mapping & 1 and page.index == 5, "that frame to be page 5 of the file's cache",
         "mapping %#x, index %d" % (page.mapping, page.index))
    need(wrote[5].writable and wrote[22].writable and wrote[5].pfn != one[5].pfn and
         wrote[22].pfn != wrote[5].pfn, "pages 5 and 22 in frames of their own after the writes",
         "%r and %r" % (wrote[5], wrote[22]))
    need(not any(seen[3][3][wrote[i].pfn].mapping & 1 == 0 for i in (5, 22)), "these frames not to be "
         "the file's", "at least one is")
    need(other[1].pfn == one[5].pfn, "the other mapping still to show the cache's frame", repr(other[1]))
    changed = [i + 100 if i in (5, 22) else i for i in range(24)]
    need(run.value("read") == run.value("other") == sum_page(fill(n, 5)), "page 5 of the file", "another")
    need(run.value("mine") == pages(n, changed), "the writer to see its pages 5 and 22", "other contents")
    need(run.value("theirs") == pages(n, range(4, 20)), "the other mapping unchanged", "other contents")
    need(run.value("file") == pages(n, range(24)), "the file unchanged", "other contents")
    need(run.value("later") == mix(pages(n, changed[12:]), pages(n, range(4, 20))),
         "the mappings to outlive close, unlink and a munmap of a part", "other contents")
    need(run.value("behind") == pages(n, range(10, 24)), "what follows in the file when the front of a mapping "
         "has gone: its pgoff moves too", "other contents")


@test("a shared mapping is the file", points=13, read="file_mkwrite; \"Why a shared page that is only read ...\" in the handout")
def shared(m):
    seen, run = looked(m, "mmaplab shared", 4)
    n = run.nonce
    parent, child, wrote, after = (seen[i][0] for i in range(4))
    need(parent[2].present and not parent[2].writable, "a page that was only read to be read-only",
         repr(parent[2]))
    need(child[2].pfn == parent[2].pfn and not child[2].writable, "the child's mapping of page 2 in the same "
         "frame, read-only", repr(child[2]))
    need(wrote[2].writable and wrote[2].pfn == parent[2].pfn and wrote[6].writable,
         "pages 2 and 6 writable, page 2 in the cache's frame", "%r and %r" % (wrote[2], wrote[6]))
    for i in (2, 6):
        page = seen[2][3][wrote[i].pfn]
        need(page.flags & PG_DIRTY, "page %d known to be newer than the disk" % i, "flags %#x" % page.flags)
        need(not page.mapping & 1 and page.index == i, "page %d in the file's cache" % i,
             "mapping %#x, index %d" % (page.mapping, page.index))
    need(after[2].pfn == parent[2].pfn, "the parent's page 2 where it was", repr(after[2]))
    now = [i + 200 if i in (2, 6) else i for i in range(16)]
    need(run.value("before") == pages(n, range(4)), "the file's pages", "other contents")
    need(run.value("mapped") == pages(n, now), "the parent's mapping to show the child's writes", "other contents")
    need(run.value("file") == pages(n, now), "read() to show the child's writes", "other contents")
    need(run.value("anonymous") == mix(sum_page(dict.fromkeys(range(0, WORDS, 64), 0)),
                                       sum_page(fill(n, 300))), "shared anonymous memory", "other contents")
    need(run.value("again") == chain([sum_page(fill(n, 203))]), "a page that was read before to be written to",
         "other contents")
    need(run.value("written") == mix(n, 7), "the mapping to show what write() wrote", "the old word")


def synced(m):
    """(which pages are on the disk when msync has returned, run)"""
    found = {}
    folder = tempfile.mkdtemp(prefix="mmap-")
    image = os.path.join(folder, "disk")
    try:
        shutil.copyfile(os.path.join(m.image_dir, "fs.img"), image)

        def look(stub, _number, _a, _b):
            found["disk"] = blocks(image)

        run = m.run("mmaplab sync", on_stop=look, disk=image)
        run.need_status()
        need("disk" in found, "the program to reach checkpoint 0", run.ending())
        return found["disk"], run
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@test("msync writes its range, and only what is shared", points=12, read="msync.c; who marks a page dirty?")
def sync(m):
    disk, run = synced(m)
    n = run.nonce
    need(run.value("msync") == mix(n, 0) and run.value("private") == mix(n, 0), "msync to succeed", "an error")
    need(all(on_disk(disk, n + 50, i) for i in range(4)), "what was there before to be on the disk", "it is not")
    need(all(on_disk(disk, n, 400 + i) for i in range(4, 8)),
         "the first file's four pages on the disk when msync has returned",
         [i for i in range(4, 8) if on_disk(disk, n, 400 + i)])
    need(all(on_disk(disk, n, 500 + i) for i in range(4, 8)),
         "the second file's four pages on the disk, which the same msync covers",
         [i for i in range(4, 8) if on_disk(disk, n, 500 + i)])
    need(not on_disk(disk, n, 600), "the private page not on the disk", "it is")
    for first, what in ((700, "of a file that is mapped outside of the range"),
                        (800, "of a file that is not mapped")):
        need(not any(on_disk(disk, n, first + i) for i in range(2)), "what was written to the pages %s to be "
             "only in the page cache" % what, "it is on the disk")
    need_results(run, [("msync of a range with a hole", ENOMEM), ("msync with MS_SYNC and MS_ASYNC", EINVAL),
                       ("msync of an odd address", EINVAL), ("msync with MS_ASYNC", 0)])
