# SPDX-License-Identifier: MIT
"""The labs' hand-outs: made from the tree, without the solution, gradable."""
import os
import subprocess
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "labs"))

from lablib import csource, tree                    # noqa: E402
from lablib.manifest import Lab, LabError, all_labs  # noqa: E402


@pytest.fixture(scope="module", params=all_labs())
def handout(request, tmp_path_factory):
    lab = Lab(request.param)
    folder = str(tmp_path_factory.mktemp(lab.name) / "tree")
    tree.make_tree(folder, [lab])
    return lab, folder


def test_every_manifest_fits_the_tree():
    done = subprocess.run([sys.executable, os.path.join(TOP, "labs", "handout"), "--check"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_solution_is_not_handed_out(handout):
    lab, folder = handout
    for file in lab.files:
        text = csource.token_list(csource.read(os.path.join(folder, file)))
        names = lab.functions.get(file, []) + lab.helpers.get(file, [])
        for name in names:
            body = csource.token_list(csource.body_of(os.path.join(TOP, file), name))
            joined, wanted = " ".join(text), " ".join(body)
            assert wanted not in joined, f"{file}: {name} is the solution's"
        for name in lab.helpers.get(file, []):
            assert name not in csource.functions(os.path.join(folder, file))


def test_secrets_stay(handout):
    _, folder = handout
    for path in tree.tracked_files(folder):
        assert "/mutants/" not in path and "/starter/" not in path and "hidden" not in path


def test_starter_compiles_without_a_warning(handout):
    lab, folder = handout
    for file in lab.files:
        obj = "build/" + file[:-2] + ".o"
        done = subprocess.run(["make", "-s", "-C", folder, obj], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0 and "warning" not in done.stderr, done.stdout + done.stderr


def test_a_name_that_is_gone_names_the_lab(tmp_path):
    lab = Lab(all_labs()[0])
    file = next(iter(lab.functions))
    lab.functions[file] = lab.functions[file] + ["no_such_function"]
    with pytest.raises(LabError, match=lab.name):
        tree.make_tree(str(tmp_path / "t"), [lab])


def test_overlay_takes_only_the_students_files(handout, tmp_path):
    lab, folder = handout
    student = str(tmp_path / "student")
    tree.make_tree(student, [lab])
    own, protected = os.path.join(student, lab.files[0]), os.path.join(student, "Makefile")
    for path in (own, protected):
        with open(path, "a", encoding="utf-8") as f:
            f.write("\n/* mine */\n")
    pristine = str(tmp_path / "pristine")
    tree.make_tree(pristine, [lab])
    assert tree.overlay(pristine, student, [lab]) == ["Makefile"]
    assert "mine" in csource.read(os.path.join(pristine, lab.files[0]))
    assert "mine" not in csource.read(os.path.join(pristine, "Makefile"))
