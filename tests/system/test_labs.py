# SPDX-License-Identifier: MIT
"""The labs: hand-outs made from the tree without the solution, graded from outside, trusted.

Every lab's hand-out, floor, reference and one mutant, and one lab's cheats (which ones depends
on the day) come from labs/test --quick; make test-labs has all of them.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree
import zipfile

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "labs"))

from lablib import csource, grading, tree, watched       # noqa: E402
from lablib.builds import Builds                         # noqa: E402
from lablib.kernel import elf_symbols                    # noqa: E402
from lablib.manifest import Lab, LabError, all_labs      # noqa: E402
from lablib.report import Report                         # noqa: E402

COW = "kernel/mm/vm/cow.c"


def tool(name, *words, top=TOP):
    """=> (status, output and errors)"""
    done = subprocess.run([sys.executable, os.path.join(top, "labs", name), *words], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """What labs/test --quick found, {(lab, check): (ok, text)}."""
    results = tmp_path_factory.mktemp("quick") / "results"
    status, said = tool("test", "--quick", "--json", str(results))
    assert results.exists(), said
    found = json.loads(results.read_text())
    rows = {(f["lab"], f["check"]): (f["ok"], f["text"]) for f in found["findings"]}
    rows.update({(m["lab"], "mutant"): (m["ok"], m["mutant"] + ": " + m["text"])
                 for m in found["mutants"]})
    assert (status == 0) == all(ok for ok, _ in rows.values()), said
    return rows


@pytest.fixture(scope="module")
def cache():
    """Where built trees are kept, as labs/test does."""
    builds = Builds()
    with builds.locked():
        builds.update()
    return builds


@pytest.fixture
def student(tmp_path):
    """student(labs, reference=()): a student's tree."""
    def make(names, reference=()):
        folder = str(tmp_path / "student")
        tree.make_tree(folder, [Lab(n) for n in names], reference)
        return folder
    return make


def grade(folder, cache, tmp_path, *words):
    """labs/grade cow. => (status, what it said, JSON, Gradescope's, JUnit's root)"""
    paths = [str(tmp_path / x) for x in ("json", "gradescope", "junit")]
    status, said = tool("grade", "cow", folder, *words, "--cache", cache.folder, "--json", paths[0],
                        "--gradescope", paths[1], "--junit", paths[2])
    with open(paths[0], encoding="utf-8") as f, open(paths[1], encoding="utf-8") as g:
        return status, said, json.load(f), json.load(g), \
            xml.etree.ElementTree.parse(paths[2]).getroot()


def append(folder, path, text):
    with open(os.path.join(folder, path), "a", encoding="utf-8") as f:
        f.write(text)


def contents(folder):
    return {p: csource.read(os.path.join(folder, p)) for p in tree.walk_files(folder)}


def test_the_cheating_kernel(quick):
    for check in ("cheat", "cheat that goes on"):
        found = [row for key, row in quick.items() if key[1:] == (check,)]
        assert len(found) == 1 and found[0][0], found


@pytest.mark.parametrize("check", ["handout", "reference", "mutant"])
@pytest.mark.parametrize("lab", all_labs())
def test_lab(quick, lab, check):
    ok, text = quick.get((lab, check), (False, "nothing was checked"))
    assert ok, text


def test_every_manifest_and_mutant_fits_the_tree():
    status, said = tool("handout", "--check")
    assert status == 0, said


def test_a_name_that_is_gone_names_the_lab(tmp_path):
    lab = Lab(all_labs()[0])
    file = next(iter(lab.functions))
    lab.functions[file] = lab.functions[file] + ["no_such_function"]
    with pytest.raises(LabError, match=lab.name):
        tree.make_tree(str(tmp_path / "t"), [lab])


# --- hand-outs ---

@pytest.mark.skipif(not os.path.isdir(os.path.join(TOP, ".git")), reason="not a clone")
def test_branch_is_one_commit_without_history(tmp_path):
    clone = str(tmp_path / "clone")
    subprocess.run(["git", "clone", "-q", TOP, clone], check=True)

    def git(*words):
        return subprocess.run(["git", "-C", clone, "-c", "user.name=t", "-c", "user.email=t@t", *words],
                              check=True, capture_output=True, text=True).stdout
    git("config", "user.name", "t")
    git("config", "user.email", "t@t")
    status, said = tool("handout", "cow", "--branch", "lab/cow", top=clone)
    assert status == 0 and "branch lab/cow: " in said, said
    assert len(git("rev-list", "lab/cow").split()) == 1
    names = git("ls-tree", "-r", "--name-only", "lab/cow").split()
    assert "LAB.md" in names and "grade-lab-cow" in names and COW in names
    assert not [n for n in names if "mutants" in n or "starter" in n or "hidden" in n]
    assert "break_reuse" not in git("show", "lab/cow:" + COW)
    assert git("status", "--porcelain") == ""


