# SPDX-License-Identifier: MIT
"""Public tests of lab cow."""
from lablib.grading import MASK, Failed, mix, need, test

PAGE, WORDS = 4096, 512


def fill(nonce, page):
    """The words fill_page of lab.h writes, {index: value}."""
    return {k: mix(nonce + page & MASK, k) for k in range(0, WORDS, 64)}


def sum_page(words):
    total = 0
    for k in range(0, WORDS, 64):
        total = mix(total, words[k])
    return total


def sum_all(pages):
    total = 0
    for words in pages:
        total = mix(total, sum_page(words))
    return total


def entries(stub, base, count):
    return [stub.pte(base + i * PAGE) for i in range(count)]


@test("parent and child do not see each other's writes", points=10,
      read="kernel/mm/vm/cow.c, the theory at its head")
def isolation(m):
    run = m.run("cowlab isolation")
    run.need_status()
    n = run.nonce
    child = sum_all([fill(n + 1000, i) if i < 32 else fill(n, i) for i in range(64)])
    parent = sum_all([fill(n, i) if i < 32 else fill(n + 2000, i - 32) for i in range(64)])
    need(run.value("child") == child, "the child to see its own first half and the old second half",
         "another sum of its pages")
    need(run.value("parent") == parent, "the parent to see the old first half and its own second",
         "another sum of its pages")


def look(m):
    """The page tables at cowlab share's checkpoints: {id: [entry of each page]}."""
    seen = {}

    def stop(stub, number, base, count):
        seen[number] = entries(stub, base, count)

    run = m.run("cowlab share", on_stop=stop)
    run.need_status()
    for number in range(6):
        if number not in seen:
            raise Failed("cowlab to reach checkpoint %d" % number, run.ending())
    return seen


@test("after fork both map the same frames", points=20,
      read="cow_copy_area; the page table drawing of the handout")
def same_frames(m):
    seen = m.once(look)
    for i, (a, b, c) in enumerate(zip(seen[0], seen[1], seen[2])):
        need(a.present and b.present and c.present, "page %d mapped before and after fork" % i,
             "%r, parent %r, child %r" % (a, b, c))
        need(b.pfn == a.pfn and c.pfn == a.pfn, "page %d in one frame for both" % i,
             "before fork %r, parent %r, child %r" % (a, b, c))


@test("after fork neither may write without asking", points=15,
      read="invariant C1; pte_clear_bits")
def write_protected(m):
    seen = m.once(look)
    for i, (b, c) in enumerate(zip(seen[1], seen[2])):
        need(not b.writable and not c.writable and b.pfn == c.pfn,
             "page %d shared and read-only in both tables" % i, "parent %r, child %r" % (b, c))


@test("the first write copies one page, and only in the writer", points=20,
      read="cow_break; what happens to the old frame's counts?")
def one_copy(m):
    seen = m.once(look)
    for i in range(16):
        before, after, parent = seen[2][i], seen[3][i], seen[4][i]
        if i == 3:
            need(after.pfn != before.pfn and after.writable, "page 3 of the writer in a frame of its "
                 "own", "before %r, after %r" % (before, after))
        else:
            need(after.pfn == before.pfn, "page %d untouched by a write to page 3" % i,
                 "before %r, after %r" % (before, after))
        need(parent.pfn == seen[1][i].pfn, "the parent's page %d to stay where it was" % i,
             "%r, then %r" % (seen[1][i], parent))


@test("the last owner takes the frame without a copy", points=15,
      read="the question \"who is the last owner?\" at the head of cow.c")
def last_owner(m):
    seen = m.once(look)
    need(seen[1][5].pfn == seen[2][5].pfn, "page 5 shared first",
         "parent %r, child %r" % (seen[1][5], seen[2][5]))
    need(seen[5][5].pfn == seen[1][5].pfn and seen[5][5].writable,
         "page 5 writable in the frame it always had", "%r, then %r" % (seen[1][5], seen[5][5]))


@test("a program of 24 MiB has four children in 48 MiB of RAM", points=20,
      read="what would copying cost?")
def fits(m):
    run = m.run("cowlab big 24 4", mem="48M", timeout=120)
    run.need_status()
    total = 0
    for i in range(24 * 256):
        total = mix(total, mix(run.nonce, i))
    need(run.value("sum") == total, "the parent's memory unchanged", "another sum")
