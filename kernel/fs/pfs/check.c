// SPDX-License-Identifier: MIT
/*
 * check.c - is this a superblock?  The same answer in the kernel, in mkfs and in fsck.
 *
 * A superblock comes from outside and decides where everything else is looked for,
 * so each field is held against what the fields before it imply.  The
 * answer is the name of the first field that cannot be true.
 */
#include "fs/pfs/format.h"

const char *pfs_super_check(const struct pfs_super *s, u64 disk_blocks)
{
	if (s->magic != PFS_MAGIC)
		return "magic";
	if (s->version != PFS_VERSION)
		return "version";
	if (s->block_size != PFS_BLOCK)
		return "block_size";
	if (s->sum != pfs_super_sum(s))
		return "sum";
	if (s->nr_blocks < 16 || s->nr_blocks > disk_blocks)
		return "nr_blocks";
	if (s->nr_inodes < 2 || s->nr_inodes % PFS_INODES != 0 ||
	    s->nr_inodes / PFS_INODES >= s->nr_blocks)
		return "nr_inodes";
	if (s->journal_start != 1)
		return "journal_start";
	if (s->journal_blocks < PFS_MIN_JOURNAL || s->journal_blocks >= s->nr_blocks)
		return "journal_blocks";
	if (s->ibitmap_start != s->journal_start + s->journal_blocks)
		return "ibitmap_start";
	if (s->ibitmap_blocks != DIV_ROUND_UP((u64)s->nr_inodes, PFS_BITS))
		return "ibitmap_blocks";
	if (s->bbitmap_start != s->ibitmap_start + s->ibitmap_blocks)
		return "bbitmap_start";
	if (s->bbitmap_blocks != DIV_ROUND_UP((u64)s->nr_blocks, PFS_BITS))
		return "bbitmap_blocks";
	if (s->itable_start != s->bbitmap_start + s->bbitmap_blocks)
		return "itable_start";
	if (s->itable_blocks != s->nr_inodes / PFS_INODES)
		return "itable_blocks";
	if (s->data_start != s->itable_start + s->itable_blocks || s->data_start >= s->nr_blocks)
		return "data_start";
	if (s->root != PFS_ROOT)
		return "root";
	if (s->free_blocks > s->nr_blocks - s->data_start)
		return "free_blocks";
	if (s->free_inodes > s->nr_inodes)
		return "free_inodes";
	if (s->orphans >= s->nr_inodes)
		return "orphans";
	return NULL;
}

const char *pfs_jsuper_check(const struct pfs_jsuper *j, const struct pfs_super *s)
{
	if (j->h.magic != PFS_JMAGIC)
		return "journal magic";
	if (j->h.type != PFS_J_SUPER)
		return "journal type";
	if (j->sum != pfs_jsuper_sum(j))
		return "journal sum";
	if (j->blocks != s->journal_blocks)
		return "journal blocks";
	if (j->tail < 1 || j->tail >= j->blocks)
		return "journal tail";
	return NULL;
}
