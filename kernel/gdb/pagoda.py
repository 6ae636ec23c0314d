# SPDX-License-Identifier: MIT
"""pagoda.py - what .gdbinit loads: connecting, symbols, and commands for the kernel.

	ps		tasks		bt-all		what every hart is doing
	regs		registers of this hart, the CSRs decoded
	pte VA [PID]	the three-level walk, each entry decoded
	user PROGRAM	load a program's symbols (done by itself when a program is running)
	vmas [PID]	areas		mm [PID]	the address space's counters
	buddy		free blocks	zone		zones and watermarks
	page PFN|ADDR	one frame	rmap PFN	who maps it
	slab [NAME]	caches		slab-of ADDR	the object an address is in
	faults [N]	the last page faults
	bt-task PID	where a sleeping task sleeps
"""

import json
import os
import sys

import gdb

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import memory as m  # noqa: E402
from memory import Struct  # noqa: E402

STATES = "RSDTZX"
CAUSES = {0: "instruction misaligned", 1: "instruction access", 2: "illegal instruction",
          3: "breakpoint", 4: "load misaligned", 5: "load access", 6: "store misaligned",
          7: "store access", 8: "system call", 9: "call to the firmware",
          12: "instruction page fault", 13: "load page fault", 15: "store page fault"}
IRQS = {1: "software interrupt (IPI)", 5: "timer interrupt", 9: "external interrupt"}
build = os.path.join(TOP, "build")


class Command(gdb.Command):
    """A command made of a function; what the kernel lacks is said, not traced."""

    def __init__(self, name, function, whole):
        self.whole = whole
        self.__doc__ = function.__doc__
        super().__init__(name, gdb.COMMAND_DATA)
        self.function = function

    def invoke(self, arg, from_tty):
        try:
            self.function(*([arg] if self.whole and arg else gdb.string_to_argv(arg)))
        except TypeError as e:
            raise gdb.GdbError(f"{self.__doc__.splitlines()[0]} ({e})") from None
        except (StopIteration, AttributeError) as e:
            raise gdb.GdbError(f"this kernel has no such thing: {e}") from None


def command(name, whole=False):
    """whole: the argument is one expression, spaces included."""
    def register(function):
        Command(name, function, whole)
        return function
    return register


def number(word):
    return int(gdb.parse_and_eval(word)) & m.M64


# --- tasks ---

def tasks():
    yield from m.each_in_tree(m.symbol("pid_tree"), "struct task", "pid_node")


def task_of(pid):
    for t in tasks():
        if t.pid == pid:
            return t
    raise gdb.GdbError(f"there is no task {pid}")


def in_user():
    return m.reg("priv") & 3 == 0


def current():
    """The task of the selected hart, or None before there is one."""
    va = m.reg("sscratch") if in_user() else m.reg("tp")
    if va < m.PAGE_OFFSET:
        return None
    try:
        return Struct("struct task", va)
    except gdb.MemoryError:
        return None


def the_task(pid):
    t = task_of(number(pid)) if pid is not None else current()
    if t is None:
        raise gdb.GdbError("no task is current: name a pid")
    return t


@command("ps")
def ps():
    """ps: every task."""
    print(f"{'PID':>5} {'TGID':>5} S {'HART':>4} {'RSS KiB':>8} {'STACK':16}  NAME")
    for t in tasks():
        rss = 4 * sum(Struct("struct mm", t.mm).counters[:3]) if t.mm else 0
        state = "R" if t.on_hart else STATES[t.state] if t.state < len(STATES) else "?"
        print(f"{t.pid:5} {t.tgid:5} {state} {t.hart:4} {rss:8} {t.kstack:016x}  "
              + (f"[{t.comm}]" if t.kthread else t.comm))


@command("bt-all")
def bt_all():
    """bt-all: for every hart the task and the calls it is in."""
    chosen = gdb.selected_thread()
    for thread in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
        thread.switch()
        t = current()
        who = f"pid {t.pid} ({t.comm})" if t and t.pid else "idle" if t else "no task yet"
        mode = {0: "user", 1: "kernel", 3: "firmware"}.get(m.reg("priv") & 3, "?")
        print(f"hart {thread.num - 1}: {who}, {mode} mode")
        try:
            print(gdb.execute("bt 20", to_string=True))
        except gdb.error as e:
            print(f"  {e}")
    chosen.switch()


