// SPDX-License-Identifier: MIT
/*
 * shell.c - the shell and the programs: scripts with what they print and their status.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name, *script, *out;
	int status;
} rows[] = {
	{ "words and quotes", "echo a  'b  c' \"d  e\" \\$x a\\ b", "a b  c d  e $x a b\n", 0 },
	{ "variables", "X=5; Y=\"$X 6\"; echo $X${X}y \"$Y\" ${Z:-def} ${#Y}", "55y 5 6 def 3\n",
	  0 },
	{ "parameter trimming", "P=/a/b/c.txt; echo ${P##*/} ${P%/*} ${P%.txt} ${P#/*/}",
	  "c.txt /a/b /a/b/c b/c.txt\n", 0 },
	{ "status",
	  "false; echo $?; true; echo $?; sh -c 'exit 7'; echo $?; nosuch 2>/dev/null; echo $?",
	  "1\n0\n7\n127\n", 0 },
	{ "status into a variable",
	  "false; r=$?; echo $r $?; sh -c 'exit 7' >/dev/null; r=$? s=$?; echo $r $s; "
	  "true | false; X=$(echo x; exit 5); echo $X $?; Y=$X; echo $?; $(false); echo $?",
	  "1 0\n7 7\nx 5\n0\n1\n", 0 },
	{ "exit status of the script", "echo x; exit 42", "x\n", 42 },
	{ "and, or, not", "true && echo a || echo b; false && echo c || echo d; ! true || echo e",
	  "a\nd\ne\n", 0 },
	{ "pipes", "echo one two three | tr ' ' '\\n' | sort -r | head -n 2", "two\nthree\n", 0 },
	{ "status of a pipe is its last's", "false | true; echo $?; true | false; echo $?",
	  "0\n1\n", 0 },
	{ "redirections", "echo a > f; echo b >> f; cat < f; echo err 2>/dev/null 1>&2; wc -l < f",
	  "a\nb\n      2\n", 0 },
	{ "errors to a file", "ls /nope 2> e; cat e; ls /nope > e 2>&1; wc -l < e",
	  "ls: /nope: No such file or directory\n      1\n", 0 },
	{ "here document", "X=5\ncat <<END\nv $X\nEND\ncat <<'END'\nv $X\nEND\n", "v 5\nv $X\n",
	  0 },
	{ "globs", "touch a1 a2 b1 .h; echo a* ?1 [ab]1 *z; echo '*' \"*\"",
	  "a1 a2 a1 b1 a1 b1 *z\n* *\n", 0 },
	{ "for", "for i in 1 2 3; do echo -n \"<$i>\"; done; echo", "<1><2><3>\n", 0 },
	{ "while and arithmetic", "i=0; while [ $i -lt 3 ]; do i=$((i + 1)); echo $((i * i)); done",
	  "1\n4\n9\n", 0 },
	{ "until, break, continue",
	  "i=0; until false; do i=$((i+1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; "
	  "done",
	  "1\n3\n", 0 },
	{ "if", "if [ a = b ]; then echo 1; elif test -d /; then echo 2; else echo 3; fi", "2\n",
	  0 },
	{ "case",
	  "for f in x.c y.h z; do case $f in *.c) echo C;; *.h|*.S) echo H;; *) echo -;; esac; "
	  "done",
	  "C\nH\n-\n", 0 },
	{ "functions", "f() { echo $# $1; return 3; }; f a b; echo $?; f; echo $?",
	  "2 a\n3\n0\n3\n", 0 },
	{ "arguments",
	  "set -- a 'b c' d; for x in \"$@\"; do echo \"[$x]\"; done; shift; echo $1 $#",
	  "[a]\n[b c]\n[d]\nb c 2\n", 0 },
	{ "command substitution", "echo $(echo in $(echo ner)) `echo back`; X=$(false); echo $?",
	  "in ner back\n1\n", 0 },
	{ "subshells", "X=1; (X=2; echo $X; exit 4); echo $? $X; { X=3; }; echo $X", "2\n4 1\n3\n",
	  0 },
	{ "background and wait", "(exit 6) & wait $!; echo $?; sleep 0.1 & wait; echo done",
	  "6\ndone\n", 0 },
	{ "read", "printf 'a b c\\nd\\n' | while read x y; do echo \"$y,$x\"; done", "b c,a\n,d\n",
	  0 },
	{ "export", "A=1; export A; B=2; sh -c 'echo $A-$B'; C=3 sh -c 'echo $C'; echo $C.",
	  "1-\n3\n.\n", 0 },
	{ "cd", "mkdir -p d/e; cd d/e; pwd; cd ..; pwd; cd nope 2>/dev/null || echo no",
	  "/tmp/sh.t/d/e\n"
	  "/tmp/sh.t/d\nno\n",
	  0 },
	{ "scripts", "echo 'echo $0 $1 $#; exit 3' > s; sh s x y; echo $?", "s x 2\n3\n", 0 },
	{ "source and eval", "echo 'V=7' > s; . ./s; eval 'echo $V'", "7\n", 0 },
	{ "set -e", "set -e; if false; then :; fi; false || echo go on; false; echo never",
	  "go on\n", 1 },
	{ "exec", "exec echo gone; echo never", "gone\n", 0 },
	{ "comments", "echo a # b\n# c\necho a#b", "a\na#b\n", 0 },
	{ "syntax error", "if true; then echo x", "sh: if without fi\n", 2 },
	{ "many processes", "for i in $(seq 40); do true | true | true; done; echo ok", "ok\n", 0 },
	/* programs */
	{ "cp mv rm",
	  "echo x > a; cp a b; mv b c; cat c; mkdir d; cp a d; mv c d/; ls d; rm -r d; ls d 2>&1; "
	  "rm -f nope; rm nope 2>&1",
	  "x\na\nc\nls: d: No such file or directory\nrm: nope: No such file or "
	  "directory\n",
	  1 },
	{ "cp -r", "mkdir -p d/e/f; echo 1 > d/e/x; cp -r d k; find k | sort; cat k/e/x",
	  "k\nk/e\nk/e/f\nk/e/x\n1\n", 0 },
	{ "ln", "echo 1 > a; ln a b; echo 2 >> b; cat a; stat a | grep -c 'Links: 2'; rm a; cat b",
	  "1\n2\n1\n1\n2\n", 0 },
	{ "mkdir and rmdir",
	  "mkdir a; mkdir a 2>&1; mkdir -p a/b/c; rmdir a 2>&1; rmdir a/b/c a/b a; ls",
	  "mkdir: a: File exists\nrmdir: a: Directory not empty\n", 0 },
	{ "sort uniq wc",
	  "printf 'b\\na\\nb\\n10\\n9\\n' > f; sort f | uniq -c | wc -l; sort -n f | tail -n 2; "
	  "sort -ru f | head -n 1",
	  "      4\n9\n10\nb\n", 0 },
	{ "grep",
	  "printf 'one\\ntwo\\nThree\\n' > f; grep -n 'o' f; grep -ci T f; grep -v e f; "
	  "grep '^t.o$' f; grep -q zzz f; echo $?",
	  "1:one\n2:two\n2\ntwo\ntwo\n1\n", 0 },
	{ "grep's expressions",
	  "printf 'aab\\nab\\nb\\nabab\\n' > f; grep -x 'a*b' f; echo; grep -x '(ab)+' f; "
	  "echo; grep '[^a]' f | wc -l",
	  "aab\nab\nb\n\nab\nabab\n\n      4\n", 0 },
	{ "head tail", "seq 100 > f; head -n 2 f; tail -n 2 f; tail -n +99 f; head -c 3 f",
	  "1\n2\n99\n100\n99\n100\n1\n2", 0 },
	{ "tee xargs",
	  "echo a b | tee f | xargs -n 1 echo x; cat f; seq 3 | xargs; echo q | xargs -I @ echo "
	  "[@]",
	  "x a\nx b\na b\n1 2 3\n[q]\n", 0 },
	{ "find",
	  "mkdir -p d/e; touch d/a.c d/e/b.c d/x; find d -name '*.c' | sort; find d -type d; "
	  "find d -name x -exec echo got {} \\;",
	  "d/a.c\nd/e/b.c\nd\nd/e\ngot d/x\n", 0 },
	{ "printf", "printf '%5d|%-5s|%05.1f|%x\\n' 42 ab 3.14159 255; printf '%s\\n' a b",
	  "   42|ab   |003.1|ff\n"
	  "a\nb\n",
	  0 },
	{ "cmp diff",
	  "printf 'a\\nb\\n' > f; printf 'a\\nc\\n' > g; cmp f g; diff f g; cmp f f && echo same",
	  "f g differ: byte 3, line 2\n2< b\n2> c\nsame\n", 0 },
	{ "dd hexdump",
	  "dd if=/dev/zero of=f bs=1k count=3 2>/dev/null; wc -c < f; printf 'AB\\n' | hexdump | "
	  "head -n 1",
	  "   3072\n00000000  41 42 0a                                          |AB.|\n", 0 },
	{ "cut tr basename",
	  "echo a:b:c | cut -d : -f 2-; echo abc | tr a-c A-C; basename /x/y.c .c; dirname /x/y",
	  "b:c\nABC\ny\n/x\n", 0 },
	{ "kill", "sleep 100 & kill $!; wait $!; echo $?; kill -0 99999 2>&1",
	  "143\nkill: 99999: No such process\n", 1 },
	{ "a crash is told", "sh -c 'kill -SEGV $$'; echo $?", "139\n", 0 },
	{ "env", "env -i A=1 env; env A=2 sh -c 'echo $A'", "A=1\n2\n", 0 },
	{ "write errors are told", "echo x > /dev/full", "echo: write: No space left on device\n",
	  1 },
	{ "cat errors", "cat nope . 2>&1",
	  "cat: nope: No such file or directory\ncat: .: Is a directory\n", 1 },
};

