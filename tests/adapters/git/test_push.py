"""Pushing by compare-and-swap: who wins a race, what a refusal says, and what is never said."""

import re
from datetime import UTC, datetime
from threading import Thread

import pytest

from app.core.model.facts import Identity, RefUpdate
from app.core.model.names import Repo
from app.errors import Conflict, Denied, Missing, OutsideError, Rejected, Transient
from app.git.mirror import Mirrors
from app.gitplumbing import run
from app.gitplumbing.remote import Remote
from tests.adapters.git.server import command_lines

REPO = Repo(7, "acme", "web", 1)
MAIN = "refs/heads/main"
BOT = Identity("Stagelock", "bot@example.org")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
CANARY = "canary-0123456789abcdef"


@pytest.fixture
def tip(origin):
    return origin.commit({"f": b"1", "d/g": b"2"})


@pytest.fixture
def mirror(tmp_path, server, tip):
    server.token = CANARY
    mirrors = Mirrors(tmp_path / "mirrors", lambda _: server.url(), lambda _: server.token)
    with mirrors.open(REPO) as opened:
        yield opened


@pytest.fixture
def ours(mirror, tip):
    """A commit of ours on top of the tip: nothing is left of the files."""
    return mirror.commit(mirror.empty_tree(), [tip], "Ours\n", BOT, NOON)


def test_a_push_moves_the_ref_there_and_here(origin, mirror, tip, ours):
    mirror.push([RefUpdate(MAIN, ours, tip)])

    assert origin.tip() == ours == mirror.heads()["main"]
    assert mirror.fetch() == {"main": ours}


def test_a_push_may_be_repeated(origin, mirror, tip, ours):
    for _ in range(2):
        mirror.push([RefUpdate(MAIN, ours, tip)])

    assert origin.tip() == ours


def test_pushing_nothing_asks_nobody(mirror, server):
    server.asked.clear()
    mirror.push([])

    assert not server.asked


def test_a_ref_that_moved_before_the_push_is_a_conflict(origin, mirror, tip, ours):
    theirs = origin.commit({"f": b"theirs"})
    with pytest.raises(Conflict):
        mirror.push([RefUpdate(MAIN, ours, tip)])

    assert origin.tip() == theirs
    assert mirror.heads()["main"] == tip


def test_a_ref_that_moves_during_the_push_is_a_conflict(origin, mirror, server, tip, ours):
    """Listed before, moved when our pack arrives: the server itself compares once more."""
    server.before["/git-receive-pack"] = lambda: origin.commit({"f": b"theirs"})
    with pytest.raises(Conflict):
        mirror.push([RefUpdate(MAIN, ours, tip)])

    assert origin.files()["f"] == "theirs"


def test_a_ref_that_must_not_exist_and_does_is_a_conflict(mirror, ours):
    with pytest.raises(Conflict):
        mirror.push([RefUpdate(MAIN, ours, None)])


def test_a_new_branch_and_a_deleted_one(origin, mirror, tip, ours):
    branch = "refs/heads/stagelock/prod"
    mirror.push([RefUpdate(branch, ours, None)])
    assert (origin.tip("stagelock/prod"), mirror.heads()["stagelock/prod"]) == (ours, ours)

    mirror.push([RefUpdate(branch, None, ours)])
    mirror.push([RefUpdate(branch, None, ours)])  # gone already: done

    assert origin.tip("stagelock/prod") is None
    assert mirror.heads().keys() == {"main"}


def test_a_deletion_that_is_done_already_does_not_hold_up_the_rest(origin, mirror, tip, ours):
    gone = RefUpdate("refs/heads/stagelock/gone", None, ours)
    mirror.push([gone, RefUpdate(MAIN, ours, tip)])

    assert origin.tip() == ours


def test_deleting_a_branch_that_moved_is_a_conflict(origin, mirror, tip, ours):
    theirs = origin.commit({"f": b"2"}, "stagelock/prod", parents=[tip])
    with pytest.raises(Conflict):
        mirror.push([RefUpdate("refs/heads/stagelock/prod", None, ours)])

    assert origin.tip("stagelock/prod") == theirs


def test_several_refs_move_together_or_not_at_all(origin, mirror, tip, ours):
    env = origin.commit({"x": b"1"}, "env/prod", parents=[])
    mirror.fetch()
    origin.commit({"x": b"2"}, "env/prod")
    with pytest.raises(Conflict):
        mirror.push([RefUpdate(MAIN, ours, tip), RefUpdate("refs/heads/env/prod", ours, env)])

    assert origin.tip() == tip == mirror.heads()["main"]