@command("bt-task")
def bt_task(pid):
    """bt-task PID: the calls of a task that is not running."""
    t = task_of(number(pid))
    if t.on_hart:
        print("It is running: see bt-all.")
        return
    pc, fp = t.ctx.ra, t.ctx.s[0]
    for depth in range(30):
        print(f"#{depth:<2} {pc:#x} {m.function_at(pc)}")
        if not t.kstack < fp <= t.kstack_top:
            break
        pc, fp = m.u64(fp - 8), m.u64(fp - 16)


@command("regs")
def regs():
    """regs: the selected hart's registers; CSRs decoded."""
    names = "pc ra sp gp tp t0 t1 t2 fp s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 " \
        "s11 t3 t4 t5 t6".split()
    for i in range(0, len(names), 4):
        print("  ".join(f"{n:>3} {m.reg(n):016x}" for n in names[i:i + 4]))
    s, c, satp = m.reg("sstatus"), m.reg("scause"), m.reg("satp")
    fs = ("off", "initial", "clean", "dirty")[s >> 13 & 3]
    print(f"sstatus {s:x}: interrupts {'on' if s & 2 else 'off'}, before the trap "
          f"{'on' if s & 0x20 else 'off'} in {'kernel' if s & 0x100 else 'user'} mode, "
          f"floating point {fs}, SUM {s >> 18 & 1}")
    what = IRQS.get(c & 0xff) if c >> 63 else CAUSES.get(c)
    print(f"scause {c:x}: {what or '?'}, stval {m.reg('stval'):x}, sepc {m.reg('sepc'):x} "
          f"{m.function_at(m.reg('sepc'))}")
    print(f"satp {satp:x}: " + (f"Sv39, ASID {satp >> 44 & 0xffff}, root at physical "
                                f"{(satp & (1 << 44) - 1) << 12:x}" if satp >> 60 else "off"))


# --- address spaces ---

def flags_of(entry):
    letters = "".join(c if entry >> i & 1 else "-" for i, c in enumerate("VRWXUGAD"))
    return letters + (" special" if entry & 0x100 else "") + (" soft" if entry & 0x200 else "")


@command("pte")
def pte(va, pid=None):
    """pte VA [PID]: the walk from the root to the leaf; the current space or PID's."""
    va = number(va)
    if pid is not None:
        mm = the_task(pid).mm
        if not mm:
            raise gdb.GdbError("a kernel thread has no address space of its own")
        root = m.to_phys(Struct("struct mm", mm).root)
    else:
        root = m.satp_root()
        if root is None:
            raise gdb.GdbError("satp is off: addresses are physical")
    if va >> 38 not in (0, (1 << 26) - 1):
        print(f"{va:#x} is not a canonical Sv39 address")
        return
    print(f"va {va:#x} = " + " ".join(f"[{va >> 12 + 9 * n & 511}]" for n in (2, 1, 0))
          + f" + {va & 4095:#x}, root at physical {root:#x}")
    for level, at, entry in m.walk(va, root):
        pa = (entry >> 10 & (1 << 44) - 1) << 12
        kind = "not valid" if not entry & 1 else "leaf" if entry & 0xe else "table"
        if not entry & 1 and entry:
            kind = f"not valid, swap entry {entry >> 1:#x}"
        print(f"  level {level} entry at {at:#x}: {entry:#018x} {flags_of(entry)} {kind}"
              + (f" {pa:#x}" if entry & 1 else ""))
    pa = m.to_phys(va, root)
    print(f"  physical {pa:#x}, frame {pa >> 12:#x}" if pa is not None else "  not mapped")


def path_of(file):
    if not file:
        return "[anon]"
    path = Struct("struct file", file).path
    return m.text(path, 256) if path else "(file)"


@command("vmas")
def vmas(pid=None):
    """vmas [PID]: the areas of an address space."""
    t = the_task(pid)
    if not t.mm:
        raise gdb.GdbError("a kernel thread has no areas")
    mm = Struct("struct mm", t.mm)
    for v in m.each_on_list(mm.where("vmas"), "struct vma", "link"):
        f = v.flags
        perm = "".join(c if f >> i & 1 else "-" for i, c in enumerate("rwx")) + "ps"[f >> 3 & 1]
        what = path_of(v.file) if v.file else "[heap]" if f & 0x4000 else \
            "[stack]" if f & 0x2000 else "[anon]"
        print(f"{v.start:012x}-{v.end:012x} {perm} {v.pgoff << 12:08x} {v._va:#x} {what}")