@pytest.mark.skipif(not os.path.isdir(os.path.join(TOP, ".git")), reason="not a clone")
def test_branch_spares_what_is_no_hand_out(tmp_path):
    clone = str(tmp_path / "clone")
    subprocess.run(["git", "clone", "-q", TOP, clone], check=True)

    def git(*words):
        return subprocess.run(["git", "-C", clone, *words], check=True, capture_output=True,
                              text=True).stdout
    git("config", "user.name", "t")
    git("config", "user.email", "t@t")
    git("branch", "work")
    git("checkout", "-q", "--detach")
    for name, why in (("work", "is no hand-out"), ("a b..", "check-ref-format"), ("-D", "check-ref-format")):
        status, said = tool("handout", "cow", "--branch=" + name, top=clone)
        assert status == 1 and why in said and "Traceback" not in said, said
    assert git("rev-parse", "work") == git("rev-parse", "HEAD")
    append(clone, "kernel/main.c", "/* half done */\n")
    for _ in range(2):
        status, said = tool("handout", "cow", "--branch", "lab/cow", top=clone)
        assert status == 0 and "not as they were committed: kernel/main.c" in said, said


def test_handout_says_what_is_wrong(tmp_path):
    (tmp_path / "file").write_text("")
    for words in (["cow", "--into", str(tmp_path / "file")], ["cow", "--into", str(tmp_path / "file" / "x")],
                  ["--upgrade", str(tmp_path / "no")], ["--upgrade", str(tmp_path)]):
        status, said = tool("handout", *words)
        assert status == 1 and "handout: " in said and "Traceback" not in said, said


def test_a_hand_out_that_fails_leaves_nothing(tmp_path):
    """It would have the solution in it."""
    top, empty = tmp_path / "staff", tmp_path / "empty"
    for path in tree.tracked_files():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(os.path.join(TOP, path), top / path)
    append(str(top), "labs/cow/lab.toml", '[[function]]\nfile = "%s"\nname = "no_such"\n' % COW)
    empty.mkdir()
    for into in (empty, tmp_path / "new"):
        status, said = tool("handout", "cow", "--into", str(into), top=str(top))
        assert status == 1 and "no_such" in said, said
    assert sorted(os.listdir(tmp_path)) == ["empty", "staff"] and not os.listdir(empty)
    shutil.copy2(os.path.join(TOP, "labs/cow/lab.toml"), top / "labs/cow/lab.toml")
    for into in (empty, tmp_path / "deep" / "new"):
        status, said = tool("handout", "cow", "--into", str(into), top=str(top))
        assert status == 0 and (into / "LAB.md").exists() and (into / ".gitignore").exists(), said
        assert not [n for n in os.listdir(into.parent) + os.listdir(into) if n.startswith(".handout")]


def test_zip(tmp_path):
    status, said = tool("handout", "cow", "--zip", str(tmp_path / "cow.zip"))
    assert status == 0 and str(tmp_path / "cow.zip") in said, said
    modes = {x.filename: x.external_attr >> 16 for x in
             zipfile.ZipFile(tmp_path / "cow.zip").infolist()}
    assert "pagoda/LAB.md" in modes and modes["pagoda/grade-lab-cow"] & 0o111


def test_several_labs_in_any_order(tmp_path):
    names = all_labs()
    for i, order in enumerate((names, names[::-1])):
        tree.make_tree(str(tmp_path / str(i)), [Lab(n) for n in order])
    a, b = contents(str(tmp_path / "0")), contents(str(tmp_path / "1"))
    same = {p for p in a if a[p] == b.get(p)}
    assert set(a) == set(b) and set(a) - same <= {"LAB.md", tree.ASSIGNED, tree.SUMS}
    assert set(csource.read(str(tmp_path / "0" / "labs" / "ASSIGNED")).split()) == set(names)


def test_reference_is_the_staffs_version(student):
    folder = student(["cow"], ["cow"])
    assert csource.read(os.path.join(folder, COW)) == csource.read(os.path.join(TOP, COW))
    assert csource.read(os.path.join(folder, "labs/ASSIGNED")) == ""


def test_upgrade_leaves_the_students_files_alone(student):
    folder = student(["cow"])
    append(folder, COW, "/* mine */\n")
    append(folder, "kernel/mm/vm/fault.c", "/* an old version of the staff's */\n")
    status, said = tool("handout", "--upgrade", folder)
    assert status == 0 and "updated kernel/mm/vm/fault.c" in said and "1 files updated" in said, said
    assert "mine" in csource.read(os.path.join(folder, COW))
    assert csource.read(os.path.join(folder, "kernel/mm/vm/fault.c")) == \
        csource.read(os.path.join(TOP, "kernel/mm/vm/fault.c"))


def test_upgrade_keeps_what_the_student_changed(student):
    """Files that are replaced and were not as handed out, those that were his before too."""
    folder = student(["cow"])
    notes = "LAB.md"
    append(folder, notes, "my notes\n")
    append(folder, COW, "/* mine */\n")
    os.unlink(os.path.join(folder, "Makefile"))
    status, said = tool("handout", "--upgrade", folder)
    assert status == 0 and "LAB.md; it had been changed since it was handed out, as it was it is in " \
        "LAB.md.orig" in said and "updated Makefile\n" in said, said
    assert csource.read(os.path.join(folder, "LAB.md.orig")).endswith("my notes\n")
    append(folder, notes, "more\n")
    for words in (["--reference", "cow"], []):		# the second time cow.c is not his any more
        status, said = tool("handout", *words, "--upgrade", folder)
        assert status == 0, said
    for path, text in (("LAB.md.orig", "my notes"), ("LAB.md.orig2", "more"), (COW + ".orig", "mine"),
                       (COW + ".orig2", "mine")):
        assert text in csource.read(os.path.join(folder, path)), path
    assert csource.read(os.path.join(folder, COW)) == csource.read(os.path.join(TOP, COW))
    before = contents(folder)
    status, said = tool("handout", "--upgrade", folder)
    assert status == 0 and "0 files updated" in said and "orig" not in said, said
    assert contents(folder) == before


