// SPDX-License-Identifier: MIT
/*
 * powercut.c - power cuts, replayed: powercut LOG IMAGE CUTS SEED
 *
 * LOG is what QEMU's blklogwrites driver recorded while the kernel ran tests/user/powercut on
 * IMAGE (here in the state before): every write with its data, every flush.  (The
 * format is dm-log-writes': a superblock sector, then for each event a header sector
 * and the data.)  A cut at event n leaves everything before the last flush before n, and of
 * the writes since then any subset in any order.  Each such image is checked with
 * mkfs/image.c, journal replay included, and its files against the workload's log.
 *
 * Cuts are made right before every flush, and at random events as many as CUTS asks for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "powercut.h"

#define SECTOR    512u
#define LOG_MAGIC 0x6a736677736872ULL
#define LOG_FLUSH 1u

struct log_super {
	u64 magic, version, nr_entries;
	u32 sector_size;
};
struct log_entry {
	u64 sector, nr_sectors, flags, data_len;
};

struct event {
	u64 sector, n; /* n == 0: a flush */
	u8 *data;
};
static struct event *events;
static size_t nr_events, nr_writes, nr_flushes;

static unsigned long rnd_state;
static u64 rnd(u64 n)
{
	rnd_state ^= rnd_state >> 12;
	rnd_state ^= rnd_state << 25;
	rnd_state ^= rnd_state >> 27;
	return (rnd_state * 0x2545f4914f6cdd1dul >> 16) % n;
}

static void die(const char *what)
{
	fprintf(stderr, "powercut: %s\n", what);
	exit(2);
}

static void read_log(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct log_super super;
	u8 sector[SECTOR];

	if (f == NULL || fread(sector, 1, SECTOR, f) != SECTOR)
		die("cannot read the log");
	memcpy(&super, sector, sizeof(super));
	if (super.magic != LOG_MAGIC || super.version != 1 || super.sector_size != SECTOR)
		die("this is not a log of blklogwrites");
	events = calloc(super.nr_entries, sizeof(*events));
	for (u64 k = 0; k < super.nr_entries; k++) {
		struct log_entry e;
		struct event *v = &events[nr_events];

		if (fread(sector, 1, SECTOR, f) != SECTOR)
			die("the log ends early");
		memcpy(&e, sector, sizeof(e));
		if (e.nr_sectors > 0 && (e.flags & ~1ull) == 0) {
			v->sector = e.sector;
			v->n = e.nr_sectors;
			v->data = malloc(e.nr_sectors * SECTOR);
			if (fread(v->data, SECTOR, e.nr_sectors, f) != e.nr_sectors)
				die("the log ends early");
			nr_events++;
			nr_writes++;
		}
		if (e.flags & LOG_FLUSH) {
			events[nr_events++] = (struct event){ 0, 0, NULL };
			nr_flushes++;
		}
	}
	fclose(f);
}

static void apply(u8 *image, u64 blocks, const struct event *e)
{
	if ((e->sector + e->n) * SECTOR > blocks * PFS_BLOCK)
		die("a write lies outside the image");
	memcpy(image + e->sector * SECTOR, e->data, e->n * SECTOR);
}

/* --- what the files must hold --- */

struct state {
	int exists;
	unsigned pages;
	unsigned version[PC_PAGES]; /* 0: a hole */
};

static void step(struct state *s, unsigned version, char kind, unsigned n)
{
	switch (kind) {
	case 'w':
		s->exists = 1;
		for (unsigned i = 0; i < n; i++)
			s->version[i] = version;
		if (n > s->pages)
			s->pages = n;
		break;
	case 'r':
		memset(s, 0, sizeof(*s));
		s->exists = 1;
		s->pages = n;
		for (unsigned i = 0; i < n; i++)
			s->version[i] = version;
		break;
	case 't':
		for (unsigned i = n; i < PC_PAGES; i++)
			s->version[i] = 0;
		s->pages = n;
		break;
	case 'u':
		memset(s, 0, sizeof(*s));
	}
}

