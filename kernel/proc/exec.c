// SPDX-License-Identifier: MIT
/*
 * exec.c - another program in the same process.
 *
 * Nothing of the program is read but its header.  Its segments become private file
 * mappings; a fault brings each page from the page cache when it is first touched, so
 * all processes of one program share the frames of its text.  What the file does not
 * fill is anonymous; only the rest of the page where file data and bss meet has to be
 * cleared by writing.
 *
 * The new address space is built completely, arguments on its stack included, while
 * the old one goes on: whatever fails leaves the caller as it was.  Then the point of
 * no return: the other threads of the group are ended and waited for, and what comes
 * after cannot fail.
 *
 *	top of stack	(below a random distance from USER_TOP)
 *	path, 16 random bytes
 *	strings of argv, then of envp, upwards
 *	auxiliary vector, AT_NULL last
 *	envp[0] ... NULL
 *	argv[0] ... NULL
 *	argc		<- sp, a multiple of 16 (System V ABI, RISC-V psABI)
 *
 * a0 and a1 hold argc and argv as well, for programs that begin in main.
 *
 * exec_args.c gathers the strings.  A script ("#!") puts its interpreter in front of them
 * and starts over.
 *
 * While a program runs its file cannot be opened for writing, and a file open for
 * writing cannot be run (-ETXTBSY): inode->writers counts the former negatively; the
 * count is tied to the struct file (FILE_EXEC) and goes with its last reference,
 * which is the last mapping's or mm->exe.
 *
 * The one user is root, and root may run what has any x bit.  open(2) gives one to every file
 * it makes, so a script just written with echo may run; chmod takes it away.
 */
#include "fs/vfs.h"
#include "lib/elf.h"
#include "lib/printk.h"
#include "lib/string.h"
#include "mm/kmem/slab.h"
#include "mm/vm/mm.h"
#include "proc/exec_args.h"
#include "proc/proc_internal.h"
#include "proc/random.h"
#include "riscv/trap.h"
#include "uapi/fcntl.h"

#define HEADER_SIZE	512		/* enough for the header and eight segments */
#define HEADER_MAX	4096
#define SCRIPT_DEPTH	4
#define SHEBANG_MAX	256
#define STACK_KEEP_OUT	KIB(64)		/* never mapped: xv6's tests poke at the topmost pages */
#define STACK_RANDOM	MIB(8)
#define MMAP_RANDOM	GIB(1)
#define STACK_GAP	MIB(1)		/* between the stack's limit and the mmap area */

enum { AT_NULL, AT_PHDR = 3, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_FLAGS, AT_ENTRY,
       AT_UID = 11, AT_EUID, AT_GID, AT_EGID, AT_HWCAP = 16, AT_CLKTCK, AT_SECURE = 23,
       AT_RANDOM = 25, AT_EXECFN = 31 };
#define NR_AUX		16
#define HWCAP_IMAFDC	(BIT('i' - 'a') | BIT('m' - 'a') | BIT('a' - 'a') | BIT('f' - 'a') | \
			 BIT('d' - 'a') | BIT('c' - 'a'))

/* --- the file --- */

static struct file *open_program(const char *path)
{
	struct file *f = file_open(path, O_RDONLY, 0);
	int err;

	if (IS_ERR(f))
		return f;
	err = S_ISREG(f->inode->mode) && (f->inode->mode & 0111) ? inode_deny_write(f->inode) : -EACCES;
	if (err) {
		file_put(f);
		return ERR_PTR(err);
	}
	f->flags |= FILE_EXEC;
	return f;
}

