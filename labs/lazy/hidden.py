# SPDX-License-Identifier: MIT
"""Hidden tests of lab lazy."""
from lab_lazy_public import EFAULT, ENOENT, PAGE, SEGV, chain, fill, sum_page
from lablib.grading import mix, need, test
from lablib.kview import PTE_SPECIAL, KernelView

ENOMEM, KILL = 12, 9


@test("sbrk moves a number, and a touch costs a page", points=5,
      read="what in your sbrk depends on the size?")
def constant_cost(m):
    run = m.run("lazylab cost")
    run.need_status()
    for name, most in (("sbrk of a page", 4000), ("sbrk of 48 MiB", 4000), ("a first read", 3000),
                       ("a first write", 8000), ("sbrk down", 12000)):
        need(run.cost(name) <= most, "%s within %d instructions" % (name, most), run.cost(name))
    need(run.value("same") == mix(run.nonce, 8 << 20), "a heap 8 MiB longer in the end", "another")


@test("memory that went is there again", points=5, read="what shrinking gives back: frames, promise")
def churn(m):
    for command, settings in (("lazylab churn 16 10", {"mem": "48M"}),
                              ("lazylab_x promise", {"mem": "64M"})):
        run = m.run(command, timeout=60, **settings)
        run.need_status()
        if "churn" in command:
            once = [mix(run.nonce, i) for i in range(16 * 256)]
            need(run.value("sum") == chain(once * 10), "10 times 16 MiB as written", "another sum")
            need(run.value("seen") == mix(run.nonce, 0), "zeroes each time", "something else")
        else:
            need(run.value("rounds") == mix(run.nonce, 60), "60 times sbrk up and down by 4 MiB "
                 "while no more is promised than there is", "fewer")


@test("a heap and a stack end where they must", points=5, read="mm_may_add, the guard, rlimits")
def limits(m):
    run = m.run("lazylab bounds")
    run.need_status()
    n = run.nonce
    need(run.value("signals") == mix(n, chain([SEGV, SEGV, SEGV, 0])), "SIGSEGV 9 MiB below the top, "
         "and within 1 MiB above another area; none above that", "another row of signals")
    need(run.value("wall") == sum_page(fill(n, 3)), "the area below the stack unchanged", "another sum")
    run = m.run("lazylab wild")
    run.need_status()
    need(run.value("errors") == mix(run.nonce, chain([EFAULT] * 5 + [ENOENT])),
         "EFAULT from the kernel where the program would get SIGSEGV", "other errors")
    run = m.run("lazylab_x limits")
    run.need_status()
    need(run.value("errors") == mix(run.nonce, chain([ENOMEM] * 7)),
         "ENOMEM from sbrk that passes a limit, meets a mapping or a stack's guard, the break unmoved",
         "another row of results")
    need(run.value("exact") == mix(run.nonce, chain([0, 0])), "a heap that ends at the mapping, and one "
         "that goes on when the mapping has gone", "ENOMEM")
    need(run.value("mapping") == sum_page(fill(run.nonce, 1)), "the mapping unchanged", "another sum")
    need(run.value("space") == mix(run.nonce, chain([ENOMEM, SEGV, 0])), "a heap and a stack to stay within "
         "RLIMIT_AS, and a stack that grows without it", "another row of results")
    check_strict(m)


def check_strict(m):
    run = m.run("lazylab_x strict", mem="64M")
    run.need_status()
    n = run.nonce
    need(run.value("more than half") == run.value("refused") == mix(n, ENOMEM), "ENOMEM from sbrk of more than "
         "may be promised (overcommit_memory 2), at once or by the MiB", "another result")
    need(run.value("child") == mix(n, KILL), "a stack that grows beyond what may be promised to end its process",
         "another end")
    need(8 <= run.value("heap") <= 32, "a heap of nearly half the machine under strict accounting, and as much "
         "again when it has gone", "another size")


@test("tables, frames and areas are counted", points=5, read="T1, V4, P3; index and rss_add")
def counted(m):
    seen = {}

    def look(stub, number, a, b):
        k = KernelView(m, stub)
        mm = k.current_mm()
        pages = mm.check_counts()
        seen[number] = mm, [va for va in pages if a <= va < a + b * PAGE]
        for va, e in pages.items():
            v = mm.area_at(va)
            p = k.page(e.pfn)
            if e.value & PTE_SPECIAL or not p.mapping & 1:
                continue
            need(p.index == v.pgoff + (va - v.start) // PAGE, "the frame at %#x to know its place (R1)"
                 % va, "index %#x, in an area with pgoff %#x" % (p.index, v.pgoff))
        total = sum((v.end - v.start) // PAGE for v in mm.areas())
        need(mm.total_vm == total, "the size of the address space (%d pages)" % total, mm.total_vm)

    run = m.run("lazylab_x counted", on_stop=look)
    run.need_status()
    for number in range(4):
        need(number in seen, "the program to reach checkpoint %d" % number, run.ending())
    need(len(seen[1][1]) == 12 and len(seen[2][1]) == 6, "12 pages mapped, 6 after sbrk down",
         "%d and %d" % (len(seen[1][1]), len(seen[2][1])))


@test("the zero frame outlives its users", points=5, read="P6; what does munmap do with an entry?")
def zero_stays(m):
    frames = []

    def look(stub, number, a, b):
        frames.append(stub.pte(a))
        if number == 0:
            need(KernelView(m, stub).frame(frames[-1].pfn) == bytes(PAGE), "the zero frame all zeroes",
                 "other contents")

    run = m.run("lazylab_x zeroes", on_stop=look)
    run.need_status()
    need(run.value("sum") == mix(run.nonce, 0), "zeroes from every first read, also after many "
         "children with such pages have gone", "something else")
    need(len({e.pfn for e in frames}) == 1 and len(frames) == 2 and frames[1].value & PTE_SPECIAL,
         "the same zero frame before and after", frames)


@test("two threads touch one page", points=5, read="why look again under ptl?")
def race(m):
    seen = []

    def look(stub, _number, a, b):
        seen.append(sum(stub.pte(a + i * PAGE).present for i in range(2, b, 3)))

    run = m.run("lazylab_x race", on_stop=look, mem="256M", timeout=20)
    run.need_status()
    need(seen == [0], "the pages that no thread touched not mapped", seen)
    need(run.value("lost") == mix(run.nonce, 0), "no store of a thread lost", "one or more")
