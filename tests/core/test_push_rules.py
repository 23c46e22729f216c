"""The push rules and their words, without a repository."""

from hypothesis import given
from hypothesis import strategies as st

from app.core.protection import (
    Change,
    ConfigChange,
    Guard,
    Holder,
    LockMove,
    LockState,
    Push,
    Update,
    violations,
)
from app.core.protection.commit_notes import lock_message, lock_state, written
from app.core.protection.refusals import MAX_LINES, refusal, safe

NAMES = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)
HOLDERS = st.builds(Holder, NAMES, NAMES, st.integers(0, 10**17))
FOREIGN = st.binary(min_size=1, max_size=300)


@given(NAMES, st.integers(0, 10**17), st.lists(HOLDERS, max_size=3), NAMES)
def test_what_is_published_of_a_lock_is_read_back(group, token, holders, nonce):
    state = LockState(token, tuple(holders))

    assert lock_state(lock_message(group, state, "2026-01-01T00:00:00Z", nonce).encode()) == state


@given(FOREIGN)
def test_any_message_is_read_without_failing(raw):
    lock_state(raw)
    written("1" * 40, raw)


def test_trailers_count_in_the_last_paragraph_only():
    """A commit's own words, quoted in a message, must not make it a promotion."""
    quoted = b"Promote\n\nStagelock-Stage: prod\n\nSigned-off-by: eve\n"

    assert written("1" * 40, quoted) is None


@given(FOREIGN, st.lists(FOREIGN, min_size=1, max_size=5), st.lists(st.text(), max_size=5))
def test_a_refusal_is_short_and_plain_whatever_it_is_about(ref, paths, problems):
    update = Update(ref, "1" * 40, "2" * 40)
    guard = Guard("dev", ref, whole_tree=True, outputs=(), groups=("lock",))
    push = Push(
        who="eve\x1b[31m",
        promoter="bot\u202e",
        updates=(update, Update(b"refs/heads/stagelock/x", None, "1" * 40)),
        changes=(Change(guard, update, tuple(paths), more=True, forward=False),),
        config=ConfigChange(ref, tuple(problems)),
        moves=(LockMove(ref, LockState(2), LockState(1), forward=False),),
    )
    found = violations(push)

    for first in range(len(found)):
        lines = refusal(push, found[first:], emergency=True)
        assert len(lines) <= MAX_LINES
        assert all(line.isascii() and line.isprintable() and len(line) <= 180 for line in lines)


def test_what_does_not_fit_is_cut_and_says_so():
    assert safe(b"x" * 1000, 10) == "xxxxxxx..."


def test_who_is_not_known_is_nobody_even_where_no_promoter_is_named():
    guard = Guard("dev", b"refs/heads/main", whole_tree=False, outputs=())
    update = Update(b"refs/heads/main", "1" * 40, "2" * 40)
    change = Change(guard, update, (b"x",), as_proposed=True)

    assert [v.code for v in violations(Push(None, None, (update,), (change,)))] == ["outputs"]


SHAS = st.sampled_from(["1" * 40, "2" * 40])
REPLACED = st.binary(min_size=1, max_size=40).map(lambda end: b"refs/replace/" + end)
OTHERS = st.binary(max_size=20).map(lambda end: b"refs/heads/" + end)
PUSHED = st.builds(Update, REPLACED | OTHERS, st.none() | SHAS, SHAS)
WHO = st.sampled_from([None, "eve", "bot", "ann"])


@given(
    st.lists(PUSHED, min_size=1, max_size=6, unique_by=lambda one: one.ref),
    WHO,
    st.sampled_from([None, "bot"]),
    st.booleans(),
    st.booleans(),
)
def test_whoever_pushes_whatever_beside_it_no_object_is_made_to_stand_for_another(
    updates, who, promoter, fold, shouted
):
    """In any letters, where the server's names ignore case."""
    named = [
        update._replace(ref=update.ref.replace(b"refs/replace/", b"refs/RePlace/"))
        if shouted and fold
        else update
        for update in updates
    ]

    found = violations(Push(who, promoter, tuple(named), fold=fold))

    wanted = [one.ref for one in named if one.ref.lower().startswith(b"refs/replace/")]
    assert [one.ref for one in found if one.code == "replaced"] == wanted