static int run(const char *script, char *out, size_t size)
{
	int p[2], status;
	size_t n = 0;
	ssize_t r;
	pid_t pid;

	if (pipe(p) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(p[1], 1);
		dup2(p[1], 2);
		close(p[0]);
		close(p[1]);
		execl("/bin/sh", "sh", "-c", script, (char *)NULL);
		_exit(127);
	}
	close(p[1]);
	while (n < size - 1 && (r = read(p[0], out + n, size - 1 - n)) > 0)
		n += (size_t)r;
	out[n] = '\0';
	close(p[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	static char out[8192];
	int failed = 0;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status;

		if (argc > 1 && strcmp(argv[1], rows[i].name) != 0)
			continue;
		if (system("rm -rf /tmp/sh.t") != 0 || mkdir("/tmp/sh.t", 0755) < 0 ||
		    chdir("/tmp/sh.t") < 0)
			perror("/tmp/sh.t");
		status = run(rows[i].script, out, sizeof(out));
		if (status == rows[i].status && strcmp(out, rows[i].out) == 0) {
			printf("ok %s\n", rows[i].name);
			continue;
		}
		printf("FAIL %s: status %d (expected %d), output:\n%s--- expected:\n%s---\n",
		       rows[i].name, status, rows[i].status, out, rows[i].out);
		failed = 1;
	}
	if (chdir("/") == 0)
		system("rm -rf /tmp/sh.t");
	return failed;
}
