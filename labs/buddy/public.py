# SPDX-License-Identifier: MIT
"""Public tests of lab buddy."""
import secrets
import struct

from lablib.grading import MASK, Failed, mix, need, test
from lablib.kernel import (PAGE_SIZE, PAGE_STRUCT, PG_BUDDY, PG_PCP, PG_RESERVED, PG_TAIL, VMEMMAP,
                           Kernel)

MAX_ORDER, PAGEBLOCK_ORDER = 10, 9
UNMOVABLE, MOVABLE, RECLAIMABLE = range(3)
TYPES = ("unmovable", "movable", "reclaimable")
BEGIN, ALLOC, FREE, RELEASE = range(4)
NONE, STRAY, BROKEN = 0xffffffff, 0xfffffffe, 0xfffffffd
FALLBACK = {UNMOVABLE: (RECLAIMABLE, MOVABLE), MOVABLE: (RECLAIMABLE, UNMOVABLE),
            RECLAIMABLE: (UNMOVABLE, MOVABLE)}


# --- the arena's log ---

class Record:
    """One step: blocks is {first frame: (order, type of the list)}; frames are offsets."""

    def __init__(self, words, at):
        self.kind, self.order, self.type, self.frame, self.nr_free, types = words[at:at + 6]
        self.types = [types >> 4 * i & 15 for i in range(6)]
        self.area = words[at + 6:at + 17]
        n = words[at + 17]
        if n == BROKEN:
            raise Failed("free lists that can be walked", "a broken list after %s" % self)
        self.blocks, self.double = {}, None
        for e in words[at + 18:at + 18 + n]:
            frame = e & 0xffffffff
            if frame in self.blocks:
                self.double = frame
            self.blocks[frame] = (e >> 32 & 0xff, e >> 40)
        self.end = at + 18 + n

    def __str__(self):
        what = ("the start", "allocating", "freeing", "releasing")[self.kind]
        if self.kind in (BEGIN, RELEASE):
            return what if self.kind == BEGIN else "releasing %d frames from %s on" % (
                self.order, name(self.frame))
        return "%s order %d, %s%s" % (what, self.order, TYPES[self.type],
                                      "" if self.kind == ALLOC else ", at " + name(self.frame))


def name(frame):
    if frame == NONE:
        return "nothing"
    if frame == STRAY:
        return "a frame that was not free"
    return "block %d + %d" % (frame >> MAX_ORDER, frame & 1023)


def show(blocks):
    return ", ".join("order %d at %s (%s)" % (o, name(f), TYPES[t] if t < 3 else "type %d" % t)
                     for f, (o, t) in sorted(blocks.items())) or "none"


SOME_ORDERS = (0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9)


def asked(kind, r, steps, records):
    """What the driver is to do at each step, (kind, order, type, frame), as it draws it from the
    nonce: a log that some kernel has written for itself does not have it.  The step's record
    says what an allocation gave."""
    if kind == "release":
        for first in range(0, 3 << MAX_ORDER, 1 << MAX_ORDER):
            at = 0
            while at < 1 << MAX_ORDER:
                r = mix(r, at)
                n = min(1 + (r >> 8 & (63 if r & 15 else 511)), (1 << MAX_ORDER) - at)
                yield RELEASE, n, 0, first | at
                at += n
    elif kind == "edge":
        piece = list(range(64))
        for k in range(63, -1, -1):
            r = mix(r, k)
            which = r % (k + 1)
            yield FREE, 4, MOVABLE, (piece[which] & 1) << MAX_ORDER | piece[which] >> 1 << 4
            piece[which] = piece[k]
    else:
        mine, own = [], kind == "own"
        for k, (before, after) in enumerate(zip(records, records[1:])):
            r, at = mix(r, k), -1
            frees = 3 if own else 1 if before.nr_free > 600 else 4
            if k >= steps or mine and (len(mine) == 256 or r & 7 < frees):
                if k < steps:
                    at = (r >> 16) % len(mine)
                frame, order = mine[at]
                mine[at] = mine[-1]
                mine.pop()
                yield FREE, order, MOVABLE if own else before.types[frame >> PAGEBLOCK_ORDER], frame
            else:
                order = SOME_ORDERS[r >> 8 & 15]
                yield ALLOC, order, MOVABLE if own else (r >> 40) % 3, after.frame
                if after.frame < 3 << MAX_ORDER:
                    mine.append((after.frame, order))


