"""Mirrors over smart HTTP: what is fetched, what is not, and what happens when a server fails."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.model.facts import Identity, RefUpdate
from app.core.model.names import Repo, Sha
from app.errors import Denied, Missing, Rejected, Transient
from app.git.filelock import exclusive
from app.git.making import MANY_PACKS, is_worn, tidy
from app.git.mirror import Mirrors
from app.gitplumbing import run
from tests.adapters.git.origin import Origin

BOT = Identity("Stagelock", "bot@example.org")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
REPO = Repo(7, "acme", "web", 1)


@pytest.fixture
def mirrors(tmp_path, server):
    return Mirrors(tmp_path / "mirrors", lambda _: server.url(), lambda _: server.token)


def absent_blobs(folder):
    listed = run("rev-list", "--objects", "--all", "--missing=print", git_dir=folder)
    return sum(line.startswith(b"?") for line in listed.out.splitlines())


def test_a_mirror_has_every_branch_and_no_blob(origin, mirrors, tmp_path):
    main = origin.commit({"a.txt": b"one", "b/c.txt": b"two"})
    env = origin.commit({"x": b"three"}, "env/prod", parents=[])

    with mirrors.open(REPO) as mirror:
        assert mirror.fetch() == {"main": main, "env/prod": env}
        assert mirror.heads() == {"main": main, "env/prod": env}
    assert absent_blobs(tmp_path / "mirrors" / "7.git") == 3


def test_fetch_follows_moves_rewrites_and_deletions(origin, mirrors):
    """`a` deleted and `a/b` made cannot stand side by side in one store."""
    first = origin.commit({"f": b"1"})
    origin.commit({"f": b"1"}, "a")
    with mirrors.open(REPO) as mirror:
        origin.git("update-ref", "-d", "refs/heads/a")
        below = origin.commit({"f": b"2"}, "a/b")
        rewritten = origin.commit({"f": b"3"}, parents=[])

        assert mirror.fetch() == {"main": rewritten, "a/b": below}
        assert mirror.has(first)


@pytest.mark.parametrize("lock", ["refs/heads/main.lock", "packed-refs.lock"])
def test_a_lock_that_a_killed_git_left_behind_stops_nobody(origin, mirrors, tmp_path, lock):
    """Git itself would refuse that ref for ever, and ask for somebody to remove the file."""
    origin.commit({"f": b"1"}, "gone")
    origin.commit({"f": b"1"})
    with mirrors.open(REPO) as mirror:
        mirror.fetch()
        run("pack-refs", "--all", git_dir=tmp_path / "mirrors" / "7.git")
        tip = origin.commit({"f": b"2"})
        origin.git("update-ref", "-d", "refs/heads/gone")
        left = tmp_path / "mirrors" / "7.git" / lock
        left.touch()

        with pytest.raises(Transient, match="Another git process seems to be running"):
            mirror.fetch()  # one of this moment may be somebody's
        os.utime(left, (0, 0))
        assert mirror.fetch() == {"main": tip}
        assert not left.exists()


def test_a_branch_whose_name_is_no_text_is_left_out(origin, mirrors):
    """Nobody can write it into a pipeline file, and no page could show it."""
    tip = origin.commit({"f": b"1"})
    origin.git("update-ref", "--stdin", stdin=b"create refs/heads/\xff %s\n" % tip.encode())
    with mirrors.open(REPO) as mirror:
        assert mirror.fetch() == mirrors.ls_remote(REPO) == {"main": tip}


def test_an_empty_repository_has_no_heads(origin, mirrors):
    with mirrors.open(REPO) as mirror:
        assert mirror.fetch() == {}
        first = origin.commit({"f": b"1"})
        assert mirror.fetch() == {"main": first}
        origin.git("update-ref", "-d", "refs/heads/main")
        assert mirror.fetch() == {}
    assert mirrors.ls_remote(REPO) == {}


def test_ls_remote_needs_no_mirror(origin, mirrors, tmp_path):
    tip = origin.commit({"f": b"1"})

    assert mirrors.ls_remote(REPO) == {"main": tip}
    assert not (tmp_path / "mirrors").exists()


def test_a_file_is_fetched_when_it_is_read(origin, mirrors):
    tip = origin.commit({"a.yaml": b"a: 1\n", "b": b"2", "link": ("120000", b"b"), "d/e": b"3"})
    with mirrors.open(REPO) as mirror:
        assert mirror.read(tip, "a.yaml") == b"a: 1\n"
        assert mirror.read(tip, "d/e") == b"3"
        for no_file in ("link", "d", "gone", "b/below"):
            assert mirror.read(tip, no_file) is None


def test_many_blobs_come_in_one_request(origin, mirrors, server):
    tip = origin.commit({f"f{n}": b"text %d" % n for n in range(20)})
    with mirrors.open(REPO) as mirror:
        server.asked.clear()
        mirror.prefetch([(tip, f"f{n}") for n in range(20)] + [(tip, "gone")])
        once = len(server.posts("git-upload-pack"))
        for n in range(20):
            assert mirror.read(tip, f"f{n}") == b"text %d" % n

    assert once == len(server.posts("git-upload-pack")) == 1


def test_a_commit_that_no_branch_has_is_fetched_by_its_id(origin, mirrors):
    """The head of a pull request from a fork."""
    origin.commit({"f": b"1"})
    head = origin.commit({"f": b"2"}, "fork")
    origin.git("update-ref", "refs/pull/1/head", head)
    origin.git("update-ref", "-d", "refs/heads/fork")
    with mirrors.open(REPO) as mirror:
        assert not mirror.has(head)
        mirror.prefetch([(head, "")])

        assert mirror.changed_paths(head) == [b"f"]
        assert mirror.heads().keys() == {"main"}


def test_a_commit_that_the_server_lacks_is_missing(origin, mirrors):
    origin.commit({"f": b"1"})
    with mirrors.open(REPO) as mirror, pytest.raises(Missing):
        mirror.prefetch([(Sha("12" * 20), "")])


def test_a_server_that_cannot_filter_is_mirrored_whole(origin, mirrors, tmp_path):
    origin.git("config", "uploadpack.allowFilter", "false")
    tip = origin.commit({"f": b"1"})
    with mirrors.open(REPO) as mirror:
        assert mirror.read(tip, "f") == b"1"
    assert absent_blobs(tmp_path / "mirrors" / "7.git") == 0


@pytest.mark.parametrize("damage", ["head", "config", "gone-pack", "refs"])
def test_a_damaged_mirror_is_made_again(origin, mirrors, tmp_path, damage):
    tip = origin.commit({"f": b"1"})
    with mirrors.open(REPO):
        pass
    folder = tmp_path / "mirrors" / "7.git"
    match damage:
        case "head":
            (folder / "HEAD").unlink()
        case "config":
            (folder / "config").write_text("[core\n")
        case "gone-pack":
            for pack in (folder / "objects" / "pack").iterdir():
                pack.unlink()
        case "refs":
            (folder / "refs" / "heads" / "main").write_text("nonsense\n")
        case _:
            raise AssertionError(f"nobody damages it so: {damage}")
    newer = origin.commit({"f": b"2"})
    with mirrors.open(REPO) as mirror:
        assert mirror.fetch() == {"main": newer}
        assert [commit.sha for commit in mirror.first_parents(newer)] == [newer, tip]


def test_a_mirror_that_turns_out_to_be_damaged_is_made_again_at_the_next_try(
    origin, mirrors, tmp_path
):
    """Fetching does not notice a tree that is gone: reading does, and would for ever."""
    tip = origin.commit({"a/b": b"1"})
    with mirrors.open(REPO) as mirror:
        empty = mirror.empty_tree()
        ours = mirror.commit(empty, [tip], "x", BOT, NOON)
    (tmp_path / "mirrors" / "7.git" / "objects" / empty[:2] / empty[2:]).unlink()
    with pytest.raises(Transient), mirrors.open(REPO) as mirror:
        mirror.changed_paths(ours)
    with mirrors.open(REPO) as mirror:
        assert mirror.changed_paths(tip) == [b"a/b"]
        assert not mirror.has(ours)


def test_a_clone_that_fails_leaves_nothing_behind(origin, mirrors, server, tmp_path):
    origin.commit({"f": b"1"})
    server.fails["git-upload-pack"] = 502
    with pytest.raises(Transient), mirrors.open(REPO):
        pass
    assert [path.name for path in (tmp_path / "mirrors").iterdir()] == ["7.lock"]


def test_forget_deletes_the_mirror_and_may_be_repeated(origin, mirrors, tmp_path):
    origin.commit({"f": b"1"})
    with mirrors.open(REPO):
        pass
    mirrors.forget(7)
    mirrors.forget(7)

    assert not (tmp_path / "mirrors" / "7.git").exists()


def test_a_renamed_repository_keeps_its_mirror(origin, server, tmp_path):
    origin.commit({"f": b"1"})
    other = Origin(tmp_path / "server" / "acme" / "site.git")
    names = ["acme/web.git"]
    mirrors = Mirrors(tmp_path / "mirrors", lambda _: server.url(names[-1]), lambda _: None)
    with mirrors.open(REPO):
        pass
    origin.path.rename(other.path)
    names.append("acme/site.git")
    tip = other.commit({"f": b"2"})
    with mirrors.open(REPO) as mirror:
        assert mirror.fetch() == {"main": tip}


@pytest.mark.parametrize(
    ("status", "error"), [(401, Denied), (403, Denied), (404, Missing), (502, Transient),
                          (429, Transient)],
)  # fmt: skip
def test_what_the_server_answers_becomes_one_of_the_five_errors(
    origin, mirrors, server, status, error
):
    origin.commit({"f": b"1"})
    server.fails["upload-pack"] = status
    with pytest.raises(error) as caught:
        mirrors.ls_remote(REPO)
    assert "acme/web" in caught.value.message
    assert not getattr(caught.value, "maybe_done", False)


def test_a_server_that_is_not_there_is_transient(tmp_path, origin):
    mirrors = Mirrors(tmp_path, lambda _: "http://127.0.0.1:9/acme/web.git", lambda _: None)
    with pytest.raises(Transient):
        mirrors.ls_remote(REPO)


def test_a_token_opens_and_a_wrong_one_does_not(origin, server, tmp_path):
    tip = origin.commit({"f": b"1"})
    server.token = "canary-0123456789"
    tokens = ["canary-wrong-987654", server.token]
    mirrors = Mirrors(tmp_path / "mirrors", lambda _: server.url(), lambda _: tokens[-1])
    with mirrors.open(REPO) as mirror:
        assert mirror.read(tip, "f") == b"1"
    stored = b"".join(
        f.read_bytes() for f in tmp_path.joinpath("mirrors").rglob("*") if f.is_file()
    )
    assert b"canary" not in stored
    tokens.pop()
    with pytest.raises(Denied) as caught:
        mirrors.ls_remote(REPO)
    assert "canary" not in repr(caught.value) + str(caught.value.__dict__)


def test_a_token_that_ends_in_the_middle_is_replaced_once(origin, server, tmp_path):
    tip = origin.commit({"f": b"1"})
    server.token = "canary-first"
    refused: list[str] = []

    def renewed(_repo, token):
        refused.append(token)
        return "canary-second"

    mirrors = Mirrors(
        tmp_path / "mirrors", lambda _: server.url(), lambda _: "canary-first", renewed
    )
    with mirrors.open(REPO) as mirror:
        server.token = "canary-second"
        mirror.push([RefUpdate("refs/heads/other", tip, None)])
        assert origin.tip("other") == tip
        mirror.fetch()
        assert refused == ["canary-first"]
        server.token = "canary-third"
        with pytest.raises(Denied) as caught:
            mirror.fetch()
    assert "canary" not in caught.value.message


def test_a_repository_with_sha256_ids_is_refused_in_words(tmp_path, server, mirrors):
    origin = Origin.make(tmp_path / "server" / "acme" / "web.git", "--object-format=sha256")
    tree = origin.git("mktree")
    commit = origin.git("-c", "user.name=A", "-c", "user.email=a@b", "commit-tree", tree, "-m", "x")
    origin.git("update-ref", "refs/heads/main", commit)
    with pytest.raises(Rejected, match="SHA-256"), mirrors.open(REPO):
        pass
    with pytest.raises(Rejected, match="SHA-256"):
        mirrors.ls_remote(REPO)


def test_two_processes_never_work_on_one_mirror_at_once(tmp_path):
    lock = tmp_path / "7.lock"
    holder = subprocess.Popen(["flock", str(lock), "-c", "echo held; read wait"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(Transient, match="busy"), exclusive(lock, patience=0.05):
        pass
    holder.communicate(b"\n")
    with exclusive(lock, patience=5):
        pass


def test_a_worn_mirror_is_tidied_and_still_complete(origin, mirrors, tmp_path):
    folder = tmp_path / "mirrors" / "7.git"
    tip = origin.commit({"f": b"1", "g": b"2"})
    with mirrors.open(REPO) as mirror:
        assert not is_worn(folder)
        mirror.read(tip, "f")
        source = next((folder / "objects" / "pack").glob("*.pack"))
        for n in range(MANY_PACKS + 1):
            (folder / "objects" / "pack" / f"pack-{n:040x}.pack").write_bytes(source.read_bytes())
            index = source.with_suffix(".idx").read_bytes()
            (folder / "objects" / "pack" / f"pack-{n:040x}.idx").write_bytes(index)
            (folder / "objects" / "pack" / f"pack-{n:040x}.promisor").touch()
        assert is_worn(folder)
        tidy(folder)
        assert not is_worn(folder)
        assert mirror.fetch() == {"main": tip}
        assert (mirror.read(tip, "f"), mirror.read(tip, "g")) == (b"1", b"2")


def test_the_environment_of_the_process_does_not_reach_git(origin, mirrors, monkeypatch, tmp_path):
    """Started from a hook, git would otherwise work on the hook's repository."""
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_TRACE", str(trace))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "nonsense")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=maybe'")
    tip = origin.commit({"f": b"1"})
    with mirrors.open(REPO) as mirror:
        assert mirror.fetch() == {"main": tip}
    assert not trace.exists()
    assert Path(tmp_path / "mirrors" / "7.git").is_dir()


def test_a_repository_is_looked_at_without_being_mirrored(origin, mirrors, tmp_path):
    """Thousands of repositories without our file must not cost a mirror each."""
    origin.commit({"a/b.txt": b"b", "stagelock.yaml": b"version: 1"})

    assert mirrors.holds(REPO, "main", "stagelock.yaml")
    assert not mirrors.holds(REPO, "main", "other.yaml")
    assert not mirrors.holds(REPO, "missing", "stagelock.yaml")
    assert not list((tmp_path / "mirrors").glob("*.git"))
