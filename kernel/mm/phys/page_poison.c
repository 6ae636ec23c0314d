// SPDX-License-Identifier: MIT
/*
 * page_poison.c - catching those who write to pages that are free (debug builds).
 *
 * A frame is filled with a pattern when it is freed, and must still hold it when it is
 * handed out again: else somebody kept a pointer, a device was told a wrong address, or a
 * TLB still had a translation.  The report names the frame, the byte, and who freed the
 * page; who wrote is found with a watchpoint on that byte.  The kernel goes on: the tests
 * provoke the report.
 *
 * The mark that a frame was filled is in the frame's struct page, in fields that a free
 * page does not use: index holds POISONED, mapping the place that freed it.  The lists of
 * the buddy and of the harts touch neither, so splitting and merging keep both; frames that
 * have never been allocated are not marked and not checked.
 */
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/phys/zone.h"

#if defined(CONFIG_DEBUG) && defined(__KERNEL__)
#include "riscv/trap.h"

#define PATTERN		0xaaaaaaaaaaaaaaaaUL	/* no address of Sv39: used as a pointer, it traps */
#define POISONED	0x706f69736f6e6564UL

u32 page_poison_reports;

void page_poison(struct page *p, unsigned order)
{
	vaddr_t freed_by = 0;

	save_backtrace(&freed_by, 1, 2);
	for (unsigned i = 0; i < 1U << order; i++) {
		memset(page_address(&p[i]), PATTERN & 0xff, PAGE_SIZE);
		p[i].index = POISONED;
		p[i].mapping = (struct address_space *)freed_by;
	}
}

static void report(const struct page *p, const u64 *at)
{
	page_poison_reports++;
	printk("page: use after free: pfn %lx, address %p: %016lx instead of %016lx\n",
	       page_to_pfn(p), (const void *)at, (unsigned long)*at, PATTERN);
	printk("  freed by %pS\n", (void *)p->mapping);
}

void page_poison_check(struct page *p, unsigned order)
{
	for (unsigned i = 0; i < 1U << order; i++, p++) {
		const u64 *w = page_address(p);

		if (p->index != POISONED)
			continue;
		p->index = 0;
		for (unsigned k = 0; k < PAGE_SIZE / sizeof(*w); k++)
			if (w[k] != PATTERN) {
				report(p, &w[k]);
				break;
			}
		p->mapping = NULL;
	}
}
#endif
