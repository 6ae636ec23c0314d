// SPDX-License-Identifier: MIT
/*
 * recover.c - after a power cut: bring what the log holds to its place.
 *
 * Three passes over the log.  The first finds the end: it follows the sequence of
 * transactions from the tail and stops at the first one whose blocks, list or
 * sum are not as written; that one had not been committed, so nobody was told
 * it was there.  The second collects the revoked blocks with the last transaction
 * that revoked each.  The third writes every logged block home, in order, except
 * where a revoke of the same or a later transaction forbids it: such a block had
 * been freed and may hold somebody's data by now.
 *
 * Recovery itself may be cut: the log is marked empty only after everything
 * is home and flushed, and repeating the passes gives the same result.
 *
 * The new tail is given a number that no block of the log can carry yet (the torn
 * transaction behind the end has next_seq - 1), so that leftovers are never
 * taken for a continuation.
 */
#include "fs/pfs/format.h"
#include "uapi/errno.h"

struct revoke {
	u32 block; /* 0: free slot */
	u64 seq;
};

struct walk {
	struct pfs_recover *r;
	struct pfs_jlist *list; /* one block */
	void *copy; /* one block */
	struct revoke *table; /* open addressing */
	u32 mask;
};

enum pass { SCAN, REVOKE, REPLAY };

static u32 log_next(const struct pfs_recover *r, u32 pos)
{
	return pos + 1 == r->journal_blocks ? 1 : pos + 1;
}

static struct revoke *revoke_slot(struct walk *w, u32 block)
{
	u32 i = block * 2654435761u & w->mask;

	while (w->table[i].block != 0 && w->table[i].block != block)
		i = (i + 1) & w->mask;
	return &w->table[i];
}

static int replay_list(struct walk *w, u32 pos, u64 seq)
{
	struct pfs_recover *r = w->r;

	for (u32 i = 0; i < w->list->h.count; i++) {
		u32 block = w->list->block[i];
		int err;

		if (w->table != NULL) {
			struct revoke *v = revoke_slot(w, block);

			if (v->block == block && v->seq >= seq) {
				r->revoked++;
				pos = log_next(r, pos);
				continue;
			}
		}
		err = r->read(r->ctx, r->journal_start + pos, w->copy);
		if (err == 0)
			err = r->write(r->ctx, block, w->copy);
		if (err != 0)
			return err;
		r->replayed++;
		pos = log_next(r, pos);
	}
	return 0;
}

/* May the list's entries be believed?  Only a block outside the journal is ever logged. */
static bool list_sane(const struct pfs_recover *r, const struct pfs_jlist *l)
{
	if (l->h.count == 0 || l->h.count > PFS_J_ENTRIES)
		return false;
	for (u32 i = 0; i < l->h.count; i++) {
		u32 b = l->block[i];

		if (b >= r->nr_blocks ||
		    (b >= r->journal_start && b < r->journal_start + r->journal_blocks))
			return false;
	}
	return true;
}

/* Follow one transaction at *pos.
 * => 1: whole and committed, *pos behind it; 0: not; -errno. */