static size_t current_cut;
static unsigned wrong;

#define WRONG(...) (printf("cut at %zu: ", current_cut), printf(__VA_ARGS__), printf("\n"), wrong++)

static const void *file_page(const struct image *im, const struct pfs_dinode *d, u64 i)
{
	static const u8 zeros[PFS_BLOCK];
	u32 b = image_bmap(im, d, i);

	return b != 0 ? image_block(im, b) : zeros;
}

/* Does the file look like `want`, or, page by page, like `next`?  next may be NULL. */
static void check_pages(const struct image *im, const struct pfs_dinode *d, unsigned who,
                        unsigned file, const struct state *want, const struct state *next,
                        unsigned lines)
{
	static unsigned long good[PC_PAGE / 8];
	unsigned pages = (unsigned)(d->size / PC_PAGE);

	for (unsigned i = 0; i < pages && i < PC_PAGES; i++) {
		const void *got = file_page(im, d, i);
		const struct pc_stamp *s = got;

		if (s->magic == 0) {
			static const u8 zeros[PC_PAGE];

			if ((want->version[i] != 0 && i < want->pages && next == NULL) ||
			    memcmp(got, zeros, PC_PAGE) != 0)
				WRONG("/pc/%u/f%u: page %u is empty, version %u was fsynced", who,
				      file, i, want->version[i]);
			else if (i < want->pages && want->version[i] != 0 &&
			         (next->version[i] != 0 || i < next->pages))
				WRONG("/pc/%u/f%u: page %u is empty, version %u was fsynced", who,
				      file, i, want->version[i]);
			continue;
		}
		if ((i >= want->pages || s->version != want->version[i]) &&
		    (next == NULL || i >= next->pages || s->version != next->version[i])) {
			WRONG("/pc/%u/f%u: page %u is of version %u, version %u was fsynced", who,
			      file, i, s->version, want->version[i]);
			continue;
		}
		pc_fill(good, who, file, i, s->version, s->lines);
		if (memcmp(got, good, PC_PAGE) != 0)
			WRONG("/pc/%u/f%u: page %u of version %u is damaged", who, file, i,
			      s->version);
		if (s->lines > lines)
			WRONG("/pc/%u/log: %u lines, but %u had been fsynced", who, lines,
			      s->lines);
	}
}

static void check_file(const struct image *im, unsigned who, unsigned file,
                       const struct state *want, char kind, const struct state *next,
                       unsigned lines)
{
	const struct pfs_dinode *d;
	char path[64];
	unsigned pages;
	u32 ino;

	sprintf(path, "/pc/%u/f%u", who, file);
	ino = image_lookup(im, path);
	if (ino == 0) {
		if (want->exists && kind != 'u')
			WRONG("%s is missing", path);
		return;
	}
	if (!want->exists && kind == 0) {
		WRONG("%s was removed, and is there", path);
		return;
	}
	d = image_inode(im, ino);
	pages = (unsigned)(d->size / PC_PAGE);
	if (d->size % PC_PAGE != 0)
		WRONG("%s: size %llu", path, (unsigned long long)d->size);
	if (kind == 'w' ? pages < want->pages || pages > next->pages
	                : pages != want->pages && (kind == 0 || pages != next->pages))
		WRONG("%s: %u pages, %u were fsynced", path, pages, want->pages);
	if (kind == 'r') {
		/* all old or all new */
		const struct pc_stamp *s = file_page(im, d, 0);

		if (pages > 0 && s->magic == PC_MAGIC && s->version == next->version[0])
			check_pages(im, d, who, file, next, NULL, lines);
		else
			check_pages(im, d, who, file, want, NULL, lines);
	} else {
		check_pages(im, d, who, file, want, kind != 0 ? next : NULL, lines);
	}
}

