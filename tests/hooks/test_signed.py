"""A server that does not say who pushes: what the promoter signed is let in, in its place only."""

from __future__ import annotations

import os

import pytest

from app.core.protection import Update, violations
from app.core.protection.refusals import refusal
from app.hook.facts import Gatherer
from app.hook.objects import PushedObjects
from app.hook.refs import Refs
from app.hook.server import HookSettings
from tests.hooks.signing import OURS, THEIRS, sign, stored, told, with_signature
from tests.hooks.world import BOT, ENV, EVE, World, seed

MAIN, DEV, KEYS = "refs/heads/main", "stages/dev/web/index.html", "stages/keys/values.yaml"
REVIEW, GUARDED = (f"refs/heads/stagelock/{stage}" for stage in ("review", "guarded"))
WHOLE, LOCK = "refs/heads/env/whole", "refs/stagelock/locks/e2e-env"
E2E = {"stages/e2e/web/index.html": "newer\n"}
NOON = 1_800_000_000
UNSIGNED, NOT_BELOW = "is not signed by the promoter for it", "is not below its new one"
NOT_OURS = "only the promoter moves this ref, forward, to commits that it signed for it"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server in the middle of its life; the tests read it only."""
    made = seed(tmp_path_factory.mktemp("signed"))
    for stage in ("review", "guarded"):
        change = {f"stages/{stage}/web/index.html": "newer\n"}
        head = head_of(made, stage, change, at=NOON)
        made.set_ref(f"refs/heads/stagelock/{stage}", head)
    made.set_ref(LOCK, sign(made, made.lock("e2e-env", 7, ("p-e2e", "e2e", 7))))
    made.signers.write_text(f"promoter {OURS.public_line}\n")
    alternates = made.server / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{made.clone / 'objects'}\n")
    return made


def head_of(world, stage, changes, *, at, branch=None, by=OURS, onto=None):
    said = told(stage, branch or f"stagelock/{stage}", f"p-{stage}")
    return sign(world, world.commit(changes, onto or world.tip(), message=said), by, at=at)


def promotion(world, changes, onto=None, *, stage="dev", branch="main", by=OURS, **more):
    said = told(stage, branch, more.pop("promotion", "p"), **more)
    parents = (onto or world.tip(f"refs/heads/{branch}"),)
    return sign(world, world.commit(changes, *parents, message=said), by)


def judged(world: World, *specs: str, who: str | None = None, promoter: str | None = BOT) -> str:
    """What the hook says to a push; "" if it is let in."""
    rows = []
    for spec in specs:
        new, _, ref = spec.rpartition(":")
        rows.append(Update(ref.encode(), world.tip(ref) or None, new or None))
    with PushedObjects(ENV | {"GIT_DIR": os.fspath(world.server)}) as objects:
        folder = os.fspath(world.server)
        server = HookSettings(promoter=promoter, signers=os.fspath(world.signers))
        push = Gatherer(objects, Refs(folder, ""), folder, server, keep=True).push(rows, who)
    found = violations(push)
    lines = refusal(push, found, emergency=False) if found else ()
    assert len(lines) <= 8
    return "\n".join(lines)


def test_a_promotion_that_the_promoter_signed(world):
    assert judged(world, f"{promotion(world, {DEV: 'x'})}:{MAIN}") == ""


def test_a_promotion_of_a_key(world):
    new = promotion(world, {KEYS: "image:\n  name: web\n  tag: '2'\n"}, stage="keys")

    assert judged(world, f"{new}:{MAIN}") == ""


def test_what_is_nobodys_business_needs_no_signature(world):
    free = world.commit({"README.md": "x", "stages/dev/people.yaml": "y"}, world.tip())

    assert judged(world, f"{free}:{MAIN}", f"{free}:refs/heads/topic") == ""


def test_an_unsigned_change_of_outputs(world):
    new = world.commit({DEV: "x"}, world.tip(), message=told("dev"))

    said = judged(world, f"{new}:{MAIN}").splitlines()

    assert said[0] == f"stagelock: refused: {MAIN}"
    assert f"the outputs of stage dev; commit {new[:10]} {UNSIGNED}:" in said[1]
    assert said[2] == f"stagelock:   {DEV}"
    assert (
        said[3]
        == "stagelock: instead: change the source that is promoted to it, then comment: /promote dev"
    )


@pytest.mark.parametrize(
    ("stage", "branch", "by"),
    [("dev", "main", THEIRS), ("e2e", "main", OURS), ("dev", "stagelock/dev", OURS)],
    ids=["another key", "another stage", "another branch"],
)
def test_a_signature_that_does_not_count_here(world, stage, branch, by):
    """A signed head of a pull request is no promotion yet; one stage's is not another's."""
    said = told(stage, branch)
    new = sign(world, world.commit({DEV: "x"}, world.tip(), message=said), by)

    assert UNSIGNED in judged(world, f"{new}:{MAIN}")


def test_a_signed_commit_is_no_cover_for_what_comes_after_or_before(world):
    ours = promotion(world, {DEV: "x"})
    after = world.commit({DEV: "evil"}, ours)
    before = promotion(world, {DEV: "x"}, world.commit({DEV: "evil"}, world.tip()))

    assert after[:10] in judged(world, f"{after}:{MAIN}")
    assert UNSIGNED in judged(world, f"{before}:{MAIN}")


def test_people_push_around_our_promotions(world):
    below = world.commit({"README.md": "1"}, world.tip())
    ours = promotion(world, {DEV: "x"}, below)
    again = promotion(world, {"stages/review/web/index.html": "y"}, ours, stage="review")
    side = world.commit({"README.md": "side"}, ours)
    top = world.commit({"README.md": "3"}, again, side, message="Merge")

    assert judged(world, f"{top}:{MAIN}") == ""


def test_a_signature_is_of_one_commit(world):
    """Another tree, another parent, another message: another commit."""
    raw = world.run("-C", world.clone, "cat-file", "commit", promotion(world, {DEV: "x"})).stdout
    evil = world.commit({DEV: "evil", "f": "g"}, world.tip())
    other_tree = raw.replace(raw[5:45], world.text("rev-parse", f"{evil}^{{tree}}").encode(), 1)
    other_text = raw.replace(b"Stagelock-Promotion: p", b"Stagelock-Promotion: q")

    for changed in (other_tree, other_text):
        assert UNSIGNED in judged(world, f"{stored(world, changed)}:{MAIN}")


def test_a_signature_that_is_none_is_no_trouble(world):
    plain = world.commit({DEV: "x"}, world.tip(), message=told("dev"))
    raw = world.run("-C", world.clone, "cat-file", "commit", plain).stdout
    for armoured in ("", "x" * 40_000, "-----BEGIN SSH SIGNATURE-----\n\x1b[31m\n"):
        new = stored(world, with_signature(raw, armoured))

        assert UNSIGNED in judged(world, f"{new}:{MAIN}")


def test_an_old_promotion_is_not_brought_back_by_moving_the_branch_back(world):
    """`main` stood there once; nothing is signed about returning."""
    tip = world.tip()
    ours = promotion(world, {DEV: "x"})
    world.run("-C", world.server, "update-ref", MAIN, ours)
    try:
        said = judged(world, f"{tip}:{MAIN}")
    finally:
        world.run("-C", world.server, "update-ref", MAIN, tip)

    assert NOT_BELOW in said


def test_a_merge_does_not_take_outputs_from_an_old_signed_commit(world):
    """Whichever parent comes first: what lies on the line is judged, what is merged is not."""
    old = promotion(world, {DEV: "ancient"}, world.text("rev-parse", f"{world.tip()}~1"))
    tip = world.tip()
    takes = world.commit((), tip, old, tree_of=old, message="Merge")
    swapped = world.commit((), old, tip, tree_of=old, message="Merge")

    assert UNSIGNED in judged(world, f"{takes}:{MAIN}")
    assert NOT_BELOW in judged(world, f"{swapped}:{MAIN}")


def test_a_merge_of_our_pull_request(world):
    head = world.tip(REVIEW)
    merged = world.commit((), world.tip(), head, tree_of=head, message="Merge")
    squashed = world.commit((), world.tip(), tree_of=head, message="Squash")

    assert judged(world, f"{merged}:{MAIN}") == ""
    assert judged(world, f"{squashed}:{MAIN}") == ""


def test_a_pull_request_with_a_lock_is_not_merged_by_moving_the_branch_to_its_head(world):
    assert "needs lock guarded-env" in judged(world, f"{world.tip(GUARDED)}:{MAIN}")


def test_a_head_that_nobody_signed_is_no_proposal(world):
    """It may have been there before the hook was."""
    head, signed = world.commit({"stages/review/web/index.html": "z"}, world.tip()), REVIEW
    before = world.tip(signed)
    world.run("-C", world.server, "update-ref", signed, head)
    try:
        said = judged(world, f"{head}:{MAIN}")
    finally:
        world.run("-C", world.server, "update-ref", signed, before)

    assert UNSIGNED in said


def test_our_branch_moves_to_what_was_signed_for_it(world):
    change = {"stages/review/web/index.html": "newest"}
    newer = head_of(world, "review", change, at=NOON + 1)
    older = head_of(world, "review", change, at=NOON - 1)
    first = head_of(world, "dev", {DEV: "x"}, at=NOON)

    assert judged(world, f"{newer}:{REVIEW}") == ""
    assert judged(world, f"{first}:refs/heads/stagelock/dev") == ""
    assert NOT_OURS in judged(world, f"{older}:{REVIEW}")
    assert NOT_OURS in judged(world, f":{REVIEW}")
    assert NOT_OURS in judged(world, f"{world.tip()}:{REVIEW}")
    assert NOT_OURS in judged(world, f"{newer}:{GUARDED}")
    assert NOT_OURS in judged(world, f"{promotion(world, change, stage='review')}:{REVIEW}")
    assert NOT_OURS in judged(world, f"{newer}:refs/stagelock/other")


def test_a_foreign_head_from_the_future_does_not_block_ours(world):
    """It was there before the hook was; its date is nobody's word."""
    change = {"stages/review/web/index.html": "newest"}
    before = world.tip(REVIEW)
    world.run(
        *("-C", world.server, "update-ref", REVIEW),
        head_of(world, "review", change, at=NOON * 2, by=THEIRS),
    )
    try:
        said = judged(world, f"{head_of(world, 'review', change, at=NOON)}:{REVIEW}")
    finally:
        world.run("-C", world.server, "update-ref", REVIEW, before)

    assert said == ""