static int walk_one(struct walk *w, u32 *pos, u64 seq, enum pass pass, u32 *revokes)
{
	struct pfs_recover *r = w->r;
	u32 p = *pos, used = 0;
	u64 sum = PFS_SUM_START;

	for (;;) {
		struct pfs_jlist *l = w->list;
		int err = r->read(r->ctx, r->journal_start + p, l);

		if (err != 0)
			return err;
		if (l->h.magic != PFS_JMAGIC || l->h.seq != seq || used + 1 >= r->journal_blocks)
			return 0;
		if (l->h.type == PFS_J_COMMIT) {
			struct pfs_jcommit *c = (struct pfs_jcommit *)l;

			if (pass == SCAN && (c->sum != sum || c->h.count != used))
				return 0;
			*pos = log_next(r, p);
			return 1;
		}
		if ((l->h.type != PFS_J_DESC && l->h.type != PFS_J_REVOKE) || !list_sane(r, l))
			return 0;
		if (pass == SCAN)
			sum = pfs_mix(sum, l, PFS_BLOCK / 8);
		p = log_next(r, p);
		used++;
		if (l->h.type == PFS_J_REVOKE) {
			*revokes += l->h.count;
			for (u32 i = 0; pass == REVOKE && i < l->h.count; i++) {
				struct revoke *v = revoke_slot(w, l->block[i]);

				v->block = l->block[i];
				v->seq = seq;
			}
			continue;
		}
		if (used + l->h.count + 1 >= r->journal_blocks)
			return 0;
		if (pass == REPLAY) {
			err = replay_list(w, p, seq);
			if (err != 0)
				return err;
		}
		for (u32 i = 0, n = l->h.count; i < n; i++) {
			if (pass == SCAN) {
				err = r->read(r->ctx, r->journal_start + p, w->copy);
				if (err != 0)
					return err;
				sum = pfs_mix(sum, w->copy, PFS_BLOCK / 8);
			}
			p = log_next(r, p);
			used++;
		}
	}
}

int pfs_recover(struct pfs_recover *r, bool dry)
{
	struct walk w = { .r = r };
	struct pfs_jsuper *js;
	u32 tail, pos, revokes = 0, ignored = 0;
	u64 first, seq;
	int err;

	r->transactions = r->replayed = r->revoked = 0;
	js = r->alloc(r->ctx, PFS_BLOCK);
	w.list = r->alloc(r->ctx, PFS_BLOCK);
	w.copy = r->alloc(r->ctx, PFS_BLOCK);
	err = -ENOMEM;
	if (js == NULL || w.list == NULL || w.copy == NULL)
		goto out;
	err = r->read(r->ctx, r->journal_start, js);
	if (err != 0)
		goto out;
	err = -EUCLEAN;
	if (js->h.magic != PFS_JMAGIC || js->h.type != PFS_J_SUPER ||
	    js->sum != pfs_jsuper_sum(js) || js->blocks != r->journal_blocks || js->tail < 1 ||
	    js->tail >= js->blocks)
		goto out;
	tail = pos = js->tail;
	first = seq = js->h.seq;
	/* Each transaction is at least two blocks long, so this ends. */
	while (r->transactions < r->journal_blocks) {
		err = walk_one(&w, &pos, seq, SCAN, &revokes);
		if (err < 0)
			goto out;
		if (err == 0)
			break;
		seq++;
		r->transactions++;
	}
	r->next_seq = seq + 1;
	err = 0;
	if (dry)
		goto out;
	if (revokes > 0) {
		u32 size = 16;

		while (size < revokes * 2)
			size *= 2;
		w.table = r->alloc(r->ctx, size * sizeof(struct revoke));
		err = -ENOMEM;
		if (w.table == NULL)
			goto out;
		w.mask = size - 1;
		pos = tail;
		for (u64 s = first; s < seq; s++) {
			err = walk_one(&w, &pos, s, REVOKE, &ignored);
			if (err < 0)
				goto out;
		}
	}
	pos = tail;
	for (u64 s = first; s < seq; s++) {
		err = walk_one(&w, &pos, s, REPLAY, &ignored);
		if (err < 0)
			goto out;
	}
	if (r->transactions > 0) {
		err = r->flush(r->ctx);
		if (err != 0)
			goto out;
	}
	js->h.seq = r->next_seq;
	js->tail = 1;
	js->sum = pfs_jsuper_sum(js);
	err = r->write(r->ctx, r->journal_start, js);
	if (err == 0)
		err = r->flush(r->ctx);
out:
	if (w.table != NULL)
		r->free(r->ctx, w.table);
	if (w.copy != NULL)
		r->free(r->ctx, w.copy);
	if (w.list != NULL)
		r->free(r->ctx, w.list);
	if (js != NULL)
		r->free(r->ctx, js);
	return err;
}
