"""Names of refs mean what they say: git's guesses at what somebody may have meant are nobody's."""

from __future__ import annotations

import os

import pytest

from app.core.protection import Update
from app.hook.objects import PushedObjects
from app.hook.refs import Refs
from tests.hooks.world import ENV, EVE, World, hook, line

MAIN, REVIEW = "refs/heads/main", "refs/heads/stagelock/review"
GUESSES = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
"""https://git-scm.com/docs/gitrevisions: what git tries for a name that is not there."""


def evil(world: World, stage: str) -> str:
    change = {f"stages/{stage}/web/index.html": "evil\n"}
    return world.commit(change, world.tip(), message=world.note(stage, "p-x"))


@pytest.mark.parametrize("guess", GUESSES)
@pytest.mark.parametrize("stage", ["review", "dev"])
def test_a_ref_that_git_would_guess_is_not_our_branch(world, guess, stage):
    world.run("-C", world.server, "update-ref", "-d", f"refs/heads/stagelock/{stage}")
    made = evil(world, stage)
    assert world.push(f"{made}:{guess.format(f'refs/heads/stagelock/{stage}')}").accepted

    pushed = world.push(f"{made}:{MAIN}")

    assert not pushed.accepted
    assert f"only promotions write the outputs of stage {stage}" in pushed.said


@pytest.mark.parametrize("guess", GUESSES)
def test_a_ref_that_git_would_guess_is_no_locks_state(world, guess):
    ref = "refs/stagelock/locks/guarded-env"
    world.run("-C", world.server, "update-ref", "-d", ref)
    granted = world.lock("guarded-env", 9, ("p-guarded", "guarded", 9))
    assert world.push(f"{granted}:{guess.format(ref)}").accepted
    merged = world.commit((), world.tip(), tree_of=world.tip("refs/heads/stagelock/guarded"))

    pushed = world.push(f"{merged}:{MAIN}")

    assert "needs lock guarded-env" in pushed.said


@pytest.mark.parametrize("guess", GUESSES)
def test_a_ref_that_git_would_guess_is_no_default_branch(world, guess):
    """Else whoever may push could give an empty repository rules that lock others out."""
    world.run("-C", world.server, "symbolic-ref", "HEAD", "refs/heads/trunk")
    assert world.push(f"{world.tip()}:{guess.format('refs/heads/trunk')}").accepted

    pushed = world.push(f"{evil(world, 'dev')}:{MAIN}")

    assert pushed.accepted
    assert "HEAD names refs/heads/trunk, and there is no such branch" in pushed.said


def test_packed_refs_are_found_by_their_whole_name(world):
    world.set_ref("refs/heads/x/stagelock/dev", evil(world, "dev"))
    world.run("-C", world.server, "pack-refs", "--all", "--prune")
    assert not world.tip()
    listed = world.run("-C", world.server, "rev-parse", MAIN).stdout.decode().strip()
    made = world.commit({"stages/dev/web/index.html": "evil\n"}, listed)

    assert not world.push(f"{made}:{MAIN}").accepted
    newer = world.commit({"stages/review/web/index.html": "newer\n"}, listed)
    assert world.push(f"{newer}:{MAIN}").accepted


@pytest.mark.parametrize("head", ["ref:refs/heads/main\n", "ref: \t refs/heads/main \n", None])
def test_head_is_read_as_git_reads_it(world, head):
    """By hand without a blank, or as a link, as git itself wrote it in its first years."""
    file = world.server / "HEAD"
    file.unlink()
    if head is None:
        file.symlink_to(MAIN)
    else:
        file.write_text(head)

    assert not world.push(f"{evil(world, 'dev')}:{MAIN}").accepted


def test_a_linked_working_tree_has_the_refs_of_its_repository(world, tmp_path):
    world.run("-C", world.server, "worktree", "add", "-q", "-b", "side", tmp_path / "side", MAIN)
    made = evil(world, "dev")
    world.set_ref("refs/kept/evil", made)
    linked = world.server / "worktrees" / "side"
    (linked / "HEAD").write_text(f"ref: {MAIN}\n")

    done = hook(world, line(world.tip(), made, MAIN.encode()), GIT_DIR=os.fspath(linked))

    assert done.returncode == 1
    assert b"only promotions write the outputs of stage dev" in done.stderr


def test_a_ref_that_is_there_and_holds_no_id_is_not_one_that_is_not_there(world):
    """No rules can be found, so nobody passes; a repository without rules would let all pass."""
    tip, made = world.tip(), evil(world, "dev")
    world.set_ref("refs/kept/evil", made)
    (world.server / MAIN).write_text("half an id\n")

    done = hook(world, line(tip, made, b"refs/heads/other"))

    assert done.returncode == 1
    assert b"stagelock.yaml, as it is in force, cannot be checked" in done.stderr


def test_a_ring_of_symbolic_refs_ends(world):
    for one, other in (("a", "b"), ("b", "a")):
        (world.server / f"refs/heads/{one}").write_text(f"ref: refs/heads/{other}\n")
    (world.server / "HEAD").write_text("ref: refs/heads/a\n")

    done = hook(world, line(world.tip(), evil(world, "dev"), MAIN.encode()))

    assert done.returncode == 1
    assert b"leads to no branch" in done.stderr


def test_refs_that_git_keeps_in_tables_are_asked_of_git(world, tmp_path, monkeypatch):
    """https://git-scm.com/docs/reftable: there are no files of refs, and HEAD's file says nothing."""
    world.run("-C", world.server, "symbolic-ref", "refs/heads/alias", MAIN)
    world.run("-C", world.server, "update-ref", f"refs/tags/{REVIEW}-gone", world.tip())
    tabled, programs = tmp_path / "tabled.git", tmp_path / "bin"
    tabled.mkdir()
    (tabled / "HEAD").write_text("ref: refs/heads/.invalid\n")
    programs.mkdir()
    git = world.run("--exec-path").stdout.decode().strip()
    (programs / "git").write_text(
        f'#!/bin/sh\nGIT_DIR="{world.server}" exec "{git}/git" "$@"\n', encoding="utf-8"
    )
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{ENV['PATH']}")

    with PushedObjects({**os.environ, "GIT_DIR": os.fspath(tabled)}) as objects:
        refs = Refs(os.fspath(tabled), "")
        default = refs.default(objects)
        found = refs.tip(objects, REVIEW.encode())
        gone = refs.tip(objects, f"{REVIEW}-gone".encode())
        moved = refs.followed(objects, Update(b"refs/heads/alias", None, world.tip()))

    assert (default.ref, default.tip) == (MAIN.encode(), world.tip())
    assert found is not None
    assert found[0] == world.tip(REVIEW)
    assert gone is None
    assert moved.ref == MAIN.encode()


def test_an_encoding_makes_no_parents_of_what_git_does_not_read_as_such(world):
    """Else a whole-tree branch could be rewound: its past is that of `git rev-list`, in UTF-7."""
    world.run("-C", world.server, "config", "receive.fsckObjects", "false")
    whole = world.tip("refs/heads/env/whole")
    tree = world.text("rev-parse", f"{whole}^{{tree}}")
    who = "A <a@example.org> 1700000000 -0000"
    raw = f"tree {tree}\n+AHA-arent {whole}\nauthor {who}\ncommitter {who}\nencoding UTF-7\n\nx\n"
    made = world.text(
        "hash-object", "--literally", "-t", "commit", "-w", "--stdin", stdin=raw.encode()
    )

    pushed = world.push(f"+{made}:refs/heads/env/whole", who=EVE)

    assert not pushed.accepted
    assert "only moves forward" in pushed.said