def check_log(kind, nonce, steps, records):
    done = records if kind == "release" else records[1:]
    for rec, want in zip(done, asked(kind, nonce, steps, records)):
        need((rec.kind, rec.order, rec.type, rec.frame) == want, "a log of the steps that were asked for",
             "another step: %s" % rec)
    if kind in ("own", "steal"):
        given = sum(rec.kind == ALLOC and rec.frame != NONE for rec in done)
        need(given > steps // 8, "most requests to be served", "%d of %d" % (given, steps))


def blocks_asked(r, steps, most):
    """Order, type and number of each block that is live after trace (or crowd, most None)."""
    live = []
    for k in range(steps):
        r = mix(r, k)
        if most is None:
            live.append((0, (r >> 8) % 3, k))
        elif live and (len(live) == 300 or r & 7 < 3):
            at = (r >> 16) % len(live)
            live[at] = live[-1]
            live.pop()
        else:
            live.append((min(SOME_ORDERS[r >> 8 & 15], most), (r >> 40) % 3, k))
    return live


def arena(m, kind, steps, **settings):
    """The records of a run, in pairs (before, after)."""
    kernel = Kernel(m)
    words = []

    def look(stub, number, a, b):
        view = kernel.view(stub)
        n = view.u64(view.symbol("buddy_log_len"))
        words.extend(view.u64s(view.u64(view.symbol("buddy_log")), min(n, 65536)))

    run = m.run("buddylab arena %s %d" % (kind, steps), on_stop=look, **settings)
    run.need_status()
    records, at = [], 0
    while at < len(words):
        records.append(Record(words, at))
        at = records[-1].end
    need(len(records) > steps, "a log of %d steps" % steps,
         "%d; the last was %s" % (len(records), records[-1] if records else "none"))
    check_log(kind, run.nonce, steps, records)
    return list(zip(records, records[1:])) if kind != "release" else records


def own(m):
    return arena(m, "own", 400)


def stealing(m):
    return arena(m, "steal", 400)


def halves(first, high, frame, low):
    """What is left of a block when the part of order low that holds frame is cut out."""
    left = {}
    for order in range(high - 1, low - 1, -1):
        half = first + (1 << order)
        if frame >= half:
            left[first] = order
            first = half
        else:
            left[half] = order
    return left


def check_alloc(before, after):
    """A request that its own type's lists can serve."""
    fits = [o for o, t in before.blocks.values() if t == after.type and o >= after.order]
    if not fits:
        return False
    order = min(fits)
    need(after.frame not in (NONE, STRAY), "a block of order %d: there is one of order %d" % (
        after.order, order), name(after.frame))
    need(after.frame % (1 << after.order) == 0, "%s to give an aligned block" % after, name(after.frame))
    source = [f for f, (o, t) in before.blocks.items()
              if (o, t) == (order, after.type) and f <= after.frame < f + (1 << o)]
    need(source, "%s to take from the smallest blocks that fit, order %d" % (after, order),
         name(after.frame))
    want = dict(before.blocks)
    del want[source[0]]
    want.update({f: (o, after.type) for f, o in halves(source[0], order, after.frame,
                                                       after.order).items()})
    compare(want, after)
    return True


def compare(want, after):
    if after.blocks == want and after.double is None:
        return
    missing = {f: b for f, b in want.items() if after.blocks.get(f) != b}
    extra = {f: b for f, b in after.blocks.items() if want.get(f) != b}
    need(False, "after %s these free blocks: %s" % (after, show(missing) if missing else
                                                    "those before and no others"),
         show(extra) if extra else "not there" if after.double is None else
         "%s twice on the lists" % name(after.double))


def merged(blocks, frame, order, mt):
    out = dict(blocks)
    while order < MAX_ORDER and out.get(frame ^ 1 << order, (None,))[0] == order:
        del out[frame ^ 1 << order]
        frame &= ~(1 << order)
        order += 1
    out[frame] = (order, mt)
    return out


# --- the whole machine ---

class Zone:
    """A zone's free memory as it lies in the frames and on the lists."""

    def __init__(self, view, address=None):
        k = view.kernel
        z = k.layout("mm/phys/zone.h", "struct zone", "start", "end", "area", "nr_free", "where")
        a = k.layout("mm/phys/zone.h", "struct free_area", "list", "nr_free")
        raw_at = address or view.u64(view.symbol("buddy_zone"))
        self.start, self.end = view.u64(raw_at + z["start"]), view.u64(raw_at + z["end"])
        self.nr_free, self.where = view.u64(raw_at + z["nr_free"]), view.u32(raw_at + z["where"])
        self.pages = view.pages(self.start, self.end - self.start)
        self.area, self.lists, self.broken = [], [], None
        for order in range(MAX_ORDER + 1):
            base = raw_at + z["area"] + order * a[""]
            self.area.append(view.u64(base + a["nr_free"]))
            for mt in range(3):
                self._walk(view, base + a["list"] + 16 * mt, order, mt)
        base = view.u64(view.symbol("pageblock_types"))
        self.types = {b: view.read(base + b, 1)[0]
                      for b in range(self.start >> 9, (self.end + 511) >> 9)}
        n = view.u64(view.symbol("buddy_nr_live"))
        live = view.u64s(view.u64(view.symbol("buddy_live")), 4 * n) if n else ()
        self.live = [live[i:i + 4] for i in range(0, len(live), 4)]     # frame, order, type, id

    def _walk(self, view, head, order, mt):
        at, prev = view.u64(head), head
        while at != head and self.broken is None:
            pfn, rest = divmod(at - 16 - VMEMMAP, PAGE_STRUCT)
            if rest or not self.start <= pfn < self.end or self.page(pfn).prev != prev or \
                    len(self.lists) > len(self.pages):
                self.broken = "order %d, %s" % (order, TYPES[mt])
                return
            self.lists.append((pfn, order, mt))
            prev, at = at, self.page(pfn).next

    def page(self, pfn):
        return self.pages[pfn - self.start]

    def check_blocks(self):
        """B1: free blocks are marked, aligned, disjoint, in the zone, and free."""
        need(self.broken is None, "lists whose links agree", "the list of %s is broken" % self.broken)
        owner = {}
        for pfn, order, mt in self.lists:
            what = "the block of order %d at frame %#x" % (order, pfn)
            p = self.page(pfn)
            need(p.flags & PG_BUDDY and p.order == order, what + " marked with its order",
                 "flags %#x, order %d" % (p.flags, p.order))
            need(pfn % (1 << order) == 0 and pfn + (1 << order) <= self.end, what + " aligned and in "
                 "its zone", "not")
            for f in range(pfn, pfn + (1 << order)):
                need(f not in owner, what + " apart from others", "frame %#x is also in the one at %#x"
                     % (f, owner.get(f, 0)))
                owner[f] = pfn
                q = self.page(f)
                need(q.refs == 0 and not q.flags & (PG_PCP | PG_RESERVED | PG_TAIL) and
                     q.flags & 0x0f000000 == self.where, "every frame of %s free and of this zone" % what,
                     "frame %#x: references %d, flags %#x" % (f, q.refs, q.flags))
        heads = {pfn for pfn, _, _ in self.lists}
        for p in self.pages:
            need(not p.flags & PG_BUDDY or p.pfn in heads or p.flags & 0x0f000000 != self.where, "only heads of free blocks marked PG_BUDDY",
                 "frame %#x is marked and on no list" % p.pfn)
        return owner

    def check_asked(self, want):
        need([tuple(row[1:]) for row in self.live] == want, "the %d blocks in use that were asked for" %
             len(want), "%d, or others" % len(self.live))

    def check_live(self, owner, seed_of, view):
        taken = {}
        for pfn, order, _, ident in self.live:
            need(pfn % (1 << order) == 0 and self.start <= pfn and pfn + (1 << order) <= self.end,
                 "a block of order %d aligned and in the zone" % order, "frame %#x" % pfn)
            for f in range(pfn, pfn + (1 << order)):
                need(f not in owner, "frame %#x, which is in use, on no free list" % f,
                     "it is in the free block at %#x" % owner.get(f, 0))
                need(f not in taken, "frame %#x handed out once" % f, "twice")
                taken[f] = ident
            for i in {0, (1 << order) - 1, (1 << order) // 2}:
                word, = struct.unpack("<Q", view.stub.phys((pfn + i) * PAGE_SIZE, 8))
                need(word == mix(seed_of, ident << 16 | i), "frame %#x as it was written" % (pfn + i),
                     "other contents")
        return taken

    def check_lost(self, owner, taken):
        """Every frame is free, or on a hart's list, or somebody's."""
        lost = [p.pfn for p in self.pages if p.refs == 0 and not p.flags & (PG_PCP | PG_RESERVED |
                PG_TAIL) and p.pfn not in owner and p.pfn not in taken
                and p.flags & 0x0f000000 == self.where]
        need(not lost, "every frame free or in use", "%d frames are neither, as %#x" % (
            len(lost), lost[0] if lost else 0))

    def check_merged(self):
        free = {(pfn, order) for pfn, order, _ in self.lists}
        for pfn, order in free:
            need(order == MAX_ORDER or (pfn ^ 1 << order, order) not in free,
                 "no two free blocks that are buddies (B2)", "order %d at %#x and %#x" % (
                     order, pfn, pfn ^ 1 << order))

    def blocks(self, order):
        return sum(o == order for _, o, _ in self.lists)


def any_size():
    """A machine's memory.  What is right must be so in zones of other sizes than the author's."""
    return "%dM" % (72 + secrets.randbelow(89))


def whole(m, steps, most, when=(0, 1, 2, 3, 4), mem="64M"):
    """{checkpoint: Zone}; B1 and the contents hold at each."""
    kernel, seen = Kernel(m), {}

    def look(stub, number, a, b):
        if number not in when:
            return
        seen[number] = kernel.view(stub), Zone(kernel.view(stub))
        zone = seen[number][1]
        seed = mix(stub.nonce, number)
        zone.check_asked(blocks_asked(seed, steps if 0 < number < 4 else 0, most))
        owner = zone.check_blocks()
        taken = zone.check_live(owner, seed, seen[number][0])
        zone.check_lost(owner, taken)

    run = m.run("buddylab trace %d %d" % (steps, most), on_stop=look, mem=mem)
    run.need_status()
    need(set(seen) == set(when), "checkpoints %s" % (when,), sorted(seen))
    return {k: v[1] for k, v in seen.items()}


@test("blocks of up to 32 KiB are aligned, apart and keep their contents", points=5,
      read="B1 at the head of buddy.c")
def small_blocks(m):
    whole(m, 300, 3, (1, 4))


@test("a block comes from the smallest that fits, and the rest stays free", points=12,
      read="buddy_alloc, buddy_split; the drawing of the handout")
def split(m):
    for before, after in m.once(own):
        if after.kind == ALLOC and not check_alloc(before, after):
            need(after.frame == NONE and after.blocks == before.blocks, "%s to fail: no block of the "
                 "type is large enough" % after, name(after.frame))


@test("a freed block merges with its buddy as long as that is free", points=12,
      read="buddy_free: pfn ^ 1 << order")
def merge(m):
    for before, after in m.once(own):
        if after.kind == FREE:
            compare(merged(before.blocks, after.frame, after.order, after.type), after)


@test("the counts are those of the lists", points=7, read="B3 at the head of buddy.c")
def free_counts(m):
    for look in (own, stealing):
        for _, after in m.once(look):
            for order in range(MAX_ORDER + 1):
                there = sum(o == order for o, _ in after.blocks.values())
                need(after.area[order] == there, "%d blocks of order %d counted after %s" % (
                    there, order, after), after.area[order])
            free = sum(1 << o for o, _ in after.blocks.values())
            need(after.nr_free == free, "%d free frames counted after %s" % (free, after), after.nr_free)


@test("a range joins in the largest blocks that are aligned", points=6, read="zone_release_range")
def release(m):
    blocks = {}
    for r in arena(m, "release", 0):
        need(r.kind == RELEASE, "only ranges", r)
        for f in range(r.frame, r.frame + r.order):
            blocks = merged(blocks, f, 0, MOVABLE)
        compare(blocks, r)
    need(len(blocks) == 3, "three blocks of order 10 in the end", show(blocks))


@test("the whole machine: no overlap, no buddies side by side, no frame lost", points=8,
      read="B1, B2; /proc/buddyinfo; the gdb command buddy")
def machine(m):
    zones = whole(m, 300, 7, (0, 2, 4), any_size())
    for zone in zones.values():
        zone.check_merged()
    first, last = zones[0], zones[4]
    need(first.blocks(MAX_ORDER) >= 8, "the memory of a fresh kernel in blocks of 4 MiB", "%d of order 10"
         % first.blocks(MAX_ORDER))
    need(last.blocks(MAX_ORDER) >= first.blocks(MAX_ORDER) - 1, "when all is free again as many blocks "
         "of order 10 as before, %d" % first.blocks(MAX_ORDER), last.blocks(MAX_ORDER))


@test("the cost does not grow with memory or with the order", points=8,
      read="buddy_alloc and buddy_free: MAX_ORDER steps at most")
def cost(m):
    run = m.run("buddylab cost", mem=any_size())
    for order, most in ((0, 700), (3, 1000), (9, 1100)):
        spent = run.cost("order %d" % order) // 500
        need(spent < most, "alloc_pages and free_pages of order %d in less than %d instructions" % (
            order, most), spent)
    run.need_status()


@test("a type that has nothing steals the largest block of another", points=6,
      read="zone_steal; the head of migrate.c")
def steal_largest(m):
    stolen = 0
    for before, after in m.once(stealing):
        if after.kind != ALLOC or any(t == after.type and o >= after.order
                                      for o, t in before.blocks.values()):
            continue
        fits = [o for o, _ in before.blocks.values() if o >= after.order]
        if not fits:
            need(after.frame == NONE, "%s to fail: no block is large enough" % after, name(after.frame))
            continue
        order = max(fits)
        need(after.frame not in (NONE, STRAY), "a block stolen for %s: there is one of order %d" % (
            after, order), name(after.frame))
        kinds = {t for o, t in before.blocks.values() if o == order}
        wanted = next(t for t in FALLBACK[after.type] if t in kinds)
        need(any(o == order and t == wanted and f <= after.frame < f + (1 << o)
                 for f, (o, t) in before.blocks.items()),
             "%s to steal one of the largest blocks, order %d, from %s" % (after, order, TYPES[wanted]),
             name(after.frame))
        stolen += 1
    need(stolen > 3, "requests that have to steal", stolen)


@test("unmovable pages crowd into few page blocks", points=6,
      read="the head of migrate.c; set_pageblock_type")
def crowd(m):
    kernel, seen = Kernel(m), {}

    def look(stub, number, a, b):
        seen[number] = Zone(kernel.view(stub))

    run = m.run("buddylab crowd 1000", on_stop=look, mem="64M")
    run.need_status()
    need(0 in seen, "a look at the zone", "none")
    seen[0].check_asked(blocks_asked(run.nonce, 1000, None))
    kinds = {}
    for pfn, _, mt, _ in seen[0].live:
        kinds.setdefault(pfn >> PAGEBLOCK_ORDER, set()).add(mt)
    mixed = [b for b, k in kinds.items() if MOVABLE in k and len(k) > 1]
    need(len(mixed) <= 1, "movable and other pages in page blocks of their own", "%d page blocks have "
         "both" % len(mixed))
    wrong = [b for b, k in kinds.items() if k == {MOVABLE} and seen[0].types[b] != MOVABLE or
             k == {UNMOVABLE} and seen[0].types[b] != UNMOVABLE]
    need(len(wrong) <= 1, "page blocks marked with the type of their pages", "%d are not" % len(wrong))
