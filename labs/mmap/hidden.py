# SPDX-License-Identifier: MIT
"""Hidden tests of lab mmap."""
import os
import shutil
import tempfile

from lab_mmap_public import BUS, ENOMEM, blocks, chain, fill, on_disk, present
from lablib.gdbstub import PTE_A
from lablib.grading import MASK, mix, need, test
from lablib.kview import VM_ACCOUNT, KernelView, entries


@test("beyond the end of the file there is nothing", points=6, read="filemap_fault; SIGBUS; truncation")
def behind_the_end(m):
    run = m.run("mmaplab end", timeout=1)
    run.need_status()
    n = run.nonce
    need(run.value("tail") == mix(fill(n, 1)[64], 0), "the last page up to its end, and zeroes behind",
         "other contents")
    need(run.value("signals") == mix(n, chain([BUS, BUS, BUS, 0, 0, BUS])),
         "SIGBUS behind the end of the file, wherever that is now", "another row of signals")
    need(run.value("zero") == mix(n, 0), "zeroes where the file became longer", "old contents")


@test("what is cached is mapped with it, and counted", points=6, read="map_around; P2, P3, T1, V4")
def counted(m):
    seen = {}

    def look(stub, number, base, n):
        k = KernelView(m, stub)
        mm = k.current_mm()
        pages = mm.check_counts()
        rows = entries(stub, base, n)
        frames = {e.pfn: k.page(e.pfn) for e in rows if e.present}
        file_pages = sum(not k.page(e.pfn).mapping & 1 for e in pages.values() if not e.value & 1 << 8)
        need(mm.counters[1] == file_pages, "as many file pages counted as are mapped (V4)",
             "%d counted, %d mapped" % (mm.counters[1], file_pages))
        if number == 0:
            seen["cache"] = {p.index: pfn for pfn, p in frames.items()}
        if number == 3:
            seen["left"] = [k.page(pfn) for i, pfn in seen["cache"].items() if i < 24]
        for i in present(rows):
            p = frames[rows[i].pfn]
            need(p.mapping & 1 or p.index == i, "page %d of the mapping to show that page of the file" % i,
                 "page %d" % p.index)
            need(p.refs == p.maps + (not p.mapping & 1), "a reference for each mapping of page %d, and one for "
                 "the cache" % i, "%d references, %d mappings" % (p.refs, p.maps))
        seen[number] = rows

    run = m.run("mmaplab_x counted", on_stop=look)
    run.need_status()
    for number in range(4):
        need(number in seen, "the program to reach checkpoint %d" % number, run.ending())
    rows = seen[0]
    want = list(range(27)) + [43, 44]
    need(present(rows) == want, "with pages 0, 20 and 44 all of the aligned 64 KiB around each that the area has",
         present(rows))
    touched = [i for i in want if rows[i].value & PTE_A]
    need(touched == [0, 20, 44], "only the touched pages to have A", touched)
    for number, written in ((1, [3, 21]), (2, [22, 24])):
        rows = seen[number]
        can = [i for i in present(rows) if rows[i].writable]
        need(can == written, "only what was written to to be writable, pages %s" % written, can)
    need([i for i in present(rows) if i > 35] == [40], "page 40 alone after MADV_RANDOM", present(rows))
    need(seen["left"] and all(p.maps == 0 and p.refs == 1 for p in seen["left"]), "only the cache to hold the "
         "pages when the mappings have gone", [(p.index, p.refs, p.maps) for p in seen["left"]])


@test("costs follow what exists, not what is addressed", points=6, read="pt_next; fault-around")
def cost_what_exists(m):
    run = m.run("mmaplab_x cost")
    run.need_status()
    for name, most in (("mmap of 16 GiB", 6000), ("munmap of 16 GiB, two pages touched", 30000),
                       ("mmap of a file", 6000), ("512 pages read in order", 150000),
                       ("munmap of 512 pages", 250000)):
        need(run.cost(name) <= most, "%s within %d instructions" % (name, most), run.cost(name))
    need(run.value("sum") == sum(fill(run.nonce, i)[0] for i in range(512)) & MASK,
         "the first words of 512 pages", "another sum of them")


@test("a page that was written back is watched again", points=6, read="rmap_link; page_mkclean; zap.c")
def again(m):
    disks = {}
    folder = tempfile.mkdtemp(prefix="mmap-")
    image = os.path.join(folder, "disk")
    try:
        shutil.copyfile(os.path.join(m.image_dir, "fs.img"), image)
        run = m.run("mmaplab_x again", on_stop=lambda *a: disks.__setitem__(a[1], blocks(image)), disk=image)
        run.need_status()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    n = run.nonce
    for number, what, numbers in ((0, "the first store, after msync", [100]),
                                  (1, "the stores after the first msync, after a second", [200, 201]),
                                  (2, "the stores before munmap, after fsync", [300, 301])):
        need(number in disks, "the program to reach checkpoint %d" % number, run.ending())
        need(all(on_disk(disks[number], n, i) for i in numbers), "on the disk %s" % what,
             "page %s is not" % [i % 100 for i in numbers if not on_disk(disks[number], n, i)])


def check_promises(m):
    """What is promised for each mapping, and given back."""
    seen = {}

    def look(stub, number, base, _n):
        k = KernelView(m, stub)
        v = k.current_mm().area_at(base) if base else None
        seen[number] = k.u64(k.symbol("vm_committed")), v is not None and bool(v.flags & VM_ACCOUNT)

    run = m.run("mmaplab_x promised", on_stop=look)
    run.need_status()
    for number, pages in enumerate((0, 768, 1280, 1280, 1284, 0)):
        need(number in seen, "the program to reach checkpoint %d" % number, run.ending())
        promised, account = seen[number][0] - seen[0][0], seen[number][1]
        need(promised == pages, "%d pages more promised than at first at checkpoint %d of promised()" %
             (pages, number), promised)
        if 0 < number < 5:
            need(account == (number != 3), "VM_ACCOUNT for memory that is promised and for no other", account)


def check_strict(m):
    run = m.run("mmaplab_x strict", mem="64M")
    run.need_status()
    n = run.nonce
    need(run.value("limits") == mix(n, chain([ENOMEM, ENOMEM, 0, ENOMEM, 0])), "ENOMEM from mmap that passes "
         "RLIMIT_AS or RLIMIT_DATA, and from no other", "another row of results")
    need(run.value("strict") == mix(n, chain([ENOMEM] * 3 + [0])), "ENOMEM from mmap of more than may be promised "
         "(overcommit_memory 2), but not for memory that is only read", "another row of results")
    need(8 <= run.value("by the MiB") <= 32, "nearly half the machine in mappings of a MiB, and as much again "
         "when they have gone", "another size")


@test("files and promises are given back", points=6, read="who holds the file; each way out of do_mmap")
def leak(m):
    run = m.run("mmaplab_x leak", timeout=60)
    run.need_status()
    need(run.value("files") == mix(run.nonce, mix(12, 12)), "12 files of 12 MiB in turn, each gone with its "
         "last mapping", "fewer")
    need(run.value("promises") == mix(run.nonce, 40), "40 mappings in turn under strict accounting", "fewer")
    check_promises(m)
    check_strict(m)
