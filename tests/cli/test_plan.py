"""`stagelock plan --repo DIR`: what pushing a ref would promote where."""

from __future__ import annotations

import json

import pytest

from app.__main__ import main
from tests.adapters.git.origin import Origin

PIPELINE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  prod:
    needs: [dev]
    path: stages/prod
    auto: false
"""
OURS = """\
Promote web 1234567 to dev

Stagelock-Stage: dev
Stagelock-Freight: web@{freight}
Stagelock-Promotion: p-{freight}
"""


@pytest.fixture
def clone(tmp_path):
    """A clone whose server is known by its remote-tracking branches."""
    made = Origin.make(tmp_path / "clone.git")
    made.commit({"stagelock.yaml": PIPELINE.encode(), "apps/web/a": b"1"})
    return made


def pushed(clone: Origin, commit: str) -> None:
    """What the server's main is, as of the last fetch or push."""
    clone.git("update-ref", "refs/remotes/origin/main", commit)


def planned(clone: Origin, capsys, *words: str):
    """What `stagelock plan` says of the warehouse's freight, and of each stage."""
    assert main(["plan", "--repo", str(clone.path), "--format", "json", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    return found["freight"]["web"], {s["stage"]: s["changed_files"] for s in found["stages"]}


def test_the_newest_watched_commit_is_what_would_be_promoted(clone, capsys):
    first = clone.tip()
    clone.commit({"docs/x": b"1"})

    assert planned(clone, capsys) == (first, {"dev": 1, "prod": 1})


def test_however_far_back_it_lies(clone, capsys):
    first = clone.tip()
    changes = "commit refs/heads/main\ncommitter A <a@b> 0 +0000\ndata 0\n{}M 100644 inline d\ndata 4\n{:04}\n"
    stream = (changes.format("from refs/heads/main^0\n" * (n == 0), n) for n in range(700))
    clone.git("fast-import", "--quiet", stdin="".join(stream).encode())

    assert planned(clone, capsys)[0] == first


def test_the_remote_tracking_branch_is_the_tip_before(clone, capsys):
    """Bob's change is on the server; alice committed on her older main, and pulled by merge."""
    first = clone.tip()
    bobs = clone.commit({"apps/web/a": b"2"}, parents=[first])
    pushed(clone, bobs)
    alices = clone.commit({"notes": b"1"}, parents=[first])
    clone.commit({"apps/web/a": b"2"}, parents=[alices, bobs])

    assert planned(clone, capsys)[0] == bobs


def test_what_a_merge_changes_against_the_tip_before_is_its_freight(clone, capsys):
    first = clone.tip()
    bobs = clone.commit({"apps/web/a": b"2"}, parents=[first])
    pushed(clone, bobs)
    alices = clone.commit({"apps/web/b": b"1"}, parents=[first])
    merge = clone.commit({"apps/web/a": b"2"}, parents=[alices, bobs])

    assert planned(clone, capsys) == (merge, {"dev": 2, "prod": 2})


def test_a_branch_is_planned_as_if_it_were_pushed_to_the_default_branch(clone, capsys):
    pushed(clone, clone.tip())
    topic = clone.commit({"apps/web/a": b"2"}, "topic", parents=[clone.tip()])

    assert planned(clone, capsys, "--ref", "topic")[0] == topic


def test_an_old_pull_by_merge_is_known_by_the_promotion_that_it_would_have_hidden(clone, capsys):
    """Nothing is remembered of that time: what was promoted on main tells which parent it was."""
    first = clone.tip()
    bobs = clone.commit({"apps/web/a": b"2"}, parents=[first])
    promotion = clone.commit({"stages/dev/web/a": b"2"}, message=OURS.format(freight=bobs))
    alices = clone.commit({"notes": b"1"}, parents=[first])
    files = {"apps/web/a": b"2", "stages/dev/web/a": b"2"}
    pushed(clone, clone.commit(files, parents=[alices, promotion]))
    clone.commit({"docs/x": b"1"})

    assert planned(clone, capsys) == (bobs, {"dev": 0, "prod": 1})


def test_without_a_server_the_branch_itself_is_the_tip_before(clone, capsys):
    first = clone.tip()
    clone.git("branch", "other", first)
    bobs = clone.commit({"apps/web/a": b"2"}, parents=[first])
    alices = clone.commit({"notes": b"1"}, "other", parents=[first])
    clone.commit({"apps/web/a": b"2"}, "other", parents=[alices, bobs])

    assert planned(clone, capsys, "--ref", "other")[0] == bobs


def test_the_files_are_shown_by_what_becomes_of_them(clone, capsys):
    clone.commit({"apps/web/a": b"2", "apps/web/b": b"1", "stages/dev/web/old": b"0"})

    assert main(["plan", "--repo", str(clone.path)]) == 0

    found = capsys.readouterr().out.splitlines()
    freight = clone.tip()[:7]
    assert found[1].startswith(f"  dev   web {freight} -> main:stages/dev: 3 files: 1 deleted, 2 ")
    assert (
        found[2]
        == "    dev holds 1 file that no freight explains: nothing happens there until /promote dev."
    )
    assert found[3:6] == [
        "    deleted stages/dev/web/old",
        "    copied  stages/dev/web/a",
        "    copied  stages/dev/web/b",
    ]


def test_every_file_is_named_however_many_there_are(clone, capsys):
    clone.commit({f"apps/web/{n}": b"1" for n in range(2_100)})

    assert main(["plan", "--repo", str(clone.path)]) == 0

    named = capsys.readouterr().out.splitlines()
    assert sum("copied  stages/dev/web/" in line for line in named) == 2_101


def test_what_the_push_changes_and_no_warehouse_takes_up_is_named_with_the_rule(clone, capsys):
    pushed(clone, clone.tip())
    clone.commit({"apps/web/b": b"2", "docs/x": b"1", "stages/dev/own": b"1"})

    assert main(["plan", "--repo", str(clone.path), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["ignored"]
    assert [(one["path"], one["line"]) for one in found] == [("stages/dev/own", 5)]
    assert main(["plan", "--repo", str(clone.path)]) == 0
    [told] = [line for line in capsys.readouterr().out.splitlines() if "ignored" in line]
    assert told.startswith("  ignored  stages/dev/own  (outputs")
    assert told.endswith(", line 5)")


def test_what_people_edited_by_hand_since_the_last_promotion_is_named_with_who_did(clone, capsys):
    first = clone.tip()
    clone.commit({"stages/dev/web/a": b"1"}, message=OURS.format(freight=first))
    clone.commit({"stages/dev/web/a": b"hot"}, author="Bob <bob@example.org>")
    clone.commit({"stages/dev/web/own": b"x", "apps/web/b": b"2"}, author="Mia <mia@example.org>")

    def dev():
        assert main(["plan", "--repo", str(clone.path), "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)["stages"][0]

    assert dev()["edited"] == [
        {"place": "stages/dev/web/a", "who": ["Bob"]},
        {"place": "stages/dev/web/own", "who": ["Mia"]},
    ]
    assert dev()["on_drift"] == "block"
    assert main(["plan", "--repo", str(clone.path)]) == 0
    told = capsys.readouterr().out
    assert "    edited by hand: The next promotion waits until it is reverted" in told
    assert "    edited  stages/dev/web/a (Bob)" in told

    again = {"stages/dev/web/a": b"1", "stages/dev/web/b": b"2", "stages/dev/web/own": None}
    clone.commit(again, message=OURS.format(freight=clone.tip()))
    assert dev()["edited"] == []


def test_content_that_no_commit_explains_is_first_contact_unless_a_promotion_wrote_there(
    clone, capsys
):
    """Nothing is stored here: a commit that says it was a promotion has to do."""
    first = clone.tip()
    clone.commit({"stages/dev/web/a": b"by hand"})

    def foreign() -> object:
        assert main(["plan", "--repo", str(clone.path), "--format", "json"]) == 0
        return json.loads(capsys.readouterr().out)["stages"][0]["foreign"]

    assert foreign() == {"values": [], "files": 1}
    clone.commit({"stages/dev/web/a": b"2"}, message=OURS.format(freight=first))
    assert foreign() is None
