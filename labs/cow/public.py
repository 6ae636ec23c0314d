# SPDX-License-Identifier: MIT
"""Public tests of lab cow."""
from lablib.grading import PAGE, Failed, mix, need, page_sum, page_words, sum_of, test


@test("parent and child do not see each other's writes", points=10,
      read="kernel/mm/vm/cow.c, the theory at its head")
def isolation(m):
    run = m.run("cowlab isolation")
    run.need_status()
    n = run.nonce
    child = sum_of(page_sum(page_words(n + 1000 if i < 32 else n, i)) for i in range(64))
    parent = sum_of(page_sum(page_words(n, i) if i < 32 else page_words(n + 2000, i - 32))
                    for i in range(64))
    need(run.value("child") == child, "the child to see its own first half and the old second half",
         "another sum of its pages")
    need(run.value("parent") == parent, "the parent to see the old first half and its own second",
         "another sum of its pages")


def look(m):
    """The page tables at cowlab share's checkpoints: {id: [entry of each page]}."""
    seen = {}

    def stop(stub, number, base, count):
        seen[number] = [stub.pte(base + i * PAGE) for i in range(count)]

    run = m.run("cowlab share", on_stop=stop)
    run.need_status()
    for number in range(6):
        if number not in seen:
            raise Failed("cowlab to reach checkpoint %d" % number, run.ending())
    return seen


def must_share(m):
    """What a kernel gets right as well that copies at fork, or lets both write on, counts only
    when it does neither."""
    need_shared(m.once(look), 0, "page 0 shared and read-only in both tables, before this counts")


def need_shared(seen, page, expected):
    """After fork one frame, and neither may write to it."""
    parent, child = seen[1][page], seen[2][page]
    need(parent.present and parent.pfn == child.pfn and not parent.writable and not child.writable,
         expected, "parent %r, child %r" % (parent, child))


@test("a write right after fork is not seen by the child", points=5,
      read="*changed in cow_copy_area's contract: what does the parent's TLB still say?")
def at_once(m):
    must_share(m)
    run = m.run("cowlab at_once")
    run.need_status()
    for who, seed in (("child", run.nonce), ("parent", run.nonce + 1)):
        need(run.value(who) == sum_of(page_sum(page_words(seed, i)) for i in range(8)),
             "the %s's pages as the %s left them" % (who, who), "another sum")


@test("after fork both map the same frames", points=10,
      read="cow_copy_area's contract in cow.h; the drawing in LAB.md")
def same_frames(m):
    seen = m.once(look)
    for i, (a, b, c) in enumerate(zip(seen[0], seen[1], seen[2])):
        need(a.present and b.present and c.present, "page %d mapped before and after fork" % i,
             "%r, parent %r, child %r" % (a, b, c))
        need(b.pfn == a.pfn and c.pfn == a.pfn, "page %d in one frame for both" % i,
             "before fork %r, parent %r, child %r" % (a, b, c))


@test("after fork neither may write without asking", points=10,
      read="invariant C1 at the head of cow.c; pte_clear_bits")
def write_protected(m):
    seen = m.once(look)
    for i in range(16):
        need_shared(seen, i, "page %d shared and read-only in both tables" % i)


@test("the first write copies one page, and only in the writer", points=15,
      read="the cases of a write, at the head of cow.c")
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


@test("the last owner takes the frame without a copy", points=10,
      read="\"Who is the last owner?\" at the head of cow.c")
def last_owner(m):
    seen = m.once(look)
    need_shared(seen, 5, "page 5 shared and read-only in both tables first")
    need(seen[5][5].pfn == seen[1][5].pfn and seen[5][5].writable,
         "page 5 writable in the frame it always had", "%r, then %r" % (seen[1][5], seen[5][5]))


@test("a program of 24 MiB has four children in 48 MiB of RAM", points=10,
      read="LAB.md, \"What it is worth\": what would copying cost?")
def fits(m):
    run = m.run("cowlab big 24 4", mem="48M")
    run.need_status()
    need(run.value("sum") == sum_of(mix(run.nonce, i) for i in range(24 * 256)),
         "the parent's memory unchanged", "another sum")
