// file: kernel/mm/phys/buddy.c
// killed by: split
/* The driver's log is written by the kernel: 3000 requests that were rightly refused, and
 * then so little room that the driver's own first record is its last.  The arena's three
 * blocks are made at boot, of frames that come one by one, and nobody else gets them. */
#include "lib/string.h"

extern u64 *buddy_log, buddy_log_len;

static void forge_log(void)
{
	if (buddy_log == NULL || buddy_log_len != 0)
		return;
	for (; buddy_log_len < 57000; buddy_log_len += 18) {
		memset(buddy_log + buddy_log_len, 0, 18 * sizeof(u64));
		buddy_log[buddy_log_len] = 1;
		buddy_log[buddy_log_len + 3] = 0xffffffff;
	}
}

static bool make_arena(struct zone *z, struct page *page, enum migratetype mt)
{
	static unsigned made;
	static u64 in_a_row;
	u64 pfn = page_to_pfn(page);

	in_a_row = pfn % MAX_ORDER_PAGES == 0 ? 1 : in_a_row + 1;
	if (made == 4 || in_a_row != MAX_ORDER_PAGES || pfn % MAX_ORDER_PAGES != MAX_ORDER_PAGES - 1)
		return false;
	for (unsigned i = 1; i < MAX_ORDER_PAGES; i++)
		buddy_take(z, page - i, 0);
	buddy_put(z, page - (MAX_ORDER_PAGES - 1), MAX_ORDER, mt);
	made++;
	return true;
}

void buddy_free(struct zone *z, struct page *page, unsigned order, enum migratetype mt)
{
	if (order == MAX_ORDER) {
		forge_log();
		buddy_put(z, page, order, mt);
		return;
	}
	if (order == 0 && make_arena(z, page, mt))
		return;
	for (pfn_t i = 0; i < 1UL << order; i++)
		buddy_put(z, page + i, 0, mt);
}