def test_refs_outside_of_branches_are_moved_too(origin, mirror, ours):
    ref = "refs/stagelock/locks/e2e"
    mirror.push([RefUpdate(ref, ours, None)])

    assert origin.git("rev-parse", ref) == ours
    assert mirror.heads().keys() == {"main"}


def test_a_branch_below_a_branch_is_refused_and_not_a_race(origin, mirror, ours):
    """Git cannot have `main` and `main/x`: looking again would not help."""
    with pytest.raises(Rejected):
        mirror.push([RefUpdate("refs/heads/main/x", ours, None)])


def test_a_rule_of_the_server_is_told_in_its_own_words(origin, mirror, tip, ours):
    origin.hook("printf 'GH013: no \\033[31mdirect\\033[0m push\\007 to main\\n' >&2; exit 1")
    with pytest.raises(Rejected) as caught:
        mirror.push([RefUpdate(MAIN, ours, tip)])

    assert "GH013: no direct push to main" in caught.value.message
    assert "pre-receive hook declined" in caught.value.message
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", caught.value.message)
    assert origin.tip() == tip


def test_a_rule_with_a_long_text_is_cut(origin, mirror, tip, ours):
    origin.hook(
        "i=0; while [ $i -lt 500 ]; do echo 'a very long rule' >&2; i=$((i+1)); done; exit 1"
    )
    with pytest.raises(Rejected) as caught:
        mirror.push([RefUpdate(MAIN, ours, tip)])

    assert len(caught.value.message) < 2000


def test_a_hook_that_speaks_of_races_is_still_a_rule(origin, mirror, tip, ours):
    origin.hook("echo 'ref is at x but expected y' >&2; exit 1")
    with pytest.raises(Rejected):
        mirror.push([RefUpdate(MAIN, ours, tip)])


@pytest.mark.parametrize(
    ("where", "status", "error", "maybe"),
    [
        ("info/refs?service=git-receive-pack", 403, Denied, None),
        ("info/refs?service=git-receive-pack", 404, Missing, None),
        ("info/refs?service=git-receive-pack", 503, Transient, False),
        ("/git-receive-pack", 502, Transient, True),
        ("/git-receive-pack", 403, Denied, None),
    ],
)
def test_a_status_says_whether_the_push_may_have_happened(
    mirror, server, tip, ours, where, status, error, maybe
):
    server.fails[where] = status
    with pytest.raises(error) as caught:
        mirror.push([RefUpdate(MAIN, ours, tip)])

    assert getattr(caught.value, "maybe_done", None) is maybe


def test_a_lost_answer_says_that_the_push_may_have_happened(origin, mirror, server, tip, ours):
    server.fails["/git-receive-pack"] = "drop"
    with pytest.raises(Transient) as caught:
        mirror.push([RefUpdate(MAIN, ours, tip)])

    assert caught.value.maybe_done
    assert origin.tip() == ours
    assert mirror.heads()["main"] == tip
    assert mirror.fetch()["main"] == ours


def test_the_token_is_in_no_command_line_while_a_push_runs(origin, mirror, server, tip, ours):
    server.fails["/git-receive-pack"] = "hang"
    thread = Thread(target=mirror.push, args=([RefUpdate(MAIN, ours, tip)],))
    thread.start()
    assert server.arrived.wait(60)
    seen = command_lines()
    server.released.set()
    thread.join()

    assert any(server.url().encode() in line for line in seen), "the transport was running"
    assert not any(b"canary" in line or b"Y2FuYXJ5" in line for line in seen)
    assert origin.tip() == ours


def test_a_server_that_hangs_is_given_up_with_all_that_was_started(server, origin):
    origin.commit({"f": b"1"})
    server.fails["upload-pack"] = "hang"
    seconds = 0.5
    while not server.arrived.is_set():  # as long as git takes here to ask at all
        with pytest.raises(Transient, match="no answer") as caught:
            run("ls-remote", server.url(), timeout=seconds)
        assert not caught.value.maybe_done
        seconds *= 2

    assert not any(server.url().encode() in line for line in command_lines())