@command("mm")
def mm_command(pid=None):
    """mm [PID]: an address space's counters and marks."""
    t = the_task(pid)
    if not t.mm:
        raise gdb.GdbError("a kernel thread has no address space of its own")
    mm = Struct("struct mm", t.mm)
    anon, file, shmem, swap = mm.counters[:4]
    print(f"mm {t.mm:#x} of pid {t.pid} ({t.comm}): users {mm.users}, refs {mm.refs}, root "
          f"{mm.root:#x}, ASID {mm.asid & 0xffff}, harts {mm.harts:#x}")
    print(f"  {mm.nr_vmas} areas, {4 * mm.total_vm} KiB; resident KiB: anonymous {4 * anon}, "
          f"file {4 * file}, shared {4 * shmem}; swapped {4 * swap}; tables {4 * mm.pgtables}; "
          f"locked {4 * mm.locked_vm}")
    print(f"  code {mm.start_code:#x}-{mm.end_code:#x} data {mm.start_data:#x}-{mm.end_data:#x} "
          f"brk {mm.start_brk:#x}-{mm.brk:#x} mmap from {mm.mmap_base:#x} "
          f"stack {mm.start_stack:#x}")


@command("faults")
def faults(count="20"):
    """faults [N]: the last N page faults (20), newest last."""
    end = m.u64(m.symbol("vm_faults"))
    size = gdb.lookup_type("struct fault_record").sizeof
    kinds = gdb.parse_and_eval("(int)sizeof(kind_name)/8")
    names = m.symbol("kind_name")
    print(f"{'NUMBER':>8} HART   PID ACCESS KIND       {'ADDRESS':>16} TICKS")
    for i in range(max(0, end - min(number(count), 256)), end):
        r = Struct("struct fault_record", m.symbol("faultlog") + i % 256 * size)
        name = m.text(m.u64(names + 8 * r.kind)) if r.kind < int(kinds) else "?"
        access = ("read", "write", "exec", "?")[min(r.access, 3)]
        print(f"{i:8} {r.hart:4} {r.pid:5} {access:6} {name:10} {r.addr:16x} {r.cost}")


# --- physical memory ---

PAGE_FLAGS = ("buddy pcp reserved slab head tail pgtable locked uptodate dirty writeback referenced "
              "active lru mlocked swapbacked swapcache error waiters readahead zero logged "
              "exclusive icache").split()
ZONE_NAMES = ("DMA32", "NORMAL", "MOVABLE", "?")


def zones():
    table = m.symbol("zone_table")
    count = gdb.lookup_symbol("zone_table")[0].type.sizeof // 8
    for i in range(count):
        z = m.u64(table + 8 * i)
        if z:
            yield Struct("struct zone", z)


@command("buddy")
def buddy():
    """buddy: free blocks of each order, by migrate type."""
    for z in zones():
        print(f"node {z.node} {m.text(z.name)}: {z.nr_free} frames on the free lists")
        areas = z.area
        for mt, name in enumerate(("unmovable", "movable", "reclaimable")):
            row = []
            for order, area in enumerate(areas):
                head = area.list[mt]._va
                row.append(f"{sum(1 for _ in m.each_on_list(head, 'struct page', 'link'))}"
                           if area.nr_free else "0")
            print(f"  {name:12}" + "".join(f"{n:>7}" for n in row))


@command("zone")
def zone():
    """zone: each zone's span, counters and watermarks, in frames."""
    for z in zones():
        print(f"node {z.node} {m.text(z.name)}: pfn [{z.start:#x},{z.end:#x}) present {z.present} "
              f"managed {z.managed} free {z.nr_free} + {z.deferred_free} to be initialised")
        print("  watermarks min {} low {} high {}; reserve ".format(*z.wmark)
              + " ".join(str(n) for n in z.lowmem_reserve))
        for h, pcp in enumerate(z.pcp):
            counts = [p.state & 0xffffffff for p in pcp.mt]
            if any(counts):
                print(f"  hart {h}: {' '.join(map(str, counts))} on its lists")


