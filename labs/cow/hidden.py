# SPDX-License-Identifier: MIT
"""Hidden tests of lab cow."""
from lab_cow_public import must_share
from lablib.grading import MASK, PAGE, ZERO_PAGE, mix, need, page_sum, page_words, sum_of, test


@test("four generations each keep their memory, under three tables", points=5,
      read="does every table of the area get its turn, and every sharer its reference?")
def generations(m):
    must_share(m)
    run = m.run("cowlab_more generations")
    run.need_status()
    n, step = run.nonce, 100
    for g in range(4):
        pages = {i: page_words(n, i) for i in range(0, 3 * 512, step)}
        # A generation is forked before its parent writes.
        pages[(g + 1) * step] = page_words(n + 50, g)
        pages[0] = page_words(n + 60, g)
        need(run.value("abcd"[g]) == sum_of(page_sum(pages[i]) for i in sorted(pages)),
             "generation %d to see what it wrote and nothing of the others" % g, "another sum")


@test("pages that were never written are each other's no more than others", points=4,
      read="case zero: which frame is behind a page that was only read?")
def zeroes(m):
    must_share(m)
    seen = {}

    def look(stub, number, base, count):
        seen[number] = [stub.pte(base + i * PAGE) for i in range(count)]

    run = m.run("cowlab_more zeroes", on_stop=look)
    run.need_status()
    n, zero = run.nonce, page_sum(ZERO_PAGE)
    need(run.value("child") == sum_of([page_sum(page_words(n, 0))] + [zero] * 5),
         "the child's page 0 written, the others zeroes", "another sum")
    need(run.value("parent") == sum_of([zero, page_sum(page_words(n, 1))] + [zero] * 4),
         "the parent's page 1 written, the others zeroes", "another sum")
    need(run.value("other") == sum_of([zero] * 6), "another area's pages still zeroes", "not so")
    need(seen[1][1].pfn != seen[0][1].pfn and seen[1][2].pfn == seen[0][2].pfn,
         "a frame of its own for the page that was written, and only for it",
         "%r -> %r, %r -> %r" % (seen[0][1], seen[1][1], seen[0][2], seen[1][2]))


@test("no frame is lost when children come and go", points=6,
      read="who holds a reference to the old frame, and when is it put?")
def rounds(m):
    must_share(m)
    run = m.run("cowlab_more rounds 6 30", mem="48M")
    run.need_status()
    n, pages = run.nonce, 6 * 256
    need(run.value("sum") == sum_of((mix(n, i) + (30 if i % 3 == 0 else 0)) & MASK
                                    for i in range(pages)),
         "the parent's memory as it wrote it", "another sum")


@test("a shared area stays shared", points=2, read="which areas does fork copy?")
def shared_areas(m):
    must_share(m)
    run = m.run("cowlab_more shared")
    run.need_status()
    n = run.nonce
    need(run.value("sum") == sum_of(page_sum(page_words(n + 7 if i == 1 else n, i)) for i in range(4)),
         "the child's write in the parent's memory", "another sum")


@test("another thread sees the new frame at once", points=6,
      read="invariant C2: who else may hold the old entry in a TLB?")
def threads(m):
    must_share(m)
    run = m.run("cowlab_more threads", cpus=2)
    run.need_status()
    need(run.value("seen") == mix(run.nonce, 1), "the other thread to read what was written",
         "it goes on reading the old frame")


@test("fork costs little for each page, nothing for pages that are not there", points=5,
      read="pt_next; what a table's index counts")
def costs(m):
    must_share(m)
    run = m.run("cowlab_more costs")
    run.need_status()
    run.need_status()
    need(run.cost("fork") < 400000, "a fork of 2048 pages, and 1 GiB with one page in it, within "
         "400000 instructions", "%d" % run.cost("fork"))
    need(run.cost("reuse") < 256 * 2500, "256 pages taken by their last owner within 2500 "
         "instructions each", "%d" % (run.cost("reuse") // 256))


@test("what is counted is what is mapped", points=2, read="rss_add: whose counter, and which?")
def counts(m):
    must_share(m)
    run = m.run("cowlab_more counts")
    run.need_status()
    need(run.value("child") == 0, "statm and smaps of the child to agree", "they do not")
    need(run.value("statm") == run.value("smaps"), "%d pages" % run.value("smaps"),
         "%d in statm" % run.value("statm"))
