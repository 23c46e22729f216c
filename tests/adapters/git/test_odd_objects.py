"""Objects that git takes and libgit2 does not: facts all the same, and nobody's mirror is lost."""

import pytest

from app.core.names import Repo, Sha
from app.errors import Missing, Rejected
from app.git.local import LocalRepo
from app.git.mirror import Mirrors

WEB = Repo(7, "acme", "web", 1)
COMMITS = {
    "an author without a date": "author Ann <ann@example.org>\ncommitter C <c@d> 5 +0000\n",
    "an author without brackets": "author Ann\ncommitter C <c@d> 5 +0000\n",
    "no author at all": "committer C <c@d> 5 +0000\n",
    "a committer without a date": "author A <a@b> 5 +0000\ncommitter C <c@d>\n",
    "an encoding that is none": "author A <a@b> 5 +0000\ncommitter C <c@d> 5 +0000\nencoding x\n",
    "undefined": "author A <a@b> 5 +0000\ncommitter C <c@d> 5 +0000\nencoding undefined\n",
    "idna": "author A <a@b> 5 +0000\ncommitter C <c@d> 5 +0000\nencoding idna\n",
    "hex": "author A <a@b> 5 +0000\ncommitter C <c@d> 5 +0000\nencoding hex\n",
}


def odd(origin, head: str, parent: Sha | None = None) -> Sha:
    tree = origin.git("mktree")
    above = f"parent {parent}\n" if parent else ""
    raw = f"tree {tree}\n{above}{head}\nsubject \xff\n\nbody"
    args = ("hash-object", "--literally", "-w", "-t", "commit", "--stdin")
    return Sha(origin.git(*args, stdin=raw.encode("latin-1")))


@pytest.mark.parametrize("head", COMMITS.values(), ids=COMMITS)
def test_an_odd_commit_is_a_fact_and_the_line_goes_on_below_it(origin, head):
    first = origin.commit({"f": b"1"})
    strange = odd(origin, head, first)
    last = odd(origin, COMMITS["idna"], strange)
    with LocalRepo(origin.path) as repo:
        line = repo.first_parents(last)
        assert [commit.sha for commit in line] == [last, strange, first]
        assert line[1].subject == "subject \ufffd"
        assert all(commit.authors[0][0] for commit in line)
        assert repo.message(strange) == "subject \ufffd\n\nbody"
        assert repo.is_ancestor(first, last)
        assert not repo.is_ancestor(last, first)
        assert repo.changed_paths(strange) == [b"f"]


def test_a_mirror_with_an_odd_commit_is_kept(origin, server, tmp_path):
    first = origin.commit({"f": b"1"})
    origin.git("update-ref", "refs/heads/main", odd(origin, COMMITS["no author at all"], first))
    mirrors = Mirrors(tmp_path / "mirrors", lambda _: server.url("acme/web"), lambda _: None)
    with mirrors.open(WEB) as mirror:
        mirror.fetch()
    mark = tmp_path / "mirrors" / "7.git" / "mark"
    mark.touch()
    with mirrors.open(WEB) as mirror:
        mirror.fetch()
        assert len(mirror.first_parents(mirror.heads()["main"])) == 2
    assert mark.exists()


def test_what_is_not_there_is_missing_and_what_is_no_commit_is_so_too(origin):
    first = origin.commit({"f": b"1"})
    with LocalRepo(origin.path) as repo:
        for sha in ("a" * 40, origin.git("rev-parse", f"{first}^{{tree}}")):
            with pytest.raises(Missing):
                repo.first_parents(Sha(sha))


def test_folders_as_deep_as_somebody_likes_are_compared(origin):
    origin.commit({"f": b"1"})
    deep = "d/" * 1500 + "x"
    sha = origin.commit({deep: b"1"})
    with LocalRepo(origin.path) as repo:
        assert repo.changed_paths(sha) == [deep.encode()]


def test_a_lock_ref_that_names_no_commit_is_refused_by_itself(origin, server, tmp_path):
    first = origin.commit({"f": b"1"})
    origin.git("update-ref", "refs/heads/main", first)
    origin.git("update-ref", "refs/stagelock/locks/e2e", f"{first}^{{tree}}")
    mirrors = Mirrors(tmp_path / "mirrors", lambda _: server.url("acme/web"), lambda _: None)
    with mirrors.open(WEB) as mirror:
        mirror.fetch()
        with pytest.raises(Rejected, match="names no commit"):
            mirror.note("refs/stagelock/locks/e2e")
        assert mirror.note("refs/stagelock/locks/other") is None
