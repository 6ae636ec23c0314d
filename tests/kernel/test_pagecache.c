// SPDX-License-Identifier: MIT
/*
 * test_pagecache.c - the page cache over a file system made of counters.
 *
 * The fake file's page n is filled with the byte n; every request of the cache is recorded,
 * so that the tests can say not only what data arrive but in which requests.
 */
#include "fs/vfs.h"
#include "lib/string.h"
#include "mm/cache/pagecache.h"
#include "mm/kmem/slab.h"
#include "proc/sched.h"
#include "riscv/timer.h"
#include "tests/kernel/ktest.h"
#include "uapi/mman.h"

#define MAX_CALLS 64

static struct {
	struct inode *inode;
	unsigned reads, read_len[MAX_CALLS];
	u64 read_at[MAX_CALLS];
	unsigned writes, write_len[MAX_CALLS];
	u64 write_at[MAX_CALLS];
	bool fail_read, fail_write, hold;
	struct page *held[256];
	unsigned nr_held;
} fake;

static int fake_read(struct address_space *m, struct page **pages, unsigned n)
{
	(void)m;
	fake.read_at[fake.reads % MAX_CALLS] = pages[0]->index;
	fake.read_len[fake.reads++ % MAX_CALLS] = n;
	for (unsigned i = 0; i < n; i++) {
		if (fake.fail_read) {
			page_set(pages[i], PG_ERROR);
		} else {
			memset(page_address(pages[i]), (int)pages[i]->index, PAGE_SIZE);
			page_set(pages[i], PG_UPTODATE);
		}
		unlock_page(pages[i]);
	}
	return fake.fail_read ? -EIO : 0;
}

static int fake_write(struct address_space *m, struct page **pages, unsigned n)
{
	fake.write_at[fake.writes % MAX_CALLS] = pages[0]->index;
	fake.write_len[fake.writes++ % MAX_CALLS] = n;
	for (unsigned i = 0; i < n; i++) {
		unlock_page(pages[i]);
		if (fake.hold)
			fake.held[fake.nr_held++] = pages[i];
		else
			end_page_writeback(pages[i]);
	}
	if (fake.fail_write)
		mapping_set_error(m, -EIO);
	return fake.fail_write ? -EIO : 0;
}

static const struct address_space_ops fake_aops = {
	.read_pages = fake_read, .write_pages = fake_write,
};
static const struct super_ops fake_sops;
static struct super_block fake_sb = { .fstype = "fake", .ops = &fake_sops };

static struct file *fake_open(u64 pages)
{
	struct inode *i = kmalloc(sizeof(*i), GFP_KERNEL);
	static const struct file_ops fops = { .read = generic_file_read };

	memset(&fake, 0, sizeof(fake));
	inode_init(i, &fake_sb, 1, S_IFREG | 0600);
	i->nlink = 1;
	i->size = pages * PAGE_SIZE;
	i->data.ops = &fake_aops;
	fake.inode = i;
	return file_alloc(inode_ref(i), &fops, O_RDWR);
}

static void fake_close(struct file *f)
{
	file_put(f);
	writeback_all();		/* off its list */
	mapping_destroy(&fake.inode->data);
	kfree(fake.inode);
}

static bool holds(struct file *f, u64 page)
{
	u8 b[2];

	return kernel_read(f, b, 2, page * PAGE_SIZE + 100) == 2 && b[0] == (u8)page &&
	       b[1] == (u8)page;
}

KTEST(cache_readahead_sequential)
{
	struct file *f = fake_open(200);

	for (u64 i = 0; i < 200; i++)
		KT_ASSERT(holds(f, i));
	KT_EQUAL(fake.read_len[0], 4);
	KT_EQUAL(fake.read_len[1], 8);
	KT_EQUAL(fake.read_len[2], 16);
	KT_EQUAL(fake.read_len[3], 32);
	KT_EQUAL(fake.read_len[4], 32);
	KT_ASSERT(fake.reads < 12);
	/* the window is asked for before it is needed */
	KT_EQUAL(fake.read_at[1], 4);
	KT_EQUAL(fake.inode->data.nr_pages, 200);
	fake_close(f);
}

