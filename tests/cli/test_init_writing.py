"""`stagelock init`: where the file goes, what is left alone, and what is said of it."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from app.__main__ import main
from tests.adapters.git.origin import Origin
from tests.cli.cloned import OVERLAYS, checked


def test_it_says_what_comes_next_and_commits_nothing(clone, capsys):
    shop = clone(OVERLAYS)
    before = shop.bare.git("for-each-ref")

    assert shop.init() == 0

    said = capsys.readouterr().out
    for words in ("git switch -c", "pull request", "stagelock / config", "stagelock / plan"):
        assert words in said
    assert shop.bare.git("for-each-ref") == before


def test_from_a_folder_below_it_says_where_it_wrote(clone, capsys, monkeypatch):
    """The commands that come next are for the top of the work tree."""
    shop = clone(OVERLAYS)
    below = shop.path / "docs"
    below.mkdir()
    monkeypatch.chdir(below)

    assert main(["init"]) == 0

    said = capsys.readouterr().out
    assert shop.file.exists()
    assert "Wrote ../stagelock.yaml" in said
    assert "  cd ..\n" in said
    assert said.index("  cd ..") < said.index("  git switch")

    monkeypatch.chdir(shop.path)
    assert main(["init", "--force"]) == 0
    assert "Wrote stagelock.yaml.\n" in (again := capsys.readouterr().out)
    assert "cd " not in again


def test_a_file_that_is_there_is_not_overwritten(clone, capsys):
    shop = clone(OVERLAYS)
    shop.file.write_text("mine")

    assert shop.init() == 1
    assert shop.file.read_text() == "mine"
    assert "--force" in capsys.readouterr().err

    assert shop.init("--force") == 0
    assert shop.pipeline()


def test_with_print_nothing_is_written_and_the_file_alone_goes_to_standard_output(clone, capsys):
    shop = clone(OVERLAYS)

    assert shop.init("--print") == 0

    assert not shop.file.exists()
    said = capsys.readouterr()
    assert checked(said.out.encode())
    assert "/promote prod" in said.err


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_link_in_the_files_place_is_not_followed(clone, tmp_path, force, capsys):
    shop = clone(OVERLAYS)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    shop.file.symlink_to(elsewhere)

    assert shop.init(*force) != 0
    assert elsewhere.read_text() == "mine"


def test_a_folder_in_the_files_place_is_said(clone, capsys):
    shop = clone(OVERLAYS)
    shop.file.mkdir()

    assert shop.init("--force") == 2
    assert "folder" in capsys.readouterr().err


def test_on_request_it_is_committed_on_a_new_branch_and_nothing_else_moves(clone, capsys):
    shop = clone(OVERLAYS)
    head = shop.bare.tip()

    assert shop.init("--branch", "describe-stages") == 0

    made = shop.bare.tip("describe-stages")
    assert shop.bare.git("rev-list", "--parents", "-1", made).split() == [made, head]
    assert shop.bare.git("diff-tree", "--name-only", "-r", head, made) == "stagelock.yaml"
    assert shop.bare.git("log", "-1", "--format=%an <%ae>", made) == "Ada <ada@example.org>"
    assert checked(shop.bare.files(made)["stagelock.yaml"].encode() + b"\n")
    assert shop.bare.tip() == head
    assert not shop.file.exists()
    assert "describe-stages" in capsys.readouterr().out


@pytest.mark.parametrize("branch", ["main", "a..b", "-x", "stagelock/dev"])
def test_a_branch_that_is_there_or_can_be_none_is_refused(clone, branch, capsys):
    shop = clone(OVERLAYS)

    assert main(["init", "--repo", str(shop.path), f"--branch={branch}"]) != 0
    assert branch in capsys.readouterr().err


def test_a_commit_needs_a_name_and_says_so(clone, monkeypatch, tmp_path, capsys):
    shop = clone(OVERLAYS)
    shop.bare.git("config", "--unset", "user.name")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert shop.init("--branch", "x") == 2
    assert "user.name" in capsys.readouterr().err


def test_what_is_no_clone_is_said(tmp_path, capsys):
    assert main(["init", "--repo", str(tmp_path)]) == 2
    assert "is not a Git repository" in capsys.readouterr().err
    assert main(["init", "--repo", str(tmp_path / "nowhere")]) == 2


def test_a_bare_repository_has_no_place_for_the_file_yet_shows_it(tmp_path, capsys):
    bare = Origin.make(tmp_path / "shop.git")
    bare.commit(OVERLAYS)

    assert main(["init", "--repo", str(bare.path)]) == 2
    assert "--print" in capsys.readouterr().err
    assert main(["init", "--repo", str(bare.path), "--print"]) == 0
    assert checked(capsys.readouterr().out.encode())


def test_a_clone_without_a_commit_is_said(tmp_path, capsys):
    subprocess.run(
        ["git", "init", "-q", str(tmp_path)], check=True, env={"PATH": os.environ["PATH"]}
    )

    assert main(["init", "--repo", str(tmp_path)]) == 2
    assert "no commit" in capsys.readouterr().err


def test_programs_read_it_as_json(clone, capsys):
    shop = clone(OVERLAYS)

    assert shop.init("--print", "--format", "json") == 0

    found = json.loads(capsys.readouterr().out)
    assert checked(found["text"].encode())
    assert {s["stage"]: s["first_tick"] for s in found["stages"]}["prod"].startswith("holds v1.8.3")
    assert found["guessed"]


def test_a_new_branch_replaces_no_file_that_is_committed_already(clone, capsys):
    shop = clone({**OVERLAYS, "stagelock.yaml": b"mine"})

    assert shop.init("--branch", "x") == 1
    assert shop.bare.tip("x") is None
    assert "already" in capsys.readouterr().err