def page_addr(word):
    """struct page of a frame number, or of any kernel address."""
    n = number(word)
    size = gdb.lookup_type("struct page").sizeof
    if m.VMEMMAP <= n < m.KERNEL_BASE:
        return n - (n - m.VMEMMAP) % size
    if n >= m.PAGE_OFFSET:
        pa = m.to_phys(n)
        if pa is None:
            raise gdb.GdbError(f"{n:#x} is not mapped")
        n = pa >> 12
    return m.VMEMMAP + n * size


@command("page", whole=True)
def page(word):
    """page PFN|ADDR: the frame with that number, or the one at a kernel address."""
    va = page_addr(word)
    p = Struct("struct page", va)
    pfn = (va - m.VMEMMAP) // p._type.sizeof
    flags = [n for i, n in enumerate(PAGE_FLAGS) if p.flags >> i & 1]
    print(f"page {va:#x}: frame {pfn:#x}, physical {pfn << 12:#x}, node {p.flags >> 26 & 3}, zone "
          f"{ZONE_NAMES[p.flags >> 24 & 3]}")
    print(f"  refcount {p.counts & 0xffffffff}, mapcount {p.counts >> 32}, flags "
          f"{' '.join(flags) or 'none'}")
    if "buddy" in flags or "head" in flags:
        print(f"  block of order {p.order}")
    if "slab" in flags:
        cache = Struct("struct kmem_cache", p.cache)
        print(f"  slab of {m.text(cache.name)}: {p.inuse} of {p.objects} objects out")
    elif not p.counts:
        pass                            # free: debug builds note there who freed it
    elif p.mapping & 1:
        print(f"  anonymous, anon_vma {p.mapping & ~1:#x}, index {p.index:#x}")
    elif p.mapping and not set(flags) & {"buddy", "pgtable", "tail", "pcp"}:
        print(f"  page {p.index} of mapping {p.mapping:#x}")


@command("rmap", whole=True)
def rmap(word):
    """rmap PFN|ADDR: every process page-table entry that maps the frame."""
    pfn = (page_addr(word) - m.VMEMMAP) // gdb.lookup_type("struct page").sizeof
    found, seen = 0, set()
    for t in tasks():
        if not t.mm or t.mm in seen:
            continue
        seen.add(t.mm)
        stack = [(m.to_phys(Struct("struct mm", t.mm).root), 2, 0)]
        while stack:
            table, level, base = stack.pop()
            entries = memoryview(m.read_phys(table, 4096)).cast("Q")
            for i in range(256 if level == 2 else 512):
                entry, va = entries[i], base + (i << 12 + 9 * level)
                if not entry & 1:
                    continue
                target = entry >> 10 & (1 << 44) - 1
                if not entry & 0xe:
                    stack.append((target << 12, level - 1, va))
                elif target == pfn:
                    print(f"pid {t.pid} ({t.comm}) at {va:#x}: {flags_of(entry)}")
                    found += 1
    print(f"{found} entries; mapcount {Struct('struct page', page_addr(word)).counts >> 32}")


def caches():
    yield from m.each_on_list(m.symbol("slab_caches"), "struct kmem_cache", "link")


def node_totals(cache):
    """(slabs, slots out) over the nodes."""
    size = gdb.lookup_type("struct kmem_node").sizeof
    base, slabs, out = cache.where("node"), 0, 0
    for i in range(m.u32(m.symbol("nr_nodes"))):
        n = Struct("struct kmem_node", base + i * size)
        slabs, out = slabs + n.nr_slabs, out + n.inuse
    return slabs, out


@command("slab")
def slab(name=None):
    """slab [NAME]: every cache, or those whose name begins so."""
    print(f"{'CACHE':20} {'SIZE':>6} {'SLOT':>6} {'OF':>4} {'SLABS':>6} {'OUT':>7} ORDER  ADDRESS")
    for c in caches():
        title = m.text(c.name)
        if name is None or title.startswith(name):
            slabs, out = node_totals(c)
            print(f"{title:20} {c.object_size:6} {c.size:6} {c.objects:4} {slabs:6} {out:7} "
                  f"{c.order:5}  {c._va:#x}")