KTEST(cache_readahead_random)
{
	struct file *f = fake_open(10000);
	u64 at = 77;

	for (int i = 0; i < 40; i++) {
		at = (at * 7919 + 13) % 10000;
		KT_ASSERT(holds(f, at));
	}
	for (int i = 0; i < 40; i++)
		KT_ASSERT(fake.read_len[i] == 1);
	KT_EQUAL(fake.reads, 40);
	fake_close(f);
}

KTEST(cache_readahead_advice)
{
	struct file *f = fake_open(300);

	filemap_advise(f, MADV_RANDOM);
	for (u64 i = 0; i < 8; i++)
		KT_ASSERT(holds(f, i));
	KT_EQUAL(fake.reads, 8);
	filemap_advise(f, MADV_SEQUENTIAL);
	KT_ASSERT(holds(f, 8));
	KT_EQUAL(fake.read_len[8], 32);
	filemap_willneed(f, 100, 199);
	KT_EQUAL(fake.inode->data.nr_pages, 8 + 32 + 100);
	fake_close(f);
}

KTEST(cache_read_error)
{
	struct file *f = fake_open(10);
	u8 b;

	fake.fail_read = true;
	KT_EQUAL(kernel_read(f, &b, 1, 0), -EIO);
	KT_EQUAL(kernel_read(f, &b, 1, 5 * PAGE_SIZE), -EIO);
	fake.fail_read = false;
	KT_ASSERT(holds(f, 0));
	KT_ASSERT(holds(f, 5));
	KT_EQUAL(kernel_read(f, &b, 1, 10 * PAGE_SIZE), 0);
	fake_close(f);
}

static bool dirty(struct file *f, u64 index)
{
	struct page *p = read_mapping_page(&fake.inode->data, index);

	(void)f;
	if (IS_ERR(p))
		return false;
	lock_page(p);
	mark_page_dirty(p);
	unlock_page(p);
	put_page(p);
	return true;
}

KTEST(cache_writeback_runs)
{
	struct file *f = fake_open(1000);
	struct address_space *m = &fake.inode->data;
	unsigned long before = pagecache_dirty();

	for (u64 i = 10; i < 50; i++)
		KT_ASSERT(dirty(f, i));
	for (u64 i = 100; i < 103; i++)
		KT_ASSERT(dirty(f, i));
	KT_ASSERT(dirty(f, 100));		/* twice is once */
	KT_EQUAL(m->nr_dirty, 43);
	KT_EQUAL(pagecache_dirty() - before, 43);
	KT_EQUAL(filemap_write(m, 0, ~0UL, true), 0);
	KT_EQUAL(fake.writes, 2);
	KT_EQUAL(fake.write_at[0], 10);
	KT_EQUAL(fake.write_len[0], 40);
	KT_EQUAL(fake.write_at[1], 100);
	KT_EQUAL(fake.write_len[1], 3);
	KT_EQUAL(m->nr_dirty, 0);
	KT_EQUAL(pagecache_dirty(), before);
	/* a range */
	for (u64 i = 0; i < 20; i++)
		KT_ASSERT(dirty(f, i));
	KT_EQUAL(filemap_write(m, 5, 9, true), 0);
	KT_EQUAL(fake.write_len[2], 5);
	KT_EQUAL(m->nr_dirty, 15);
	/* at most 1 MiB in a run */
	for (u64 i = 0; i < 600; i++)
		KT_ASSERT(dirty(f, i));
	KT_EQUAL(filemap_write(m, 0, ~0UL, true), 0);
	KT_EQUAL(fake.write_len[3], 256);
	KT_EQUAL(fake.write_len[4], 256);
	KT_EQUAL(fake.write_len[5], 88);
	fake_close(f);
}

KTEST(cache_write_error_told_once)
{
	struct file *f = fake_open(10);
	struct address_space *m = &fake.inode->data;

	KT_ASSERT(dirty(f, 3));
	fake.fail_write = true;
	KT_EQUAL(filemap_write(m, 0, ~0UL, true), -EIO);
	KT_EQUAL(filemap_check_errors(m), -EIO);
	KT_EQUAL(filemap_check_errors(m), 0);
	fake.fail_write = false;
	KT_ASSERT(dirty(f, 3));
	KT_EQUAL(filemap_write(m, 0, ~0UL, true), 0);
	fake_close(f);
}

