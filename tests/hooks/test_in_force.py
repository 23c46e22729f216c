"""The App and the hook find the same `stagelock.yaml` in force, whatever history lies below."""

from __future__ import annotations

import os
import random

import pytest

from app.core.model.names import Sha
from app.engine.survey.config_in_force import config_state
from app.git.local import LocalRepo
from app.hook.guards import Default, rules
from app.hook.objects import PushedObjects
from tests.adapters.git.origin import ENV, LINK, Origin

INVALID = b"version: 1\nstages: [1]\n"


def pipeline(stage: str) -> bytes:
    """A valid file with one stage of that name."""
    text = (
        f"version: 1\nwarehouses: {{w: {{paths: [a/]}}}}\nstages: {{{stage}: {{path: s/{stage}}}}}"
    )
    return text.encode()


def many(origin: Origin, change: str, count: int = 600) -> Sha:
    """*count* commits in one go; *change* in the language of fast-import, `{}` is a number."""
    commit = "commit refs/heads/main\ncommitter A <a@b> 0 +0000\ndata 0\n{from_}{change}\n"
    parts = []
    for number in range(count):
        from_ = "" if number else "from refs/heads/main^0\n"
        parts.append(commit.format(from_=from_, change=change.format(f"{number:04}")))
    origin.git("fast-import", "--quiet", stdin="".join(parts).encode())
    found: Sha | None = origin.tip()
    assert found is not None
    return found


@pytest.fixture
def origin(tmp_path):
    return Origin.make(tmp_path / "server.git")


def by_app(origin: Origin, tip: Sha, recorded: Sha | None = None):
    with LocalRepo(origin.path) as git:
        return config_state(git, tip, recorded, "main")


def by_hook(origin: Origin, tip: Sha) -> list[str]:
    """The stages that are guarded where *tip* is the default branch's tip."""
    environ = ENV | {"GIT_DIR": os.fspath(origin.path)}
    with PushedObjects(environ) as objects:
        default = Default(b"refs/heads/main", tip)
        guards = rules(objects, default, environ["GIT_DIR"], keep=False).guards
    return [guard.stage for guard in guards]


def both(origin: Origin, tip: Sha) -> list[str]:
    """The stages in force, as App and hook agree."""
    found = by_app(origin, tip).pipeline
    stages = list(found.stages) if found is not None else []
    assert by_hook(origin, tip) == stages
    return stages


def test_the_newest_valid_version_is_found_below_any_number_of_commits(origin):
    origin.commit({"stagelock.yaml": pipeline("old")})
    valid = origin.commit({"stagelock.yaml": pipeline("dev")})
    broken = origin.commit({"stagelock.yaml": INVALID})
    tip = many(origin, "M 100644 inline a/f\ndata 4\n{}")

    state = by_app(origin, tip)

    assert both(origin, tip) == ["dev"]
    assert (state.status, state.commit, state.in_force) == ("invalid", broken, valid)


def test_any_number_of_invalid_versions_is_passed_over(origin):
    origin.commit({"stagelock.yaml": pipeline("dev")})
    tip = many(origin, "M 100644 inline stagelock.yaml\ndata 4\n{}")

    assert both(origin, tip) == ["dev"]


def test_a_version_that_came_in_by_a_merge_counts_from_the_merge_on(origin):
    first = origin.commit({"stagelock.yaml": pipeline("dev"), "a/f": b"1"})
    origin.commit({"stagelock.yaml": pipeline("side")}, "side", parents=[first])
    merge = origin.commit(
        {"stagelock.yaml": INVALID}, parents=[origin.commit({"a/f": b"2"}), origin.tip("side")]
    )

    assert both(origin, merge) == ["dev"]  # by first parents; the line's newest would be `side`


def test_after_a_pull_by_merge_the_file_is_the_one_of_the_merge(origin):
    """A foxtrot: what was main, with the newer file, becomes the second parent."""
    first = origin.commit({"stagelock.yaml": pipeline("old")})
    newer = origin.commit({"stagelock.yaml": pipeline("dev")})
    mine = origin.commit({"a/note": b"1"}, "mine", parents=[first])
    files = {"stagelock.yaml": pipeline("dev")}
    foxtrot = origin.commit(files, "mine", parents=[mine, newer])

    assert both(origin, foxtrot) == ["dev"]
    broken = origin.commit({"stagelock.yaml": INVALID}, "mine")
    assert both(origin, broken) == ["dev"]
    state = by_app(origin, foxtrot, newer)
    assert state.in_force == newer, "nothing was edited: it is the text that counts"


def test_a_link_in_the_files_place_is_an_invalid_version_and_no_absent_one(origin):
    origin.commit({"stagelock.yaml": pipeline("dev"), "real.yaml": pipeline("other")})
    tip = origin.commit({"stagelock.yaml": (LINK, b"real.yaml")})

    assert both(origin, tip) == ["dev"]
    assert by_app(origin, tip).status == "invalid"


def test_a_deleted_file_is_absent(origin):
    origin.commit({"stagelock.yaml": pipeline("dev")})
    tip = origin.commit({"stagelock.yaml": None, "f": b"1"})

    assert both(origin, tip) == []
    assert by_app(origin, tip).status == "absent"


def test_an_edit_taken_back_is_in_force_at_the_commit_that_took_it_back(origin):
    origin.commit({"stagelock.yaml": pipeline("dev")})
    other = origin.commit({"stagelock.yaml": pipeline("other")})
    back = origin.commit({"stagelock.yaml": pipeline("dev")})

    assert by_app(origin, back, other).in_force == back


@pytest.mark.parametrize("seed", range(4))
def test_app_and_hook_agree_over_random_histories(origin, seed):
    rng = random.Random(seed)
    contents = [pipeline("dev"), pipeline("e2e"), INVALID, INVALID, b"[", None, (LINK, b"x")]
    tips = [origin.commit({"f": b"0"})]
    for number in range(15):
        changes: dict[str, tuple[str, bytes] | bytes | None] = {"f": b"%d" % number}
        if rng.random() < 0.5:
            changes["stagelock.yaml"] = rng.choice(contents)
        parents = rng.sample(tips, min(len(tips), rng.choice([1, 1, 2])))
        tips.append(origin.commit(changes, parents=parents))

    for tip in rng.sample(tips, len(tips)):
        both(origin, tip)