def slot_state(cache, p, index, slot):
    """Where a slot of a slab is: its owner's, on a hart's list, or free in the slab."""
    if cache.has("mag"):
        for h, mag in enumerate(cache.mag):
            first, top = mag + 16, m.u64(mag)
            if slot in (m.u64(a) for a in range(first, top, 8)):
                return f"free, on hart {h}'s list"
        left = p.objects - p.inuse
        start = m.PAGE_OFFSET + ((p._va - m.VMEMMAP) // p._type.sizeof << 12)
        width = 1 if cache.objects <= 256 else 2
        if cache.objects <= 16:
            free = [p.index >> 4 * k & 15 for k in range(left)]
        else:
            free = [int.from_bytes(m.read(start + k * width, width), "little") for k in range(left)]
        return "free" if index in free else "allocated"
    lists = [(p.freelist, "free")]
    if cache.has("hart"):
        lists += [(c.freelist, f"free, on hart {h}'s list") for h, c in enumerate(cache.hart)]
    for at, what in lists:
        for _ in range(p.objects):
            if at == slot:
                return what
            at = m.u64(at + cache.link_off) if at else 0
    return "allocated"


@command("slab-of", whole=True)
def slab_of(word):
    """slab-of ADDR: which object of which cache an address lies in."""
    addr = number(word)
    p = Struct("struct page", page_addr(word))
    if p.flags & 1 << 5:
        p = Struct("struct page", p.head)
    if not p.flags & 1 << 3:
        print(f"{addr:#x} is not in a slab")
        return
    cache = Struct("struct kmem_cache", p.cache)
    first = m.PAGE_OFFSET + ((p._va - m.VMEMMAP) // p._type.sizeof << 12)
    if cache.has("mag"):
        nibbles = cache.objects <= 16
        first += cache.head + (0 if nibbles else p.index)
    index, inside = divmod(addr - first, cache.size)
    if addr < first or index >= cache.objects:
        print(f"{addr:#x}: between objects, in a slab of {m.text(cache.name)}")
        return
    slot = first + index * cache.size
    base = slot + (cache.red_left if cache.has("red_left") else 0)
    print(f"object {index} of cache {m.text(cache.name)}, {slot_state(cache, p, index, slot)}, "
          f"base {base:#x}, offset {addr - base:#x} (slot {inside:#x})")


# --- symbols of programs, connecting ---

loaded = None


@command("user")
def user(name):
    """user PROGRAM: load a program's symbols in place of the last one's."""
    global loaded
    for base in (build, os.path.join(TOP, "build"), os.path.join(TOP, "build-clang")):
        for folder in ("bin", "tests", "bench"):
            path = os.path.join(base, "user", folder, name)
            if os.path.exists(path):
                if loaded != path:
                    if loaded:
                        gdb.execute(f"remove-symbol-file {loaded}", to_string=True)
                        loaded = None
                    gdb.execute(f"add-symbol-file {path}", to_string=True)
                    loaded = path
                return path
    raise gdb.GdbError(f"no program {name} has been built")


def on_stop(_event):
    """A program's symbols when a program is running or has just entered the kernel."""
    global loaded
    try:
        t = current()
        if t is not None and t.mm and not t.kthread:
            before = loaded
            user(t.comm)
            if loaded != before:
                print(f"(symbols of {os.path.basename(loaded)}, pid {t.pid})")
    except (gdb.error, gdb.GdbError):
        pass


def connect():
    global build
    note = os.environ.get("PAGODA_GDB") or os.path.join(TOP, "build", "gdb.json")
    try:
        with open(note, encoding="ascii") as f:
            told = json.load(f)
    except FileNotFoundError:
        print("No machine is waiting: run make qemu-gdb in another terminal, then make gdb again.")
        if os.path.exists(os.path.join(build, "kernel.elf")):
            gdb.execute(f"file {build}/kernel.elf")
        return
    build = told["build"]
    gdb.execute(f"file {build}/kernel.elf")
    gdb.execute(f"target remote 127.0.0.1:{told['port']}")
    gdb.events.stop.connect(on_stop)
    print(f"Connected on port {told['port']}.  Commands of Pagoda's: help user-defined, or the "
          "top of kernel/gdb/pagoda.py.")


connect()