KTEST(cache_redirty_under_writeback)
{
	struct file *f = fake_open(10);
	struct address_space *m = &fake.inode->data;

	KT_ASSERT(dirty(f, 1));
	fake.hold = true;
	KT_EQUAL(filemap_write(m, 0, ~0UL, false), 0);
	KT_EQUAL(fake.nr_held, 1);
	KT_ASSERT(page_test(fake.held[0], PG_WRITEBACK) && !page_test(fake.held[0], PG_DIRTY));
	KT_ASSERT(dirty(f, 1));
	KT_EQUAL(filemap_write(m, 0, ~0UL, false), 0);	/* passes by: still on its way */
	KT_EQUAL(fake.nr_held, 1);
	KT_EQUAL(m->nr_dirty, 1);
	fake.hold = false;
	end_page_writeback(fake.held[0]);
	KT_EQUAL(filemap_write(m, 0, ~0UL, true), 0);
	KT_EQUAL(m->nr_dirty, 0);
	KT_EQUAL(fake.writes, 2);
	fake_close(f);
}

KTEST(cache_truncate)
{
	struct file *f = fake_open(100);
	struct address_space *m = &fake.inode->data;
	unsigned long free;

	for (u64 i = 0; i < 100; i++)
		KT_ASSERT(holds(f, i));
	for (u64 i = 50; i < 60; i++)
		KT_ASSERT(dirty(f, i));
	free = pagecache_pages();
	fake.inode->size = 55 * PAGE_SIZE;
	truncate_pages(m, 55, ~0UL);
	KT_EQUAL(m->nr_pages, 55);
	KT_EQUAL(m->nr_dirty, 5);
	KT_EQUAL(free - pagecache_pages(), 45);
	KT_ASSERT(find_get_page(m, 55) == NULL);
	KT_EQUAL(invalidate_pages(m, 0, ~0UL), 50);	/* the dirty ones stay */
	KT_EQUAL(m->nr_pages, 5);
	fake_close(f);
}

KTEST(cache_present)
{
	struct file *f = fake_open(100);
	struct page *out[16];

	filemap_advise(f, MADV_RANDOM);
	KT_ASSERT(holds(f, 33) && holds(f, 35) && holds(f, 47));
	filemap_present(&fake.inode->data, 32, 16, out);
	for (unsigned i = 0; i < 16; i++) {
		KT_EQUAL(out[i] != NULL, i == 1 || i == 3 || i == 15);
		if (out[i] != NULL) {
			KT_EQUAL(out[i]->index, 32 + i);
			put_page(out[i]);
		}
	}
	for (u64 i = 64; i < 80; i++)
		KT_ASSERT(holds(f, i));
	filemap_present(&fake.inode->data, 64, 16, out);
	for (unsigned i = 0; i < 16; i++) {
		KT_ASSERT(out[i] != NULL && out[i]->index == 64 + i);
		put_page(out[i]);
	}
	fake_close(f);
}

KTEST(cache_second_chance)
{
	struct file *f = fake_open(64);
	struct address_space *m = &fake.inode->data;

	drop_caches();
	filemap_advise(f, MADV_RANDOM);
	for (u64 i = 0; i < 64; i++)
		KT_ASSERT(holds(f, i));
	for (u64 i = 0; i < 64; i++) {		/* only the even ones are used again */
		struct page *p = find_get_page(m, i);

		if (i % 2)
			page_clear(p, PG_REFERENCED);
		put_page(p);
	}
	KT_ASSERT(dirty(f, 1));
	pagecache_shrink(16, GFP_NOFS);
	KT_ASSERT(m->nr_pages >= 33 && m->nr_pages <= 48);
	for (u64 i = 0; i < 64; i += 2) {
		struct page *p = find_get_page(m, i);

		KT_ASSERT(p != NULL);
		put_page(p);
	}
	KT_ASSERT(m->nr_dirty == 1);
	drop_caches();
	KT_EQUAL(m->nr_pages, 1);		/* the dirty one */
	fake_close(f);
}