def test_a_locks_ref_moves_to_what_was_signed_for_it(world):
    tip = world.tip(LOCK)
    grown = world.lock("e2e-env", 8, ("p-new", "e2e", 8), onto=tip)
    other = sign(world, world.lock("guarded-env", 8, ("p", "guarded", 8)))

    assert judged(world, f"{sign(world, grown)}:{LOCK}") == ""
    assert NOT_OURS in judged(world, f"{grown}:{LOCK}")
    assert NOT_OURS in judged(world, f"{sign(world, grown, THEIRS)}:{LOCK}")
    assert NOT_OURS in judged(world, f"{other}:refs/stagelock/locks/new")
    assert NOT_OURS in judged(world, f":{LOCK}")
    anew = sign(world, world.lock("e2e-env", 9))
    assert "a lock's ref is its history" in judged(world, f"{anew}:{LOCK}")


def test_a_signed_promotion_obeys_its_lock(world):
    def by(name, token):
        return promotion(world, E2E, stage="e2e", promotion=name, e2e_env=token)

    grant = sign(world, world.lock("e2e-env", 8, ("p-new", "e2e", 8), onto=world.tip(LOCK)))

    assert judged(world, f"{by('p-e2e', 7)}:{MAIN}") == ""
    assert judged(world, f"{grant}:{LOCK}", f"{by('p-new', 8)}:{MAIN}") == ""
    assert "is held for e2e" in judged(world, f"{by('p-old', 7)}:{MAIN}")
    freed = sign(world, world.lock("e2e-env", 8, onto=world.tip(LOCK)))
    late = judged(world, f"{freed}:{LOCK}", f"{by('p-e2e', 7)}:{MAIN}")
    assert "token 7 is older than 8" in late


