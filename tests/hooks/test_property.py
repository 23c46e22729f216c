"""For random histories the hook says what a slow second implementation says."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.protection import Update, violations
from app.hook.facts import Gatherer
from app.hook.objects import PushedObjects
from app.hook.refs import Refs
from app.hook.server import HookSettings
from tests.hooks.reference import expected
from tests.hooks.world import BOT, ENV, EVE, ZERO, World, seed

REFS = [f"refs/heads/{name}" for name in ("main", "main", "env/live", "env/whole", "topic")]
PATHS = [
    *("README.md", "apps/web/index.html", ".github/x", "stages/dev/people.yaml", "index.html"),
    *("stages/dev/web/index.html", "stages/dev/web/keep.yaml", "stages/dev/web/deep"),
    *("stages/e2e/web/index.html", "stages/review/web/index.html", "live/web/index.html"),
    *("stages/guarded/web/index.html", "stages/dev/run.sh", "stages"),
]
CONTENTS = ["old\n", "newer\n", "x", None, ("100755", "old\n"), ("120000", "old\n")]
KEYS = [f"image:\n  tag: {tag}\n" for tag in ("'1.10'", "1.10", '"1.10"', "2")]
CHANGES = st.dictionaries(
    st.sampled_from(PATHS), st.sampled_from(CONTENTS), max_size=2
) | st.sampled_from(KEYS).map(lambda text: {"stages/keys/values.yaml": text})
NOTES = st.none() | st.tuples(
    st.sampled_from(["e2e", "guarded", "dev", "live"]),
    st.sampled_from(["p-e2e", "p-guarded", "p-old"]),
    st.sampled_from([{}, {"e2e_env": 6}, {"e2e_env": 7}, {"e2e_env": 8}]),
)
COMMITS = st.lists(st.tuples(CHANGES, NOTES, st.integers(0, 9), st.booleans()), max_size=4)
"""Each: what it changes, its trailers, which commit it stands on, whether it merges a second."""


@pytest.fixture(scope="module")
def fixed(tmp_path_factory):
    root = tmp_path_factory.mktemp("property")
    world = seed(root)
    for stage, token in (("guarded", 4), ("other", 5)):
        ref = "refs/stagelock/locks/guarded-env"
        state = world.lock("guarded-env", token, (f"p-{stage}", stage, token), onto=world.tip(ref))
        world.set_ref(f"refs/kept/{stage}", state)
    return world


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    commits=COMMITS,
    pushes=st.dictionaries(st.sampled_from(REFS), st.integers(-1, 9), min_size=1, max_size=2),
    who=st.sampled_from([BOT, EVE, EVE]),
    lock=st.sampled_from(["", "guarded", "other"]),
)
def test_the_hook_says_what_plumbing_says(fixed, commits, pushes, who, lock):
    made = grown(fixed, commits)
    if lock:
        fixed.set_ref("refs/stagelock/locks/guarded-env", fixed.tip(f"refs/kept/{lock}"))
    updates = {
        ref: (fixed.tip(ref) or ZERO, made[at % len(made)] if at >= 0 else ZERO)
        for ref, at in pushes.items()
    }
    bring(fixed, made)

    assert judged(fixed, updates, who) == expected(fixed, updates, who)


def grown(world: World, commits) -> list[str]:
    """The tips there are, and random commits on top of them and of each other."""
    names = ("main", "env/live", "env/whole", "stagelock/review", "stagelock/guarded")
    made = [world.tip(f"refs/heads/{name}") for name in names]
    made.append(world.text("rev-parse", f"{made[0]}~1"))
    for changes, note, at, merges in commits:
        parents = [made[-1 - at % len(made)]]
        parents += [made[at % len(made)]] if merges and made[at % len(made)] not in parents else []
        said = world.note(note[0], note[1], **note[2]) if note else "Change"
        made.append(world.commit(changes, *parents, message=said))
    return made


def bring(world: World, made: list[str]) -> None:
    """The server has the pushed objects, as it has in quarantine."""
    alternates = world.server / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{world.clone / 'objects'}\n")


def judged(world: World, updates, who):
    environ = ENV | {"GIT_DIR": os.fspath(world.server)}
    rows = [Update(ref.encode(), oid(old), oid(new)) for ref, (old, new) in updates.items()]
    with PushedObjects(environ) as objects:
        refs = Refs(os.fspath(world.server), "")
        server = HookSettings(promoter=BOT)
        gatherer = Gatherer(objects, refs, os.fspath(world.server), server, keep=True)
        found = violations(gatherer.push(rows, who))
    return {(v.code, v.stage or v.ref.decode()) for v in found}


def oid(text: str) -> str | None:
    return None if text == ZERO else text