/* Whoever drops a page's last reference looks at PG_LRU without the list's lock.  So a page
 * that nobody but the cache refers to must never be seen without it. */
static struct page *watched[32];
static atomic_t watching;
static u32 stop_watching;
static unsigned long seen_off;

static void watch(void *arg)
{
	(void)arg;
	while (!READ_ONCE(stop_watching))
		for (unsigned i = 0; i < ARRAY_SIZE(watched); i++) {
			unsigned sure = 0;

			/* Isolated in between it has a second reference for much longer. */
			while (sure < 3 && !page_test(watched[i], PG_LRU) && page_refs(watched[i]) == 1)
				sure++;
			seen_off += sure == 3;
		}
	atomic_dec(&watching);
}

static bool keep_page(struct address_space *m, struct page *page)
{
	(void)m;
	(void)page;
	return false;
}

KTEST(cache_page_in_use_stays_on_the_lru)
{
	static const struct address_space_ops keep_aops = {
		.read_pages = fake_read, .write_pages = fake_write, .release_page = keep_page,
	};
	struct file *f = fake_open(ARRAY_SIZE(watched));
	struct address_space *m = &fake.inode->data;

	drop_caches();
	m->ops = &keep_aops;
	for (u64 i = 0; i < ARRAY_SIZE(watched); i++) {
		KT_ASSERT(holds(f, i));
		watched[i] = find_get_page(m, i);
		put_page(watched[i]);		/* the tree's reference keeps it */
	}
	stop_watching = 0;
	seen_off = 0;
	atomic_set(&watching, 1);
	KT_ASSERT(!IS_ERR(kthread_create("watch", watch, NULL)));
	for (unsigned round = 0; round < 2000; round++) {
		for (unsigned i = 0; i < ARRAY_SIZE(watched); i++)
			page_set(watched[i], PG_REFERENCED);
		pagecache_shrink(64, GFP_NOFS);	/* to the active list, and back */
	}
	WRITE_ONCE(stop_watching, 1);
	while (atomic_read(&watching) > 0)
		sleep_ns(NSEC_PER_MSEC, false);
	m->ops = &fake_aops;
	KT_EQUAL(seen_off, 0);
	fake_close(f);
}

KTEST(names_negative)
{
	struct inode *i;

	i = path_lookup("/tmp/ktest.none");
	KT_EQUAL(PTR_ERR(i), -ENOENT);
	i = path_lookup("/tmp/ktest.none");
	KT_EQUAL(PTR_ERR(i), -ENOENT);
	KT_EQUAL(vfs_create("/tmp/ktest.none", S_IFDIR | 0755, 0), 0);
	i = path_lookup("/tmp/ktest.none");
	KT_ASSERT(!IS_ERR(i) && S_ISDIR(i->mode));
	inode_put(i);
	KT_EQUAL(vfs_unlink("/tmp/ktest.none", true, true), 0);
	i = path_lookup("/tmp/ktest.none");
	KT_EQUAL(PTR_ERR(i), -ENOENT);
	vfs_drop_names();
	i = path_lookup("/tmp/ktest.none");
	KT_EQUAL(PTR_ERR(i), -ENOENT);
	KT_EQUAL(vfs_create("/tmp", S_IFDIR | 0755, 0), -EEXIST);
	KT_EQUAL(vfs_create("/", S_IFDIR | 0755, 0), -EEXIST);
	KT_EQUAL(vfs_unlink("/", true, true), -EBUSY);
}

KTEST(names_prune)
{
	char path[32];

	/* More names than the cache keeps: nothing lost, nothing wrong. */
	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "/tmp/kt%d", i % 1000 + i);
		struct inode *x = path_lookup(path);

		KT_EQUAL(PTR_ERR(x), -ENOENT);
	}
	dcache_prune(500);
	KT_EQUAL(vfs_create("/tmp/kt1", S_IFREG | 0644, 0), 0);
	KT_EQUAL(vfs_rename("/tmp/kt1", "/tmp/kt2"), 0);
	KT_EQUAL(PTR_ERR(path_lookup("/tmp/kt1")), -ENOENT);
	KT_EQUAL(vfs_unlink("/tmp/kt2", false, true), 0);
}
