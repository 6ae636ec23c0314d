// file: kernel/mm/phys/page_init.c
// killed by: release
/* The last frames of a range, fewer than a block of the first piece, are forgotten. */
void zone_release_range(struct zone *z, pfn_t start, pfn_t end)
{
	unsigned long flags = spin_lock_irqsave(&z->lock);

	while (start + 1 < end) {
		unsigned o = MAX_ORDER;

		while (!IS_ALIGNED(start, 1UL << o) || start + (1UL << o) > end)
			o--;
		buddy_free(z, pfn_to_page(start), o, pageblock_type(start));
		start += 1UL << o;
	}
	spin_unlock_irqrestore(&z->lock, flags);
}
