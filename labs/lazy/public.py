# SPDX-License-Identifier: MIT
"""Public tests of lab lazy."""
from lablib.gdbstub import PTE_D
from lablib.grading import MASK, Failed, mix, need, test
from lablib.kview import PTE_SPECIAL, VM_ACCOUNT, VM_GROWSDOWN, KernelView, entries

PAGE, WORDS = 4096, 512
EFAULT, ENOENT, SEGV = 14, 2, 11
MIB = 1 << 20


def fill(seed, page):
    """The words fill_page of lab.h writes, {index: value}."""
    return {k: mix(seed + page & MASK, k) for k in range(0, WORDS, 64)}


def sum_page(words):
    total = 0
    for k in range(0, WORDS, 64):
        total = mix(total, words[k])
    return total


def fill_bytes(seed, n):
    return bytes(mix(seed, i) & 0xff for i in range(n))


def sum_bytes(data):
    total = 0
    for b in data:
        total = mix(total, b)
    return total


def chain(values, start=0):
    for v in values:
        start = mix(start, v & MASK)
    return start


def stops(m, command, count, look=None, **settings):
    """Run it; ({checkpoint: [entry of each page]}, run). look(stub, id, base) may see more."""
    seen = {}

    def stop(stub, number, base, n):
        seen[number] = entries(stub, base, n)
        if look is not None:
            look(stub, number, base)

    run = m.run(command, on_stop=stop, **settings)
    run.need_status()
    for number in range(count):
        if number not in seen:
            raise Failed("the program to reach checkpoint %d" % number, run.ending())
    return seen, run


def present(pages):
    return [i for i, e in enumerate(pages) if e.present]


def ranges(pages):
    """[0, 1, 2, 7] as "0-2 7"."""
    rows = []
    for i in pages:
        if rows and rows[-1][1] == i - 1:
            rows[-1][1] = i
        else:
            rows.append([i, i])
    return " ".join("%d-%d" % (a, b) if b > a else str(a) for a, b in rows) or "none"


def is_zero_frame(e):
    return e.present and not e.writable and bool(e.value & PTE_SPECIAL)


@test("the heap keeps what is written to it", points=10, read="the head of brk.c")
def holds(m):
    run = m.run("lazylab holds")
    run.need_status()
    need(run.value("pages") == chain(sum_page(fill(run.nonce, i)) for i in range(48)),
         "48 pages as they were written", "another sum of them")
    need(run.value("bytes") == sum_bytes(fill_bytes(run.nonce, 5000)),
         "5000 bytes of an unaligned sbrk as they were written", "another sum of them")


def look_heap(m):
    return stops(m, "lazylab look heap", 3)


def look_map(m):
    return stops(m, "lazylab look map", 3)


def check_reads(name, seen, run):
    """Pages 5 and 9 have been read."""
    e = seen[1]
    need(present(e) == [5, 9], "after reads of pages 5 and 9 of the %s these two mapped" % name,
         "pages %s" % ranges(present(e)))
    need(e[5].pfn == e[9].pfn, "pages 5 and 9 of the %s in one frame" % name,
         "%r and %r" % (e[5], e[9]))
    need(is_zero_frame(e[5]) and is_zero_frame(e[9]), "read-only entries with PTE_SPECIAL",
         "%r, value %#x" % (e[5], e[5].value))
    need(run.value("read") == mix(run.nonce, 0), "zeroes to be read from the %s" % name,
         "something else")