def test_upgrade_of_a_newer_hand_out_keeps_no_copies(student):
    """A file that only the staff changed."""
    folder = student(["cow"])
    append(folder, "kernel/main.c", "/* as it was then */\n")
    sums = csource.read(os.path.join(folder, tree.SUMS)).replace(
        tree.digest(os.path.join(TOP, "kernel/main.c")), tree.digest(os.path.join(folder, "kernel/main.c")))
    csource.write(os.path.join(folder, tree.SUMS), sums)
    status, said = tool("handout", "--upgrade", folder)
    assert status == 0 and "updated kernel/main.c\n" in said, said
    assert not [p for p in tree.walk_files(folder) if p.endswith(".orig")]
    assert subprocess.run(["sha256sum", "--quiet", "-c", tree.SUMS], cwd=folder, check=False).returncode == 0


def test_a_file_of_the_students_that_is_missing_comes_back(student):
    folder = student(["cow"])
    for words, there in (([], "TODO"), (["--reference", "cow"], "break_reuse")):
        os.unlink(os.path.join(folder, COW))
        status, said = tool("handout", *words, "--upgrade", folder)
        assert status == 0 and "updated " + COW in said and "left alone: none" in said, said
        assert there in csource.read(os.path.join(folder, COW))


# A student's own helpers have the staff's names, and other arguments.
OWN_HELPERS = """
static int share_run(struct vma *v, vaddr_t va);	/* Stra\udcdfe */
static __noinline int break_copy(struct vma *v, pte_t *pte);

static int only_mine(struct vma *v)
{
	return share_run(v, v->start);
}

/* Mine. */
static int share_run(struct vma *v, vaddr_t va)
{
	return va > v->end ? only_mine(v) : break_copy(v, NULL);
}

static __noinline int break_copy(struct vma *v, pte_t *pte) { return v != NULL && pte != NULL; }

int mine_too(struct vma *v);
int mine_too(struct vma *v) { return v != NULL; }

"""