def test_a_whole_tree_branch_is_made_by_signed_commits_and_never_deleted(world):
    def root(branch):
        said = f"Create\n\nStagelock-Branch: {branch}"
        return sign(world, world.commit((), message=said))

    before = world.tip(WHOLE)
    grown = promotion(world, {"x": "y"}, before, stage="whole", branch="env/whole")
    assert judged(world, f"{grown}:{WHOLE}") == ""
    assert "no signature vouches for a deletion" in judged(world, f":{WHOLE}")

    world.run("-C", world.server, "update-ref", "-d", WHOLE)
    try:
        full = promotion(world, {"x": "y"}, root("env/whole"), stage="whole", branch="env/whole")
        assert judged(world, f"{root('env/whole')}:{WHOLE}") == ""
        assert judged(world, f"{full}:{WHOLE}") == ""
        assert UNSIGNED in judged(world, f"{root('main')}:{WHOLE}")
        assert UNSIGNED in judged(world, f"{world.commit()}:{WHOLE}")
        assert NOT_BELOW in judged(world, f"{world.tip()}:{WHOLE}")
    finally:
        world.run("-C", world.server, "update-ref", WHOLE, before)


def test_where_the_server_names_people_their_names_count(world):
    new = promotion(world, {DEV: "x"})

    assert "only promotions write" in judged(world, f"{new}:{MAIN}", who=EVE)
    assert judged(world, f"{world.commit({DEV: 'x'}, world.tip())}:{MAIN}", who=BOT) == ""
    assert judged(world, f"{new}:{MAIN}", who=EVE, promoter=None) == ""
