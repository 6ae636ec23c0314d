// file: kernel/mm/phys/page_init.c
// killed by: release
/* The size of a piece is chosen by what is left alone, not by where it begins. */
void zone_release_range(struct zone *z, pfn_t start, pfn_t end)
{
	unsigned long flags = spin_lock_irqsave(&z->lock);

	while (start < end) {
		unsigned o = MAX_ORDER;

		while (start + (1UL << o) > end)
			o--;
		buddy_free(z, pfn_to_page(start), o, pageblock_type(start));
		start += 1UL << o;
	}
	spin_unlock_irqrestore(&z->lock, flags);
}
