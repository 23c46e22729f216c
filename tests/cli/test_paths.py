"""`stagelock paths`: a JSON line a path, and an exit code that a script can use."""

from __future__ import annotations

import json
import os

import pytest

from tests.cli.running import stagelock

FILE = """version: 1
warehouses:
  web: {paths: [apps/web/], paths-ignore: ["**/*.md"]}
  all:
stages:
  dev: {freight: web, path: stages/dev}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "stagelock.yaml").write_text(FILE)
    return tmp_path


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def lint(folder, name):
    return stagelock("lint", name, cwd=folder).stdout.decode().splitlines()


def test_each_path_has_its_line_and_one_that_fires_is_enough(folder):
    done = stagelock("paths", "web", "apps/web/a.md", "apps/web/a.py", "x", cwd=folder)
    assert done.returncode == 0
    assert lines(done) == [
        {"path": "apps/web/a.md", "fires": False, "rule": "paths-ignore: **/*.md"},
        {"path": "apps/web/a.py", "fires": True, "rule": "paths: apps/web/"},
        {"path": "x", "fires": False, "rule": None},
    ]


def test_paths_that_do_not_fire_exit_with_1(folder):
    done = stagelock("paths", "all", "stages/dev/web/x", cwd=folder)
    assert done.returncode == 1
    assert lines(done) == [
        {"path": "stages/dev/web/x", "fires": False, "rule": "outputs of stage dev"}
    ]


def test_standard_input_is_read_by_lines(folder):
    done = stagelock("paths", "web", "-", cwd=folder, stdin=b"a b\napps/web/x\n")
    assert [line["path"] for line in lines(done)] == ["a b", "apps/web/x"]
    assert done.returncode == 0


def test_standard_input_is_read_by_nuls_where_it_holds_one(folder):
    """As `git diff --name-only -z` writes it: names with newlines arrive whole."""
    done = stagelock("paths", "web", "-", cwd=folder, stdin=b"apps/web/new\nline\0b\0")
    assert [line["path"] for line in lines(done)] == ["apps/web/new\nline", "b"]
    assert len(done.stdout.splitlines()) == 2


def test_no_paths_on_standard_input_do_not_fire(folder):
    done = stagelock("paths", "web", "-", cwd=folder)
    assert (done.returncode, done.stdout) == (1, b"")


def test_two_dashes_end_the_options(folder):
    done = stagelock("paths", "all", "--", "--file", cwd=folder)
    assert done.returncode == 0
    assert lines(done) == [{"path": "--file", "fires": True, "rule": None}]


def test_a_path_that_is_no_utf_8_is_matched_and_printed_escaped(folder):
    done = stagelock("paths", "web", "-", cwd=folder, stdin=b"apps/web/\xff.py\n")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert os.fsencode(lines(done)[0]["path"]) == b"apps/web/\xff.py"
    given = stagelock("paths", "web", b"apps/web/\xff.py", cwd=folder)
    assert given.stdout == done.stdout


def test_an_unknown_warehouse_is_a_usage_error_that_names_the_known_ones(folder):
    done = stagelock("paths", "wbe", "x", cwd=folder)
    assert done.returncode == 2
    assert done.stderr == b"stagelock paths: there is no warehouse wbe: did you mean `web`?\n"


def test_an_invalid_file_is_a_usage_error_with_its_problems(folder):
    (folder / "bad.yaml").write_text(FILE.replace("paths:", "pats:") + "  qa: {freght: web}\n")
    done = stagelock("paths", "web", "--file", "bad.yaml", "x", cwd=folder)
    assert done.returncode == 2
    first, *problems = done.stderr.decode().splitlines()
    assert first == "stagelock paths: bad.yaml is invalid:"
    assert len(problems) > 1
    assert problems == lint(folder, "bad.yaml")


def test_a_missing_file_is_a_usage_error(tmp_path):
    done = stagelock("paths", "web", "x", cwd=tmp_path)
    assert done.returncode == 2
    assert b"there is no file stagelock.yaml" in done.stderr