/* "#! interpreter [one argument]": its strings into out. => how many, or -ENOEXEC */
static int parse_shebang(char *line, size_t n, const char **out)
{
	char *p = line + 2, *end = memchr(line, '\n', n), *last;

	if (!end)
		return -ENOEXEC;
	*end = '\0';
	while (end > p && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		*--end = '\0';
	while (*p == ' ' || *p == '\t')
		p++;
	if (*p == '\0')
		return -ENOEXEC;
	out[0] = p;
	for (last = p; *last && *last != ' ' && *last != '\t'; last++)
		;
	if (!*last)
		return 1;
	*last++ = '\0';
	while (*last == ' ' || *last == '\t')
		last++;
	out[1] = last;
	return 2;
}

/* --- the new address space --- */

static inline u64 random_pages(u64 range)
{
	return random_off() ? 0 : random_quick() % range & PAGE_MASK;
}

static int map_segment(struct mm *mm, struct file *f, const struct elf_segment *s)
{
	int prot = (s->flags & PF_R ? PROT_READ : 0) | (s->flags & PF_W ? PROT_WRITE : 0) |
		   (s->flags & PF_X ? PROT_EXEC : 0);
	vaddr_t file_top = s->file_end > s->start ? PAGE_ALIGN(s->file_end) : s->start;
	vaddr_t top = PAGE_ALIGN(s->end);
	long ret = 0;

	if (file_top > s->start)
		ret = do_mmap(mm, s->start, file_top - s->start, prot, MAP_PRIVATE | MAP_FIXED, f,
			      s->offset >> PAGE_SHIFT);
	if (ret >= 0 && top > file_top)
		ret = do_mmap(mm, file_top, top - file_top, prot,
			      MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, NULL, 0);
	if (ret < 0)
		return ret;
	if (s->end > s->file_end && s->file_end < file_top) {
		/* A bss that is not writable is a header's joke, not a reason to fail. */
		if (!(s->flags & PF_W))
			return 0;
		return mm_write(mm, s->file_end, page_address(zero_page), file_top - s->file_end);
	}
	return 0;
}

struct new_program {
	vaddr_t entry, sp, argv;
	unsigned argc;
};

/* Strings, vectors and argc onto the stack below top. */
static int build_stack(struct mm *mm, vaddr_t top, const struct args *a, const char *path,
		       const struct elf_image *elf, struct new_program *np)
{
	size_t path_len = strlen(path) + 1;
	vaddr_t random_va = top - 16;
	vaddr_t path_va = random_va - path_len;
	vaddr_t strings = path_va - a->len;
	size_t words = 1 + a->argc + 1 + a->envc + 1 + 2 * NR_AUX;
	vaddr_t sp = ALIGN_DOWN(strings - words * 8, 16);
	size_t vec_size = words * 8;
	char *tail = kmalloc(vec_size + path_len + 16, GFP_KERNEL);
	u64 *vec = (u64 *)tail, *v = vec;
	const char *s = a->buf;
	int err;

	if (!tail)
		return -ENOMEM;
	*v++ = a->argc;
	for (unsigned i = 0; i < a->argc + a->envc; i++) {
		if (i == a->argc)
			*v++ = 0;
		*v++ = strings + (s - a->buf);
		s += strlen(s) + 1;
	}
	if (a->envc == 0)
		*v++ = 0;
	*v++ = 0;

#define AUX(type, value) do { *v++ = (type); *v++ = (value); } while (0)
	AUX(AT_PHDR, elf->phdr_va);
	AUX(AT_PHENT, sizeof(struct elf_phdr));
	AUX(AT_PHNUM, elf->phnum);
	AUX(AT_PAGESZ, PAGE_SIZE);
	AUX(AT_BASE, 0);
	AUX(AT_FLAGS, 0);
	AUX(AT_ENTRY, elf->entry);
	AUX(AT_UID, 0);
	AUX(AT_EUID, 0);
	AUX(AT_GID, 0);
	AUX(AT_EGID, 0);
	AUX(AT_HWCAP, HWCAP_IMAFDC);
	AUX(AT_CLKTCK, HZ);
	AUX(AT_RANDOM, random_va);
	AUX(AT_EXECFN, path_va);
	AUX(AT_NULL, 0);
#undef AUX
	assert((char *)v == tail + vec_size);
	memcpy(tail + vec_size, path, path_len);
	for (int i = 0; i < 2; i++) {
		u64 r = random_quick();

		memcpy(tail + vec_size + path_len + 8 * i, &r, 8);
	}

	err = mm_write(mm, path_va, tail + vec_size, path_len + 16);
	if (!err && a->len)
		err = mm_write(mm, strings, a->buf, a->len);
	if (!err)
		err = mm_write(mm, sp, vec, vec_size);
	kfree(tail);
	np->sp = sp;
	np->argc = a->argc;
	np->argv = sp + 8;
	mm->arg_start = strings;
	mm->arg_end = mm->env_end = path_va;
	s = a->buf;
	for (unsigned i = 0; i < a->argc; i++)
		s += strlen(s) + 1;
	mm->arg_end = mm->env_start = strings + (s - a->buf);
	mm->start_stack = sp;
	return err;
}

static int build_mm(struct mm *mm, struct file *f, const struct args *a, const char *path,
		    const struct elf_image *elf, struct new_program *np)
{
	const struct sighand *sh = current->sighand;
	const struct elf_segment *last = &elf->seg[elf->nr_segments - 1];
	vaddr_t stack_top = USER_TOP - STACK_KEEP_OUT - random_pages(STACK_RANDOM);
	u64 stack_limit;
	int err;

	mm->exe = file_get(f);
	mm->rlimit_as = sh->rlimit[RLIMIT_AS];
	mm->rlimit_data = sh->rlimit[RLIMIT_DATA];
	mm->rlimit_stack = sh->rlimit[RLIMIT_STACK];
	mm->rlimit_memlock = sh->rlimit[RLIMIT_MEMLOCK];
	stack_limit = CLAMP(mm->rlimit_stack, KIB(256), USER_TOP / 4);
	mm->mmap_base = PAGE_ALIGN(stack_top - stack_limit - STACK_GAP) - random_pages(MMAP_RANDOM);

	for (unsigned i = 0; i < elf->nr_segments; i++) {
		const struct elf_segment *s = &elf->seg[i];

		err = map_segment(mm, f, s);
		if (err)
			return err;
		if ((s->flags & PF_X) && !mm->end_code) {
			mm->start_code = s->start;
			mm->end_code = s->file_end;
		}
		if (s->flags & PF_W) {
			if (!mm->start_data)
				mm->start_data = s->start;
			mm->end_data = s->file_end;
		}
	}
	mm_set_brk(mm, PAGE_ALIGN(last->end));	/* so that heap and bss are one area */
	err = mm_setup_stack(mm, stack_top);
	if (err)
		return err;
	np->entry = elf->entry;
	return build_stack(mm, stack_top, a, path, elf, np);
}

/* --- the point of no return --- */

/* The current thread becomes the leader, under the leader's number, which the parent and
 * the shell know.  => pid_lock held; the old leader is a zombie and all others have gone */
static void take_over_leader(struct task *me, struct task *leader)
{
	pid_t old_pid = me->pid;
	struct task *c;

	pid_remove(me);
	pid_remove(leader);
	me->pid = leader->pid;
	leader->pid = old_pid;
	pid_insert(me);
	me->parent = leader->parent;
	list_add(&me->sibling, &leader->sibling);
	list_del(&leader->sibling);
	list_splice_tail_init(&leader->children, &me->children);
	list_for_each(c, &me->children, sibling)
		c->parent = me;
	list_init(&me->threads);
	list_init(&leader->threads);
	me->leader = me;
	me->pgid = leader->pgid;
	me->sid = leader->sid;
	me->exit_signal = leader->exit_signal;
	me->start_ns = leader->start_ns;
	me->sighand->leader = me;
	leader->leader = me;
	leader->state = TASK_DEAD;
}

/* End the other threads of the group. => 0, or -EAGAIN: somebody ends us instead */
static int end_other_threads(void)
{
	struct task *me = current, *leader = NULL;
	struct sighand *sh = me->sighand;
	unsigned long flags;

	if (sh->nr_threads == 1 && me->leader == me)
		return 0;
	flags = pid_lock_irq();
	spin_lock(&sh->lock);
	if (sh->group_exit || sh->execing) {
		spin_unlock(&sh->lock);
		pid_unlock_irq(flags);
		return -EAGAIN;
	}
	sh->execing = true;
	kill_other_threads(me);
	spin_unlock(&sh->lock);
	pid_unlock_irq(flags);

	wait_event(&sh->child_wait, READ_ONCE(sh->nr_threads) == 1);

	flags = pid_lock_irq();
	if (sh->leader != me) {
		leader = sh->leader;
		take_over_leader(me, leader);
	}
	sh->execing = false;
	pid_unlock_irq(flags);
	if (leader)
		task_put(leader);
	return 0;
}

static void change_mm(struct mm *mm)
{
	struct task *me = current;
	struct mm *old, *borrowed;

	preempt_disable();
	borrowed = me->active_mm;
	old = task_set_mm(me, mm);
	me->active_mm = mm;
	mm_switch(mm);
	preempt_enable();
	vfork_done();
	if (old)
		mm_users_put(old);
	else if (borrowed)
		mm_put(borrowed);	/* pid 1 was a kernel thread until now */
}

static void become(struct mm *mm, const char *name, const struct new_program *np)
{
	struct task *me = current;
	struct trap_frame *tf = me->tf;

	change_mm(mm);
	files_close_on_exec(me->files);
	signals_for_exec();
	me->clear_tid = 0;
	memset(&me->altstack, 0, sizeof(me->altstack));
	me->exit_signal = SIGCHLD;
	task_set_comm(me, name);
	memset(tf, 0, sizeof(*tf));
	tf->sepc = np->entry;
	tf->sp = np->sp;
	tf->a0 = np->argc;
	tf->a1 = np->argv;
	tf->sstatus = SSTATUS_SPIE | SSTATUS_FS_INITIAL;
	fp_set(NULL, 0);
}

/* --- together --- */

static int load_program(struct file *f, struct args *a, const char *path, const char *name,
			const void *header, size_t n)
{
	struct files *files = NULL;
	struct new_program np;
	struct elf_image elf;
	struct mm *mm;
	int err = elf_check(header, n, READ_ONCE(f->inode->size), PAGE_SIZE, USER_TOP / 2, &elf,
			    NULL);

	if (err)
		return err;
	mm = mm_alloc();
	if (!mm)
		return -ENOMEM;
	err = build_mm(mm, f, a, path, &elf, &np);
	if (err == -EFAULT)
		err = -ENOMEM;		/* a page of its own that could not be written */
	if (err)
		goto put_mm;
	if (atomic_read(&current->files->refs) > 1) {
		files = files_fork(current->files);
		err = -ENOMEM;
		if (!files)
			goto put_mm;
	}
	err = end_other_threads();
	if (err)
		goto put_files;
	if (files) {
		struct files *shared = current->files;

		current->files = files;
		files_put(shared);
	}
	become(mm, name, &np);
	return 0;

put_files:
	if (files)
		files_put(files);
put_mm:
	mm_users_put(mm);
	return err;
}

/* Read enough of the file to know what it is. => bytes in *header (kfree), or -errno */
static ssize_t read_header(struct file *f, char **header)
{
	size_t want = HEADER_SIZE;
	ssize_t n;

	for (;;) {
		const struct elf_header *h;
		char *buf = kmalloc(want, GFP_KERNEL);

		if (!buf)
			return -ENOMEM;
		n = kernel_read(f, buf, want, 0);
		h = (const struct elf_header *)buf;
		if (n == (ssize_t)want && want < HEADER_MAX && !memcmp(buf, "\177ELF", 4) &&
		    h->phoff + (u64)h->phnum * h->phentsize > want) {
			kfree(buf);
			want = HEADER_MAX;
			continue;
		}
		if (n < 0)
			kfree(buf);
		*header = buf;
		return n;
	}
}

/* => a->buf stays the caller's */
static int exec_file(const char *path, struct args *a, int depth, const char *name)
{
	const char *front[3];
	char *header;
	struct file *f;
	ssize_t n;
	int err, k;

	f = open_program(path);
	if (IS_ERR(f))
		return PTR_ERR(f);
	n = read_header(f, &header);
	if (n < 0) {
		err = n;
		goto put_file;
	}
	if (n >= 2 && header[0] == '#' && header[1] == '!') {
		err = -ENOEXEC;
		if (depth == SCRIPT_DEPTH)
			goto free_header;
		k = parse_shebang(header, MIN((size_t)n, (size_t)SHEBANG_MAX), front);
		if (k < 0)
			goto free_header;
		front[k] = path;
		err = args_prepend(a, front, k + 1);
		if (!err)
			err = exec_file(front[0], a, depth + 1, name);
	} else {
		err = load_program(f, a, path, name, header, n);
	}
free_header:
	kfree(header);
put_file:
	file_put(f);
	return err;
}

int do_exec(const char *path, char *const *kargv, char *const *kenvp)
{
	struct args a = { 0 };
	int err = args_add_kernel_list(&a, kargv, &a.argc);

	if (!err)
		err = args_add_kernel_list(&a, kenvp, &a.envc);
	if (!err)
		err = exec_file(path, &a, 0, path);
	kfree(a.buf);
	return err;
}

long do_execve(vaddr_t upath, vaddr_t uargv, vaddr_t uenvp)
{
	struct args a = { 0 };
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	long err;

	if (!path)
		return -ENOMEM;
	err = strncpy_from_user(path, upath, PATH_MAX);
	if (err < 0)
		goto out;
	err = args_add_user_list(&a, uargv, &a.argc);
	if (!err)
		err = args_add_user_list(&a, uenvp, &a.envc);
	if (!err)
		err = exec_file(path, &a, 0, path);
out:
	kfree(a.buf);
	kfree(path);
	return err ? err : (long)current->tf->a0;
}