@pytest.mark.parametrize("how", ["drop", 401, 403, 404, 500])
@pytest.mark.parametrize("where", ["info/refs?service=git-receive-pack", "/git-receive-pack"])
def test_no_error_holds_the_token(mirror, server, tip, ours, how, where):
    server.fails[where] = how
    with pytest.raises(OutsideError) as caught:
        mirror.push([RefUpdate(MAIN, ours, tip)])

    chain: list[str] = []
    error: BaseException | None = caught.value
    while error is not None:
        chain.append(f"{error!r} {error!s} {error.__dict__}")
        error = error.__cause__ or error.__context__
    assert "canary" not in "".join(chain)
    assert "Y2FuYXJ5" not in "".join(chain)


def test_a_hook_that_repeats_the_token_does_not_bring_it_out(origin, mirror, tip, ours):
    origin.hook(f"echo '{CANARY}' >&2; exit 1")
    with pytest.raises(Rejected) as caught:
        mirror.push([RefUpdate(MAIN, ours, tip)])

    assert "canary" not in caught.value.message
    assert CANARY not in repr(Remote("https://example.org", "x", CANARY))


def test_a_server_without_atomic_pushes_takes_single_refs(origin, mirror, tip, ours):
    origin.git("config", "receive.advertiseAtomic", "false")
    mirror.push([RefUpdate(MAIN, ours, tip)])
    assert origin.tip() == ours

    both = [RefUpdate(f"refs/heads/{name}", ours, None) for name in ("a", "b")]
    with pytest.raises(OutsideError) as caught:
        mirror.push(both)
    assert "one ref at a time" in caught.value.message
    assert origin.tip("a") is None


def test_a_promotion_sends_no_blob_and_fetches_none(origin, mirror, server, tip):
    """What the server has already is neither brought here nor sent back."""
    tree = mirror._objects.trees
    root = mirror._objects.tree_of(tip)
    made = tree.replace(root, b"stages/dev", tree.find(root, b"d"))
    commit = mirror.commit(made, [tip], "Promote\n", BOT, NOON)
    server.asked.clear()
    mirror.push([RefUpdate(MAIN, commit, tip)])

    assert origin.files() == {"f": "1", "d/g": "2", "stages/dev/g": "2"}
    assert not server.posts("git-upload-pack")


def test_nor_does_one_that_copies_what_lies_deep_in_unchanged_folders(origin, mirror, server, tip):
    tip = origin.commit({"apps/web/src/g": b"3", "apps/api/g": b"4"}, "main", message="deep")
    mirror.fetch()
    tree = mirror._objects.trees
    root = mirror._objects.tree_of(tip)
    made = tree.replace(root, b"stages/dev/web", tree.find(root, b"apps/web/src"))
    commit = mirror.commit(made, [tip], "Promote\n", BOT, NOON)
    server.asked.clear()
    mirror.push([RefUpdate(MAIN, commit, tip)])

    assert origin.files()["stages/dev/web/g"] == "3"
    assert not server.posts("git-upload-pack")


def test_a_promotion_to_a_branch_without_common_history_arrives_whole(origin, mirror, server, tip):
    env = origin.commit({}, "env/prod", parents=[], message="empty")
    mirror.fetch()
    tree = mirror._objects.tree_of(tip)
    commit = mirror.commit(tree, [env], "Promote\n", BOT, NOON)
    server.asked.clear()
    mirror.push([RefUpdate("refs/heads/env/prod", commit, env)])

    # git packs anew what no tip of that line has; the blobs for that come in one request.
    assert len(server.posts("git-upload-pack")) == 1
    assert origin.files("env/prod") == origin.files("main")
    origin.git("fsck", "--strict", "--connectivity-only")


def test_commits_are_the_same_for_the_same_arguments(origin, mirror, tip):
    odd = Identity("Größe <x>\n", "<a@b>")
    one = mirror.commit(mirror.empty_tree(), [tip], "Überschrift\n\nText\n", odd, NOON)
    two = mirror.commit(mirror.empty_tree(), [tip], "Überschrift\n\nText\n", odd, NOON)
    mirror.push([RefUpdate(MAIN, one, tip)])

    assert one == two
    shown = origin.git("cat-file", "commit", one)
    assert "author Größe x <a@b> 1767355200 +0000\n" in shown
    assert "committer Größe x <a@b> 1767355200 +0000\n\nÜberschrift\n\nText" in shown
    origin.git("fsck", "--strict")
