// SPDX-License-Identifier: MIT
/*
 * super.c - mounting, unmounting, and what happens when the disk lies.
 *
 * A mount reads the superblock and checks every field, replays the journal, reads the
 * superblock again (the replay may have changed it), finishes what the orphan list
 * says, and gets the root.  Whatever is wrong is said in one line with the name of
 * the field, and the mount fails with -EUCLEAN; the kernel goes on.
 *
 * Damage that is found later stops the journal, so that it does not spread: the operation
 * fails with -EUCLEAN, and from then on the file system can be read only.
 */
#include "fs/pfs/pfs.h"
#include "fs/procfs.h"

/* Mount and unmount are one at a time (VFS); the lock is for them against /proc. */
static struct list mounted = LIST_INIT(mounted);
static spinlock_t mounted_lock = SPINLOCK_INIT("pfs_mounted");

struct page *pfs_bread(struct pfs_sbi *s, u32 n)
{
	return read_mapping_page(s->meta, n);
}

#define MAX_SAID 20u	/* lines about one file system's damage */

int pfs_corrupt(struct pfs_sbi *s, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Whoever walks the damage again and again must not flood the console with it. */
	if (READ_ONCE(s->said) < MAX_SAID) {
		s->said++;
		printk_loud("pfs: %s: damaged: %s%s\n", s->bdev->name, text,
		            s->said == MAX_SAID ? " (and no more is said)" : "");
	}
	journal_abort(&s->journal, -EUCLEAN);
	return -EUCLEAN;
}

static void free_sbi(struct pfs_sbi *s)
{
	if (s->link.next != NULL) {
		spin_lock(&mounted_lock);
		list_del(&s->link);
		spin_unlock(&mounted_lock);
	}
	if (s->ibitmap != NULL)
		put_page(s->ibitmap);
	if (s->sb_page != NULL)
		put_page(s->sb_page);
	s->sb->private = NULL;
	kfree(s);
}

/* => all inodes have been evicted */
void pfs_put_super(struct super_block *sb)
{
	struct pfs_sbi *s = pfs_sbi(sb);

	journal_unload(&s->journal);
	free_sbi(s);
}

static int read_super(struct pfs_sbi *s)
{
	const char *bad;

	memcpy(&s->d, page_address(s->sb_page), sizeof(s->d));
	bad = pfs_super_check(&s->d, s->bdev->nr_sectors / (PFS_BLOCK / SECTOR_SIZE));
	if (bad != NULL) {
		printk_loud("pfs: %s: no file system here: superblock: bad %s\n", s->bdev->name, bad);
		return -EUCLEAN;
	}
	s->free_blocks = s->d.free_blocks;
	s->free_inodes = s->d.free_inodes;
	return 0;
}

static int pfs_mount(struct super_block *sb, const char *source)
{
	struct bdev *bdev = bdev_find(source);
	struct pfs_sbi *s;
	struct page *page;
	int err;

	if (bdev == NULL) {
		printk("pfs: %s: there is no such disk\n", source);
		return -ENODEV;
	}
	list_for_each (s, &mounted, link)
		if (s->bdev == bdev)
			return -EBUSY;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (s == NULL)
		return -ENOMEM;
	s->sb = sb;
	s->bdev = bdev;
	s->meta = bdev->mapping;
	spin_lock_init(&s->count_lock, "pfs_count");
	mutex_init(&s->alloc_lock, "pfs_alloc");
	mutex_init(&s->orphan_lock, "pfs_orphan");
	list_init(&s->orphans);
	sb->private = s;
	sb->bdev = bdev;
	sb->dev = bdev->dev;
	sb->ops = &pfs_super_ops;
	if (bdev->readonly)
		sb->readonly = true;
	if (bdev->nr_sectors < 16 * (PFS_BLOCK / SECTOR_SIZE)) {
		printk_loud("pfs: %s: no file system here: the disk is too small\n", bdev->name);
		err = -EUCLEAN;
		goto free;
	}
	page = pfs_bread(s, 0);
	if (IS_ERR(page)) {
		err = PTR_ERR(page);
		printk_loud("pfs: %s: cannot read the superblock (error %d)\n", bdev->name, -err);
		goto free;
	}
	s->sb_page = page;
	err = read_super(s);
	if (err != 0)
		goto free;
	err = journal_load(&s->journal, s);
	if (err != 0)
		goto free;
	err = read_super(s);
	if (err == 0)
		err = journal_start_thread(&s->journal);
	if (err == 0 && !sb->readonly)
		err = pfs_orphans_recover(s);
	if (err != 0)
		goto unload;
	sb->root = pfs_iget(s, PFS_ROOT);
	if (IS_ERR(sb->root)) {
		err = PTR_ERR(sb->root);
		goto unload;
	}
	if (!S_ISDIR(sb->root->mode)) {
		printk_loud("pfs: %s: damaged: root: mode is not a directory's\n", bdev->name);
		inode_put(sb->root);
		err = -EUCLEAN;
		goto unload;
	}
	spin_lock(&mounted_lock);
	list_add_tail(&s->link, &mounted);
	spin_unlock(&mounted_lock);
	return 0;
unload:
	sb->root = NULL;
	inode_evict_all(sb);
	journal_unload(&s->journal);
free:
	free_sbi(s);
	return err;
}

static struct file_system_type pfs_type = { .name = "pfs", .mount = pfs_mount };

static int show_pfs(struct seq *q, void *arg __maybe_unused)
{
	struct pfs_sbi *s;

	spin_lock(&mounted_lock);
	list_for_each (s, &mounted, link) {
		struct journal *j = &s->journal;

		seq_printf(q, "disk           %s\n", s->bdev->name);
		seq_printf(q, "blocks         %u\n", s->d.nr_blocks - s->d.data_start);
		seq_printf(q, "free           %lu\n", (unsigned long)s->free_blocks);
		seq_printf(q, "busy           %lu\n", (unsigned long)s->busy_blocks);
		seq_printf(q, "promised       %lu\n", (unsigned long)s->reserved);
		seq_printf(q, "inodes         %u\n", s->d.nr_inodes - 1);
		seq_printf(q, "free_inodes    %lu\n", (unsigned long)s->free_inodes);
		seq_printf(q, "log_blocks     %u\n", j->blocks - 1);
		seq_printf(q, "log_free       %u\n", j->free_log);
		seq_printf(q, "committed      %lu\n", (unsigned long)j->committed);
		seq_printf(q, "commits        %lu\n", (unsigned long)j->commits);
		seq_printf(q, "logged         %lu\n", (unsigned long)j->logged_blocks);
		seq_printf(q, "checkpoints    %lu\n", (unsigned long)j->checkpoints);
		seq_printf(q, "replayed       %lu\n", (unsigned long)j->replayed);
		seq_printf(q, "stopped        %d\n", -j->error);
	}
	spin_unlock(&mounted_lock);
	return 0;
}

void pfs_init(void)
{
	if (pfs_inode_caches() != 0 || journal_caches() != 0) {
		printk("pfs: no memory\n");
		return;
	}
	register_filesystem(&pfs_type);
	proc_create("fs/pfs", show_pfs, NULL, NULL);
}
