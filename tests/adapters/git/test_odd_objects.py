"""Objects that git takes and libgit2 does not: facts all the same, and nobody's mirror is lost."""

import pytest

from app.core.model.names import Repo, Sha
from app.core.model.steps import Output
from app.errors import Missing, OutsideError, Rejected
from app.git.local import LocalRepo
from app.git.mirror import Mirrors
from tests.rawtrees import raw_tree

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
        assert set(repo.beyond(first, [last])) == {last, strange}
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


@pytest.mark.parametrize("place", ["author A <a@b> 5 +0000\n{}", "{}author A <a@b> 5 +0000\n"])
def test_only_a_parent_that_git_sees_is_one(origin, place):
    """Further down it is a line that nobody knows: git goes on, and so does a careless reader."""
    one, other = origin.commit({"f": b"1"}), origin.commit({"f": b"2"}, "other", parents=[])
    head = place.format(f"parent {other}\n") + "committer C <c@d> 5 +0000"
    if place.startswith("{}"):
        head += f"\nparent {'3' * 40}"
    tip = odd(origin, head, one)

    seen = origin.git("rev-list", "--parents", "-1", tip).split()[1:]
    with LocalRepo(origin.path) as repo:
        assert list(repo.first_parents(tip, limit=1)[0].parents) == seen


def test_a_commit_whose_tree_does_not_come_first_is_refused(origin):
    tree = origin.git("mktree")
    raw = f"author A <a@b> 5 +0000\ntree {tree}\ncommitter C <c@d> 5 +0000\n\nx"
    args = ("hash-object", "--literally", "-w", "-t", "commit", "--stdin")
    tip = Sha(origin.git(*args, stdin=raw.encode()))
    with LocalRepo(origin.path) as repo, pytest.raises(Rejected, match="names no tree"):
        repo.first_parents(tip)


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


LIES = {
    "a file that is called a folder": lambda o, f: ("40000", "d", o.git("rev-parse", f"{f}:f")),
    "a folder that is called a file": lambda o, f: ("100644", "f", o.git("rev-parse", f"{f}:")),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_what_a_tree_says_wrongly_is_a_fact(origin, lie):
    first = origin.commit({"f": b"1"})
    args = ("hash-object", "--literally", "-w", "-t", "tree", "--stdin")
    tree = origin.git(*args, stdin=raw_tree(lie(origin, first)))
    raw = f"tree {tree}\nparent {first}\nauthor A <a@b> 5 +0000\ncommitter C <c@d> 5 +0000\n\nx"
    tip = Sha(origin.git("hash-object", "-w", "-t", "commit", "--stdin", stdin=raw.encode()))
    with LocalRepo(origin.path) as repo, pytest.raises(Rejected, match="it is something else"):
        repo.files_in(tip, (Output("d"),)) or repo.read(tip, "f")


def test_what_the_server_says_of_its_own_damage_costs_no_mirror(origin, server, tmp_path):
    """Made anew it would hear the same, at every look."""
    origin.commit({"f": b"1"})
    mirrors = Mirrors(tmp_path / "mirrors", lambda _: server.url("acme/web"), lambda _: None)
    with mirrors.open(WEB):
        pass
    mark = tmp_path / "mirrors" / "7.git" / "mark"
    mark.touch()
    tip = origin.commit({"f": b"2"})
    (origin.path / "objects" / tip[:2] / tip[2:]).unlink(missing_ok=True)
    for pack in (origin.path / "objects" / "pack").iterdir():
        pack.unlink()

    for _ in range(2):
        with pytest.raises(OutsideError), mirrors.open(WEB) as mirror:
            mirror.fetch()
    assert mark.exists()