def test_the_staffs_version_in_a_students_file_compiles(student, cache):
    folder = student(["cow"])
    text = csource.read(os.path.join(folder, COW)).replace("int cow_copy_area(", OWN_HELPERS +
                                                           "int cow_copy_area(", 1)
    csource.write(os.path.join(folder, COW), text.replace(
        "\tif (pte_special(seen))\n", "\tif (share_run(v, va) < 0)\n\t\treturn -ENOMEM;\n\tif (pte_special(seen))\n"))
    cache.seed(folder)

    def compiles():
        done = subprocess.run(["make", "-C", folder, "build/" + COW[:-1] + "o"], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0 and "warning" not in done.stdout, done.stdout
    compiles()
    status, said = tool("handout", "--reference", "cow", "--upgrade", folder)
    assert status == 0 and "Traceback" not in said, said
    compiles()
    text = csource.read(os.path.join(folder, COW))
    assert "only_mine" not in text and "Mine." not in text and "mine_too" in text and "\udcdf" in text
    for name in Lab("cow").functions[COW] + Lab("cow").helpers[COW]:
        assert csource.definition(os.path.join(folder, COW), name) == \
            csource.definition(os.path.join(TOP, COW), name)


@pytest.mark.parametrize("lab", all_labs())
def test_the_staffs_version_in_an_untouched_hand_out_is_the_staffs(student, lab):
    folder = student([lab])
    Lab(lab).give_reference(folder)
    for path in Lab(lab).files:
        a, b = (csource.token_list(csource.read(os.path.join(x, path))) for x in (folder, TOP))
        assert a == b, path


@pytest.mark.parametrize("path", ["Makefile", "user/lib", COW, "labs/ASSIGNED"])
def test_upgrade_does_not_follow_links(student, tmp_path, path):
    folder, outside = student(["cow"]), tmp_path / "outside"
    os.rename(os.path.join(folder, path), outside)
    os.symlink(outside, os.path.join(folder, path))
    append(folder, "kernel/main.c", "/* old */\n")
    before = contents(str(tmp_path))
    for words in ([], ["--reference", "cow"]):
        status, said = tool("handout", *words, "--upgrade", folder)
        assert status == 1 and "is a link" in said, said
    assert contents(str(tmp_path)) == before


def test_upgrade_names_what_is_no_longer_handed_out(student):
    folder = student(["cow"])
    append(folder, "kernel/mm/gone.c", "int gone;\n")
    status, said = tool("handout", "--upgrade", folder)
    assert status == 0 and "not in the hand-out any more, or added: kernel/mm/gone.c" in said, said


def test_upgrade_with_reference_gives_the_functions_only(student):
    folder = student(["cow"])
    append(folder, COW, "/* mine */\n")
    status, said = tool("handout", "--reference", "cow", "--upgrade", folder)
    assert status == 0, said
    text = csource.read(os.path.join(folder, COW))
    assert "mine" in text
    for name in ("cow_copy_area", "cow_break", "break_reuse"):
        assert csource.body_of(os.path.join(folder, COW), name) == \
            csource.body_of(os.path.join(TOP, COW), name)
    assert csource.read(os.path.join(folder, "labs/ASSIGNED")) == ""


def test_upgrade_with_another_lab(student):
    folder = student(["cow"])
    append(folder, COW, "/* mine */\n")
    status, said = tool("handout", "lazy", "--upgrade", folder)
    assert status == 0, said
    assert csource.read(os.path.join(folder, "labs/ASSIGNED")).split() == ["cow", "lazy"]
    assert "mine" in csource.read(os.path.join(folder, COW))
    assert os.access(os.path.join(folder, "grade-lab-lazy"), os.X_OK)
    lazy = Lab("lazy")
    for file, names in lazy.functions.items():
        bodies, _ = lazy.starter(file)
        for name in names:
            assert csource.body_of(os.path.join(folder, file), name) == bodies[name]


# --- grading ---

def test_grade_takes_only_the_labs_files_and_tells(student, cache, tmp_path):
    folder = student(["cow"], ["cow"])
    append(folder, "Makefile", "\nall:\n\tfalse\n")
    append(folder, "labs/cow/public.py", "raise SystemExit('Score: 100/100')\n")
    append(folder, "kernel/mm/extra.c", "this is not C\n")
    os.unlink(os.path.join(folder, "kernel/main.c"))
    status, said, result, scope, junit = grade(folder, cache, tmp_path, "isolation", "one_copy")
    assert status == 0 and said.endswith("Score: 25/25\n"), said
    assert len(result["notes"]) == 4, said
    for path in ("Makefile", "labs/cow/public.py", "kernel/mm/extra.c", "kernel/main.c"):
        assert path in scope["output"]
    assert [t["score"] for t in scope["tests"]] == [10, 15] == \
        [t["max_score"] for t in scope["tests"]]
    assert scope["score"] == 25 and scope["execution_time"] >= 0
    assert {t["visibility"] for t in scope["tests"]} == {"visible"}
    assert {t["status"] for t in scope["tests"]} == {"passed"}
    assert junit.get("failures") == "0" and len(junit.findall("testcase")) == 2


def test_the_labs_files_alone_are_enough(student, tmp_path):
    folder, alone = student(["cow"], ["cow"]), str(tmp_path / "alone")
    os.makedirs(os.path.dirname(os.path.join(alone, COW)))
    os.rename(os.path.join(folder, COW), os.path.join(alone, COW))
    pristine = student_copy(tmp_path)
    notes, unfit = tree.overlay(pristine, alone, [Lab("cow")])
    assert not unfit and len(notes) == 1
    assert csource.read(os.path.join(pristine, COW)) == csource.read(os.path.join(TOP, COW))


def test_grade_of_what_does_not_build(student, cache, tmp_path):
    folder = student(["cow"])
    append(folder, COW, "int cow_broken = forgotten_name;\n")
    status, said, result, scope, junit = grade(folder, cache, tmp_path)
    assert status == 2 and said.endswith("Score: 0/100\n")
    assert "forgotten_name" in scope["output"] and "cow.c" in result["build_error"]
    assert scope["score"] == 0 and sum(t["max_score"] for t in scope["tests"]) == 100
    assert all(t["status"] == "failed" and "not build" in t["output"] for t in scope["tests"])
    hidden = [t for t in scope["tests"] if t["visibility"] == "after_due_date"]
    assert len(hidden) == len([t for t in grading.load_tests("cow") if t.hidden]) > 0
    assert "forgotten_name" in junit.find("testcase/error").text


# Each brings in, or has a message quote, the file SECRET.
REACHING = {
    "include": '#include "SECRET"', "digraph": '%:include "SECRET"',
    "second on its line": '/* #include <a> */ #include "SECRET"',
    "by macro": '#define X "SECRET"\n#include X', "upwards": '#include "../secret"',
    "as a system header": '#pragma GCC system_header\n#include "SECRET"',
    "incbin": '__asm__(".incbin \\"SECRET\\"");', "joined": '__asm__(".inc" "bin \\"SECRET\\"");',
    "assembler's macro": '__asm__(".macro m a b\\n.\\\\a\\\\()\\\\b \\"SECRET\\"\\n.endm\\nm inc bin");',
    "section": 'int v __attribute__((section("x\\n.incbin \\"SECRET\\"\\n.section y")));',
    "assembler's include": '__asm__(".include \\"SECRET\\"");',
    "name of a line": '#line 1 "SECRET"\nint x = y;',
}


@pytest.mark.parametrize("how", list(REACHING))
def test_what_a_source_reads_outside_the_tree_is_seen(tmp_path, how):
    """Either it is found out, or no word of it is in the messages."""
    secret, folder = tmp_path / "secret", tmp_path / "tree"
    secret.write_text("the_hidden_word\n")
    (folder / "build").mkdir(parents=True)
    (folder / "x.c").write_text(REACHING[how].replace("SECRET", str(secret)) + "\n")
    compiler = watched.tools() + "gcc"
    env = watched.environment(watched.tools(), str(tmp_path / "bin"))
    done = subprocess.run([compiler, "-MMD", "-MP", "-c", "x.c", "-o", "build/x.o"], cwd=folder, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    found = [os.path.realpath(folder / path) for path, _ in watched.read_outside(str(folder), compiler)]
    assert found == [str(secret)] or (done.returncode != 0 and "hidden_word" not in done.stdout), done.stdout
    if how in ("incbin", "joined", "assembler's macro", "section"):
        assert done.returncode == 0, done.stdout


# A file is quoted word by word, and what is there while the compiler runs for the first time, but
# not when it is asked again what it has read, decides whether the file is included.
QUOTING = {
    "the assembly": '#if __has_include("build/x.watched.s")', "an open file": '#if __has_include("/proc/self/fd/3")',
    "always": "#if 1", "a forged list": "#if 1\n#define FORGED",
}


def watched_compile(tmp_path, text):
    """=> (status, what was said, what the lists have from outside the tree)"""
    (tmp_path / "tree" / "build").mkdir(parents=True)
    (tmp_path / "tree" / "x.c").write_text(text)
    compiler = watched.tools() + "gcc"
    env = watched.environment(watched.tools(), str(tmp_path / "bin"))
    done = subprocess.run([compiler, "-MMD", "-MP", "-c", "x.c", "-o", "build/x.o"], cwd=tmp_path / "tree",
                          env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout, [path for path, _ in watched.read_outside(str(tmp_path / "tree"), compiler)]


@pytest.mark.parametrize("how", list(QUOTING))
def test_a_compiler_that_dies_of_a_missing_header_tells_what_it_read(tmp_path, how):
    secret = tmp_path / "secret"
    secret.write_text("for (the_hidden_word);\n")
    status, said, outside = watched_compile(tmp_path, QUOTING[how] + """
#define STR(...) _Static_assert(0, #__VA_ARGS__)
#ifdef FORGED
#define S(...) #__VA_ARGS__
#define DO(x) _Pragma(#x)
#define SAY(s) DO(GCC error s)
#define for(...) SAY(S(\\n. __VA_ARGS__))
#else
#define for(...) STR(for(__VA_ARGS__))
#endif
#include "%s"
#include "no/such/header.h"
#endif
int x;
""" % secret)
    assert "hidden_word" not in " ".join(outside)
    if status == 0:			# it was not included
        assert "hidden_word" not in said
    else:
        assert outside == [str(secret)], said
        assert "hidden_word" not in said or how != "a forged list"


def test_a_missing_header_of_ones_own_is_told(tmp_path):
    status, said, outside = watched_compile(tmp_path, '#include <stddef.h>\nint x = y;\n#include "my/heder.h"\n')
    assert status != 0 and not outside
    assert said.splitlines() == ["x.c:2:9: error: 'y' undeclared here (not in a function)",
                                 "x.c:3:10: fatal error: my/heder.h: No such file or directory",
                                 "compilation terminated."]


@pytest.mark.parametrize("how", ['__has_include("../../../build/kernel/mm/vm/cow.watched.s")',
                                 '__has_include("/proc/self/fd/3")'])
def test_the_compilers_words_quote_no_other_file(student, cache, tmp_path, how):
    folder = student(["cow"])
    text = csource.read(os.path.join(folder, COW))
    csource.write(os.path.join(folder, COW), "#if %s\n#define STR(...) _Static_assert(0, #__VA_ARGS__);\n"
                  '#include "mm/vm/vma.h"\n#define while(...) STR(while(__VA_ARGS__))\n'
                  '#include "%s"\n#include "no/such/header.h"\n#endif\n' % (how, os.path.join(TOP, COW)) + text)
    _, said, result, scope, _ = grade(folder, cache, tmp_path, "isolation")
    for quoted in (said, json.dumps(result), json.dumps(scope)):
        assert "static assertion" not in quoted and "pt_next" not in quoted, said
    assert scope["score"] == 0 and "reads %s, which" % os.path.join(TOP, COW) in result["build_error"], said


@pytest.mark.parametrize("name", ['inj\\";.incbin/**/\\"/etc/hostname', "a b", "x\n0000000000000000 T main"])
def test_a_name_that_is_more_than_a_name_is_refused(tmp_path, name):
    """The symbol table becomes assembly, and tells the grader where the kernel's objects are."""
    def tell(text):
        (tmp_path / "x.s").write_text('.text\n.globl "%s"\n"%s":\n nop\n' % (text, text))
        subprocess.run([watched.tools() + "gcc", "-c", "x.s", "-o", "x.o"], cwd=tmp_path, check=True)
        listed = subprocess.run([watched.tools() + "nm", "-n", "x.o"], cwd=tmp_path, check=True,
                                capture_output=True).stdout
        return subprocess.run(["sh", os.path.join(TOP, "scripts", "gen-ksyms.sh")], input=listed, check=False,
                              capture_output=True)
    assert tell("main.part.0").returncode == 0
    assert ("main.part.0", 0, True) in elf_symbols(str(tmp_path / "x.o"))
    done = tell(name)
    assert "\n" in name or (done.returncode == 1 and b"not the name of a symbol" in done.stderr)
    with pytest.raises(ValueError, match="a symbol that no C has"):
        elf_symbols(str(tmp_path / "x.o"))


def test_a_source_that_reads_other_files_is_refused(student, cache, tmp_path):
    folder = student(["cow"])
    append(folder, COW, '%%:include "%s"\n' % os.path.join(TOP, COW))
    status, said, result, scope, _ = grade(folder, cache, tmp_path)
    assert status == 2 and scope["score"] == 0
    assert result["build_error"].endswith("reads %s, which is not a source of the tree\n" % os.path.join(TOP, COW))
    assert "redefinition" not in said


# In the place of the student's kernel runs one that lies in build/.
OTHER_KERNEL = r'''
__asm__(".section .head.text,\"ax\"\n la t3, thief_go\n jr t3\n"
	".section .data.zz,\"aw\"\n .balign 4096\n"
	"thief_from: .incbin \"build/kernel.bin\"\n .balign 8\n thief_to:\n"
	"thief_go: la t0, thief_from\n la t1, thief_to\n li t2, 0x80200000\n"
	"1: ld t3, 0(t0)\n sd t3, 0(t2)\n addi t0, t0, 8\n addi t2, t2, 8\n bltu t0, t1, 1b\n"
	"fence.i\n li t2, 0x80200000\n jr t2\n .text\n");
'''
# What is there only when make has run once, and a file that is newer each time.
FIRST_TIME = '#if !__has_include("../../../build/public/fs.img")\n%s\n#include "../../../build/.lock"\n'
STAFFS = {
    "kernel that was built before": "%(starter)s" + OTHER_KERNEL,
    "source in the first make": FIRST_TIME % '#include "%(top)s/kernel/mm/vm/cow.c"' +
    "#else\n%(starter)s" + OTHER_KERNEL + "#endif\n",
    "hidden tests in the first make": FIRST_TIME %
    '__asm__(".section .rodata\\n.incbin \\"%(top)s/labs/cow/hidden.py\\"\\n.previous");' +
    "#endif\n%(starter)s",
}


@pytest.mark.parametrize("what", list(STAFFS))
def test_nothing_of_the_staffs_comes_in_by_way_of_build(student, cache, tmp_path, what):
    folder = student(["cow"])
    text = STAFFS[what]
    for name, value in (("starter", csource.read(os.path.join(folder, COW))), ("top", TOP)):
        text = text.replace("%%(%s)s" % name, value)
    with open(os.path.join(folder, COW), "w", encoding="utf-8") as f:
        f.write(text)
    status, said, result, _, _ = grade(folder, cache, tmp_path, "isolation", "same_frames")
    assert status == 2 and result["score"] == 0, said
    assert "is not a source of the tree" in said or "its assembly is wrong" in said, said


def test_objects_to_begin_with_have_nothing_of_the_labs(student, cache):
    folder = student(["cow"])
    cache.seed(folder)
    there = {os.path.relpath(os.path.join(d, n), folder) for d, _, names in
             os.walk(os.path.join(folder, "build")) for n in names}
    assert "build/kernel/mm/vm/anon.o" in there and "build/user/bin/cowlab" in there
    assert not [f for f in there if f.startswith((COW[:-1], "build/" + COW[:-1])) or f in (
        "build/kernel.bin", "build/kernel.elf", "build/fs.img") or "cowlab_more" in f]


def test_a_compiler_that_nobody_watches(student, monkeypatch, tmp_path):
    folder = student(["cow"])
    with pytest.raises(grading.BuildFailed, match="cow.c was compiled and nobody saw how"):
        watched.vouch(folder, watched.students_files(folder))
    # One with a path of its own is found all the same, and CC=clang is not asked.
    compiler = shutil.which(watched.tools() + "gcc")
    monkeypatch.setenv("CROSS", compiler[:-3])
    monkeypatch.setenv("CC", "clang")
    env = watched.environment(watched.tools(), str(tmp_path / "bin"))
    done = subprocess.run(["make", "-C", folder, "build/" + COW[:-1] + "o"], env=env, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    watched.vouch(folder, watched.students_files(folder))


def test_a_zipped_folder_is_found(student, tmp_path):
    student(["cow"])			# tmp_path/student
    assert tree.top_of(str(tmp_path), Lab("cow")) == str(tmp_path / "student")
    assert tree.top_of(str(tmp_path / "student"), Lab("cow")) == str(tmp_path / "student")
    shutil.copytree(tmp_path / "student" / "kernel", tmp_path / "other" / "kernel")
    assert tree.top_of(str(tmp_path), Lab("cow")) == str(tmp_path)


def test_a_grader_builds_what_the_student_has(student, cache, tmp_path):
    """A reference that is built while the student's tree is made does not end up in it."""
    built = os.path.join(cache.reference, "build", COW[:-2] + ".o")
    if os.path.exists(built):		# it is not, after a run of this test alone
        os.unlink(built)
    status, said, _, scope, _ = grade(student(["cow"]), cache, tmp_path, "same_frames")
    assert status == 1 and scope["score"] == 0, said


def test_public_tests_have_no_hidden_programs(student, cache, tmp_path):
    """What a kernel says in a public test the student sees at once."""
    kept = tmp_path / "kept"
    status, said, _, _, _ = grade(student(["cow"], ["cow"]), cache, tmp_path, "isolation", "counts",
                                  "--keep", str(kept))
    assert status == 0, said
    assert b"cowlab_more" in (kept / "build" / "fs.img").read_bytes()
    public = (kept / "build" / "public" / "fs.img").read_bytes()
    assert b"cowlab_more" not in public and b"cowlab" in public


def test_odd_files_do_not_end_the_grading(student, cache, tmp_path):
    """Names that are no UTF-8, or two lines, are told of; a file without end is not read."""
    folder = student(["cow"], ["cow"])
    for name in (b"kernel/\xfcbung.c", b"kernel/a\nScore: 100.c"):
        with open(os.path.join(os.fsencode(folder), name), "wb") as f:
            f.write(b"\0")
    os.mkfifo(os.path.join(folder, "labs", "pipe"))
    status, said, result, scope, _ = grade(folder, cache, tmp_path, "isolation")
    assert status == 0 and len(result["notes"]) == 2, said
    assert "\nScore: 100.c" not in scope["output"] and "a?Score: 100.c" in scope["output"]
    os.truncate(os.path.join(folder, COW), 1 << 40)
    status, said, result, _, _ = grade(folder, cache, tmp_path, "isolation")
    assert status == 2 and "more than" in result["build_error"], said


def test_a_tree_that_cannot_be_read_is_told_and_has_results(cache, tmp_path):
    status, _, result, scope, _ = grade(str(tmp_path / "nowhere"), cache, tmp_path)
    assert status == 2 and "nowhere: no such folder" in result["build_error"]
    assert len(scope["tests"]) == len(grading.load_tests("cow"))
    (tmp_path / "kept").write_text("a file, not a folder")
    status, said, result, _, _ = grade(str(tmp_path), cache, tmp_path, "--keep", str(tmp_path / "kept"))
    assert status == 2 and "cannot be graded" in result["build_error"] and "Traceback" not in said


def test_a_file_at_the_wrong_place_is_told(cache, tmp_path):
    (tmp_path / "flat").mkdir()
    shutil.copy2(os.path.join(TOP, COW), tmp_path / "flat" / "cow.c")
    status, _, result, _, _ = grade(str(tmp_path / "flat"), cache, tmp_path)
    assert status == 2 and "there is a cow.c at the top" in result["build_error"]


def test_results_that_cannot_be_written(student, tmp_path):
    status, said = tool("grade", "cow", student(["cow"]), "--json", str(tmp_path / "no" / "json"))
    assert status == 2 and "no such folder" in said and "building" not in said, said
    (tmp_path / "json").mkdir()
    status, said = tool("grade", "cow", str(tmp_path / "nowhere"), "--json", str(tmp_path / "json"))
    assert status == 2 and "results are not written" in said and "Traceback" not in said, said


def test_grading_has_an_end(student, cache, tmp_path):
    """--seconds, against a kernel that stands still in every test."""
    folder = student(["cow"], ["cow"])
    csource.edit(os.path.join(folder, COW), {"cow_copy_area": "{\n\tfor (;;)\n\t\t__asm__ volatile(\"\" "
                                             ":: \"r\"(child), \"r\"(v), \"r\"(changed));\n}"},
                 Lab("cow").helpers[COW][:1])
    begin = time.monotonic()
    status, said, result, scope, _ = grade(folder, cache, tmp_path, "--seconds", "25")
    assert status == 2 and time.monotonic() - begin < 60, said
    assert scope["score"] == 0 and "stopped before its end" in scope["output"]
    assert not result["build_error"] and "not run" in scope["tests"][-1]["output"]


def test_a_source_cannot_fill_the_disk(student, cache, tmp_path):
    folder = student(["cow"], ["cow"])
    append(folder, COW, "char cow_huge[1UL << 38] = { 1 };\n")
    status, said, _, scope, _ = grade(folder, cache, tmp_path)
    assert status == 2 and scope["score"] == 0 and len(said) < 10000, said


class StatusAlone(grading.Run):
    """What a kernel shows that does nothing but go to the program's last stop, with 0."""

    def __init__(self):
        super().__init__(1)
        self.status = 0


@pytest.mark.parametrize("lab", all_labs())
def test_a_status_alone_earns_nothing(lab, cache):
    machine = grading.Machine(lab, cache.reference, True)
    machine.run = lambda command, on_stop=None, **settings: StatusAlone()
    for test in grading.load_tests(lab):
        with pytest.raises((grading.Failed, AttributeError, KeyError, IndexError)):
            test.fn(machine)


def test_what_a_console_says_is_cut(tmp_path):
    """Results have no control characters and no lines without end, whatever a kernel prints."""
    report = Report("cow", "t", grading.load_tests("cow"))
    report.rows[0].failed("x", "\0\x1b[2J\ud800\uffff" + "a" * 1000000, "")
    report.write(str(tmp_path / "json"), str(tmp_path / "junit"), str(tmp_path / "scope"))
    assert (tmp_path / "scope").stat().st_size < 100000
    assert json.loads((tmp_path / "scope").read_text())["tests"][0]["output"].count("?") >= 4
    xml.etree.ElementTree.parse(tmp_path / "junit")


def student_copy(tmp_path):
    folder = str(tmp_path / "pristine")
    tree.make_tree(folder, [Lab("cow")])
    return folder


def test_a_link_is_not_followed(student, tmp_path):
    folder = student(["cow"])
    os.unlink(os.path.join(folder, COW))
    os.symlink("/etc/passwd", os.path.join(folder, COW))
    _, unfit = tree.overlay(student_copy(tmp_path), folder, [Lab("cow")])
    assert len(unfit) == 1 and COW in unfit[0]


def children(pid):
    """The processes that pid has started and not ended."""
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as f:
        return [int(x) for x in f.read().split()]


def runs(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_grade_that_is_killed_leaves_its_results(student, cache, tmp_path, how):
    folder, results = student(["cow"], ["cow"]), tmp_path / "results"
    grader = subprocess.Popen([sys.executable, os.path.join(TOP, "labs", "grade"), "cow", folder,
                               "--cache", cache.folder, "--gradescope", str(results)],
                              stdout=subprocess.PIPE, text=True)
    for line in grader.stdout:
        if line.startswith("ok"):
            break
    machines = children(grader.pid)
    grader.send_signal(how)
    grader.communicate()
    for _ in range(50):
        if not any(runs(pid) for pid in machines):
            break
        time.sleep(0.1)
    else:
        pytest.fail("a machine outlives its grader: %s" % machines)
    scope = json.loads(results.read_text())
    assert 0 < scope["score"] < 100 and sum(t["max_score"] for t in scope["tests"]) == 100
    assert scope["tests"][0]["status"] == "passed"
    assert "not run: the grading was stopped" in scope["tests"][-1]["output"]
    if how == signal.SIGTERM:
        assert grader.returncode == 2 and "stopped" in scope["output"]


def test_a_kernel_that_stands_still_says_where(cache, tmp_path):
    work = str(tmp_path / "work")
    cache.renew(work)
    csource.edit(os.path.join(work, COW), {"cow_break": "{\n\tfor (;;)\n\t\t"
                                           "__asm__ volatile(\"\" :: \"r\"(v), \"r\"(va), \"r\"(pte), "
                                           "\"r\"(seen.v));\n}"})
    assert subprocess.run(["make", "-s", "-C", work, "kernel"], check=False).returncode == 0
    machine = grading.Machine("cow", work, image=os.path.join(cache.reference, "build"),
                              host_seconds=15)
    with pytest.raises(grading.Failed, match=r"no end after .* time; it was in cow_break\(\) at 0x[0-9a-f]+ "
                       r"\(the kernel did not come to its shell\)"):
        machine.run("cowlab isolation", timeout=100000).need_status()
    assert machine.dead		# the next run is not waited for as long


def test_a_kernel_that_spins_at_boot_says_where(cache, tmp_path):
    """With interrupts on, so that its own clock ends it.  The tests after it do not wait for that."""
    work = str(tmp_path / "work")
    cache.renew(work)
    append(work, COW, '#include "lib/late_init.h"\nstatic void spin_here(void)\n{\n\tfor (;;)\n\t\t'
           '__asm__ volatile("");\n}\nLATE_INIT(spin_here);\n')
    assert subprocess.run(["make", "-s", "-C", work, "kernel"], check=False).returncode == 0
    machine = grading.Machine("cow", work, image=os.path.join(cache.reference, "build"))
    with pytest.raises(grading.Failed, match=r"no end after 1 s of guest time; it was in spin_here\(\) at "
                       r"0x[0-9a-f]+ \(the kernel did not come to its shell\)"):
        machine.run("cowlab isolation", timeout=1).need_status()
    assert machine.dead
    begin = time.monotonic()
    with pytest.raises(grading.Failed, match=r"it was in spin_here\(\)"):
        machine.run("cowlab isolation", timeout=100000).need_status()
    assert time.monotonic() - begin < 40


def test_students_grade(student, cache):
    """make grade and ./grade-lab-cow: a line a test, what to do about it, the score last."""
    folder = student(["cow"])
    cache.seed(folder)
    before = contents(folder)
    done = subprocess.run(["make", "-C", folder, "--no-print-directory", "grade"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    public = [t for t in grading.load_tests("cow") if not t.hidden]
    rows = [x for x in done.stdout.splitlines() if x.startswith(("ok ", "FAIL "))]
    assert [x.split()[2].rstrip(":") for x in rows] == [t.name for t in public]
    last = [x for x in done.stdout.splitlines() if x.startswith("Score: ")]
    assert last and last[-1].endswith("/%d" % sum(t.points for t in public)), done.stdout
    for word in ("expected:", "seen:", "read:", "./grade-lab-cow same_frames", "make run ICOUNT=1"):
        assert word in done.stdout
    assert done.returncode != 0
    one = subprocess.run([os.path.join(folder, "grade-lab-cow"), "isol"], check=False, text=True,
                         capture_output=True, cwd="/")
    assert one.returncode == 0 and one.stdout.splitlines()[-1] == "Score: 10/10", one.stdout
    assert contents(folder) == before


def test_two_gradings_of_one_tree(student, cache):
    """One builds, the other waits."""
    folder = student(["cow"])
    cache.seed(folder)
    os.unlink(os.path.join(folder, "build", "user", "lib", "libc.a"))
    both = [subprocess.Popen([os.path.join(folder, "grade-lab-cow"), "isolation"], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    for said in [grader.communicate()[0] for grader in both]:
        assert said.endswith("Score: 10/10\n"), said


def test_grade_names_what_is_wrong_with_its_arguments(tmp_path):
    assert tool("grade", "nosuch", str(tmp_path))[0] == 2
    status, said = tool("grade", "cow", str(tmp_path), "nosuchtest")
    assert status == 2 and "nosuchtest" in said
    status, said = tool("test", "cow", "--mutant", "nosuch")
    assert status == 1 and "nosuch" in said
