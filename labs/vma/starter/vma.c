// SPDX-License-Identifier: MIT
/* Starter of lab vma: a list that is scanned from its front; nothing is split or joined. */

struct vma *vma_search(struct mm *mm, vaddr_t addr)
{
	struct vma *v;

	/* TODO: go down the tree, and remember what is found in vma_cache. */
	list_for_each(v, &mm->vmas, link)
		if (addr < v->end)
			return v;
	return NULL;
}

void vma_insert_before(struct mm *mm, struct vma *v, struct vma *next)
{
	struct vma *prev = NULL, *at;

	/* TODO: the caller knows the place; the tree; gap and max_gap. */
	(void)next;
	list_for_each(at, &mm->vmas, link)
		if (at->start < v->start)
			prev = at;
	list_add(&v->link, prev != NULL ? &prev->link : &mm->vmas);
	v->gap = v->max_gap = 0;
	mm->nr_vmas++;
}

void vma_remove(struct vma *v)
{
	struct mm *mm = v->mm;

	/* TODO: the tree; the hole that becomes larger. */
	if (mm->hole_above == v)
		mm->hole_above = vma_next(v);
	list_del(&v->link);
	for (unsigned i = 0; i < harts_up(); i++)
		if (mm->vma_cache[i] == v)
			mm->vma_cache[i] = NULL;
	mm->nr_vmas--;
}

void vma_resize(struct vma *v, vaddr_t start, vaddr_t end)
{
	/* TODO: which holes change? */
	v->start = start;
	v->end = end;
}

void vma_move_end(struct vma *v, vaddr_t end)
{
	move_end_slow(v, end);
}

vaddr_t vma_gap_below(const struct vma *v, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t top = MIN(v->start, high), bottom = MAX(v->start - hole_below(v), low);

	/* TODO: the guard below a stack. */
	return top > bottom && top - bottom >= len ? top - len : 0;
}

vaddr_t vma_gap(struct mm *mm, size_t len, vaddr_t low, vaddr_t high)
{
	vaddr_t best = 0;
	struct vma *v;

	/* TODO: what lies above the last area; a search that does not look at every area. */
	list_for_each(v, &mm->vmas, link) {
		vaddr_t found = vma_gap_below(v, len, low, high);

		if (found != 0)
			best = found;
	}
	return best;
}

bool vma_mergeable(const struct vma *a, const struct vma *b)
{
	/* TODO */
	(void)a;
	(void)b;
	return false;
}

int vma_split(struct vma *v, vaddr_t addr)
{
	/* TODO: both halves are users of the file, if there is one. */
	(void)share_file;
	(void)v;
	(void)addr;
	return -ENOMEM;
}

struct vma *vma_coalesce(struct vma *v)
{
	/* TODO */
	return v;
}

struct vma *vma_extend(struct mm *mm, const struct vma *want, struct vma *next)
{
	/* TODO */
	(void)mm;
	(void)want;
	(void)next;
	return NULL;
}

void vma_build_tree(struct mm *mm)
{
	/* TODO: fork has made the list of a new mm and wants its tree. */
	(void)mm;
}