def check_writes(name, seen, run):
    """Then pages 7 and 5 have been written to."""
    e, n = seen[2], run.nonce
    need(present(e) == [5, 7, 9], "pages 5, 7 and 9 of the %s mapped and no other" % name,
         "pages %s" % ranges(present(e)))
    need(len({e[5].pfn, e[7].pfn, e[9].pfn}) == 3 and e[5].writable and e[7].writable,
         "pages 5 and 7 writable in frames of their own", "5: %r, 7: %r, 9: %r" %
         (e[5], e[7], e[9]))
    need(e[7].value & PTE_D, "page 7 marked dirty by the fault that made it", repr(e[7]))
    need(not e[9].writable and e[9].pfn == seen[1][9].pfn, "page 9 still the zero frame",
         repr(e[9]))
    need(run.value("sum") == mix(sum_page(fill(n, 5)), sum_page(fill(n, 7))),
         "both pages as they were written", "another sum of them")
    need(run.value("rest") == mix(n, sum_bytes(bytes(PAGE))), "page 9 all zeroes",
         "another sum of it")


@test("a first read maps the one zero frame", points=12, read="zero_fault; P6 in mm/phys/page.h")
def zero_frame(m):
    check_reads("mapping", *m.once(look_map))


@test("a first write gives one frame, of zeroes", points=12, read="anon_fault")
def own_frame(m):
    check_writes("mapping", *m.once(look_map))


@test("sbrk gives no frame", points=8, read="mm_move_brk; \"The number\" in the handout")
def sbrk_gives_nothing(m):
    seen, run = m.once(look_heap)
    need(present(seen[0]) == [], "no page of the new heap to be mapped before it is touched",
         "pages %s are" % ranges(present(seen[0])))
    check_reads("heap", seen, run)
    check_writes("heap", seen, run)


def look_promises(m):
    """=> [(pages that all have been promised, pages of heap, pages of stack, which of the two have
    VM_ACCOUNT)] at the checkpoints of promised() in lazylab.c"""
    seen = {}

    def look(stub, number, _a, _b):
        k = KernelView(m, stub)
        mm = k.current_mm()
        heap, stack = mm.area_at(mm.brk - 1), next((v for v in mm.areas() if v.flags & VM_GROWSDOWN), None)
        need(stack is not None, "the program's stack among the areas", "none")
        seen[number] = (k.u64(k.symbol("vm_committed")), (mm.brk + PAGE - 1) // PAGE,
                        (stack.end - stack.start) // PAGE,
                        [v is not None and bool(v.flags & VM_ACCOUNT) for v in (heap, stack)])

    run = m.run("lazylab promised", on_stop=look)
    run.need_status()
    for number in range(5):
        need(number in seen, "the program to reach checkpoint %d" % number, run.ending())
    return [seen[number] for number in range(5)]


def check_promised(seen, first, last, column, what):
    """Between two checkpoints as many pages were promised as heap (column 1) or stack (2) grew by."""
    promised, pages = (seen[last][i] - seen[first][i] for i in (0, column))
    need(promised == pages, "%d pages more promised after %s" % (pages, what), promised)


@test("sbrk down gives memory back", points=10, read="shrinking in brk.c's head; do_munmap; vm_charge")
def gives_back(m):
    seen, run = stops(m, "lazylab down", 3)
    n = run.nonce
    need(present(seen[0]) == list(range(64)), "64 pages written to and mapped",
         ranges(present(seen[0])))
    need(present(seen[1]) == list(range(32)), "after sbrk(-32 pages) the lower 32 mapped and no other",
         "pages %s" % ranges(present(seen[1])))
    need([e.pfn for e in seen[1][:32]] == [e.pfn for e in seen[0][:32]],
         "what stays to stay in its frames", "others")
    need(present(seen[2]) == list(range(32)), "the heap that comes back untouched",
         "pages %s" % ranges(present(seen[2])))
    need(run.value("was") == 64 * PAGE, "sbrk to return the old break", hex(run.value("was")))
    need(run.value("signal") == mix(n, SEGV), "SIGSEGV for a touch beyond the break", "none")
    need(run.value("kept") == chain(sum_page(fill(n, i)) for i in range(32)),
         "the lower half unchanged", "another sum of it")
    need(run.value("zero") == mix(n, 0), "zeroes where the heap came back", "something else")
    need(run.value("fresh") == mix(n, 16), "zeroes around what is written to a fresh page",
         "something else")
    need(run.value("part") == mix(sum_bytes(fill_bytes(n, 3000)[:2000]), 2000),
         "the page in which the break stands to stay", "another content or break")
    seen = m.once(look_promises)
    need(seen[1][3][0] and seen[3][3][0], "a heap with VM_ACCOUNT", "without")
    check_promised(seen, 0, 1, 1, "sbrk of 3 MiB")
    check_promised(seen, 2, 3, 1, "sbrk(-2 MiB)")