/* => false: this process had no log yet */
static bool check_process(const struct image *im, unsigned who)
{
	struct state want[PC_FILES], next[PC_FILES];
	char pending[PC_FILES] = { 0 }, path[64], *text, *p;
	const struct pfs_dinode *d;
	unsigned lines = 0;
	u32 ino;

	sprintf(path, "/pc/%u/log", who);
	ino = image_lookup(im, path);
	if (ino == 0)
		return false;
	d = image_inode(im, ino);
	text = calloc(1, d->size + PFS_BLOCK);
	for (u64 i = 0; i * PFS_BLOCK < d->size; i++)
		memcpy(text + i * PFS_BLOCK, file_page(im, d, i), PFS_BLOCK);
	text[d->size] = '\0';
	memset(want, 0, sizeof(want));
	for (p = text; *p != '\0';) {
		unsigned file, version, n;
		char tag, kind;

		if (strchr(p, '\n') == NULL)
			break; /* being written when the power went */
		if (sscanf(p, "%c %u %u %c %u\n", &tag, &file, &version, &kind, &n) != 5 ||
		    file >= PC_FILES || n > PC_PAGES) {
			WRONG("%s: line %u is damaged", path, lines + 1);
			break;
		}
		p = strchr(p, '\n') + 1;
		lines++;
		if (tag == 'S') {
			pending[file] = kind;
			next[file] = want[file];
			step(&next[file], version, kind, n);
		} else {
			pending[file] = 0;
			step(&want[file], version, kind, n);
		}
	}
	free(text);
	for (unsigned k = 0; k < PC_FILES; k++)
		check_file(im, who, k, &want[k], pending[k], &next[k], lines);
	return true;
}

int main(int argc, char **argv)
{
	size_t flushed = 0, cuts = 0, want, replayed = 0;
	struct image im = { .out = stdout, .name = "image" };
	static u8 *stable, *image;
	long size;
	FILE *f;

	if (argc != 5)
		die("usage: powercut LOG IMAGE CUTS SEED");
	read_log(argv[1]);
	want = strtoul(argv[3], NULL, 0);
	rnd_state = strtoul(argv[4], NULL, 0) * 0x9e3779b97f4a7c15ul | 1;
	f = fopen(argv[2], "rb");
	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) <= 0)
		die("cannot read the image");
	rewind(f);
	im.blocks = (u64)size / PFS_BLOCK;
	stable = malloc((size_t)size);
	image = malloc((size_t)size);
	if (fread(stable, 1, (size_t)size, f) != (size_t)size)
		die("cannot read the image");
	fclose(f);
	printf("%zu writes, %zu flushes\n", nr_writes, nr_flushes);
	for (size_t at = 0; at <= nr_events; at++) {
		bool flush = at < nr_events && events[at].n == 0;
		unsigned times = (flush || at == nr_events) + (rnd(nr_events) < want);

		while (times-- > 0) {
			size_t n = at - flushed, *order = malloc((n + 1) * sizeof(*order));
			unsigned keep = (unsigned)rnd(101);

			for (size_t k = 0; k < n; k++)
				order[k] = flushed + k;
			for (size_t k = n; k > 1; k--) {
				size_t o = rnd(k), t = order[k - 1];

				order[k - 1] = order[o];
				order[o] = t;
			}
			memcpy(image, stable, (size_t)size);
			for (size_t k = 0; k < n; k++)
				if (rnd(100) < keep)
					apply(image, im.blocks, &events[order[k]]);
			free(order);
			im.base = image;
			current_cut = at;
			if (image_check(&im, true) != 0)
				WRONG("%u problems", im.problems);
			else
				for (unsigned who = 0; who < 16; who++)
					check_process(&im, who);
			replayed += im.transactions;
			free(im.changed);
			im.changed = NULL;
			im.nr_changed = 0;
			cuts++;
			if (wrong > 20)
				die("too much is wrong");
		}
		if (flush) {
			for (; flushed < at; flushed++)
				apply(stable, im.blocks, &events[flushed]);
			flushed = at + 1;
		}
	}
	printf("%zu cut points, %zu transactions replayed, %u wrong\n", cuts, replayed, wrong);
	return wrong != 0;
}