@test("a stack grows to where it is touched", points=10, read="the head of stack.c; vm_commit")
def stack_grows(m):
    bounds = {}

    def look(stub, number, base):
        k = KernelView(m, stub)
        bounds[number] = (k.current_mm().area_at(stub.reg("sp")), base)

    seen, run = stops(m, "lazylab stack", 3, look)
    need(present(seen[0])[:1] == [] or present(seen[0])[0] > 900,
         "nothing mapped far below the stack before it is touched", present(seen[0])[:8])
    need(len(present(seen[0])) < 16, "of the stack's first 32 pages only those that were used",
         present(seen[0]))
    need(present(seen[1])[:1] == [0] and not any(e.present for e in seen[1][1:900]),
         "the page that was touched, and none between it and the old stack", present(seen[1])[:8])
    need([i for i in present(seen[2]) if i < 900] == [0, 512], "one page more after one touch more",
         present(seen[2])[:8])
    area, base = bounds[1]
    need(area is not None and area.start == base, "the stack's area to begin at the touched page",
         "%#x, touched %#x" % (area.start if area else 0, base))
    need(run.value("sum") == mix(sum_page(fill(run.nonce, 1)), sum_page(fill(run.nonce, 2))),
         "both pages as they were written", "another sum of them")
    run = m.run("lazylab recurse")
    run.need_status()
    total = 0
    for i in range(3001):
        w = mix(run.nonce, i)
        total = mix(total, w ^ w << 1 & MASK)
    need(run.value("sum") == total, "3000 frames of 1600 bytes as they were written", "another sum")
    run = m.run("lazylab deeper")
    run.need_status()
    need(run.value("kernel") == sum_bytes(fill_bytes(run.nonce, 3000)),
         "3000 bytes that read() put where no stack was yet", "another content")
    seen = m.once(look_promises)
    need(all(row[3][1] for row in seen), "a stack with VM_ACCOUNT", "without")
    check_promised(seen, 1, 2, 2, "a touch 2 MiB down the stack")
    check_promised(seen, 3, 4, 2, "a child with more of heap and stack that has gone")


@test("the kernel touches what is not there", points=8, read="fault_in; the head of usercopy.c")
def kernel_touches(m):
    seen, run = stops(m, "lazylab kernel", 3)
    n, pattern = run.nonce, fill_bytes(run.nonce, 3000)
    need(present(seen[0]) == [2, 3] and seen[0][2].writable and seen[0][3].writable,
         "the two pages that read() wrote to, mapped and writable", "pages %s" % present(seen[0]))
    need(run.value("read") == mix(3000, sum_bytes(pattern)), "3000 bytes read into untouched heap",
         "another count or content")
    need(present(seen[1]) == [2, 3, 8] and is_zero_frame(seen[1][8]),
         "write() from an untouched page to map the zero frame there, read-only with PTE_SPECIAL",
         "pages %s, page 8 %r, value %#x" % (ranges(present(seen[1])), seen[1][8], seen[1][8].value))
    need(run.value("written") == mix(mix(n, 3000), sum_bytes(bytes(3000))), "3000 zeroes written",
         "another count or content")
    need(present(seen[2]) == [1] and is_zero_frame(seen[2][1]), "the same in a mapping",
         "pages %s" % present(seen[2]))
    need(run.value("mapping") == mix(mix(100, 100), sum_bytes(pattern[:100])),
         "100 bytes read into an untouched mapping", "another count or content")
