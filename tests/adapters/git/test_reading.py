"""What is read of history: lines, changes, ancestors; and somebody's own clone, which stays as is."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.model.facts import Identity, RefUpdate
from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.pipeline import Stage
from app.core.model.renders import Rendered, RenderRequest
from app.core.model.steps import Copy, Output
from app.errors import Missing, Rejected
from app.git.local import LocalRepo
from tests.adapters.git.origin import ENV, Origin


def test_the_first_parent_line_leaves_merged_commits_out(origin, repo):
    first = origin.commit({"f": b"1"})
    side = origin.commit({"s": b"1"}, "side", parents=[first])
    merge = origin.commit({"s": b"1"}, parents=[first, side])
    last = origin.commit({"f": b"2"})

    line = repo.first_parents(last)
    assert [commit.sha for commit in line] == [last, merge, first]
    assert line[1].parents == (first, side)
    assert [c.sha for c in repo.first_parents(last, stop=[first])] == [last, merge]
    assert [c.sha for c in repo.first_parents(last, limit=1)] == [last]
    assert repo.first_parents(last, stop=[last]) == []


def test_a_commit_is_described_with_all_its_authors(origin, repo):
    text = (
        "Überschrift\nin zwei Zeilen\n\nBody\n\n"
        "Co-authored-by: Bob <bob@example.org>\nco-authored-by: Ann <ann@example.org>\n"
    )
    sha = origin.commit({"f": b"1"}, message=text)
    [commit] = repo.first_parents(sha)

    assert commit.subject == "Überschrift in zwei Zeilen"
    assert commit.authors == (("Ann", "ann@example.org"), ("Bob", "bob@example.org"))
    assert commit.committed_at == datetime.fromtimestamp(origin.clock, UTC)
    assert commit.tree == origin.git("rev-parse", f"{sha}^{{tree}}")


@pytest.mark.parametrize("seconds", [0, 99_999_999_999_999])
def test_commits_of_no_calendar_are_read(origin, repo, seconds):
    tree = origin.git("mktree")
    raw = f"tree {tree}\nauthor \xff <> {seconds} +0000\ncommitter A <a> {seconds} +0000\n\n\xff"
    sha = Sha(
        origin.git(
            "hash-object",
            "--literally",
            "-w",
            "-t",
            "commit",
            "--stdin",
            stdin=raw.encode("latin1"),
        )
    )
    [commit] = repo.first_parents(sha)

    assert commit.subject == "\ufffd"


def test_a_moved_file_counts_as_both_paths(origin, repo):
    origin.commit({"a/old": b"same", "b": b"1"})
    tip = origin.commit({"a/old": None, "c/new": b"same"})

    assert repo.changed_paths(tip) == [b"a/old", b"c/new"]


def test_a_change_of_mode_alone_counts(origin, repo):
    origin.commit({"run": b"1"})

    assert repo.changed_paths(origin.commit({"run": ("100755", b"1")})) == [b"run"]


def test_a_root_commit_changes_all_its_files(origin, repo):
    assert repo.changed_paths(origin.commit({"a": b"1", "b/c": b"2"})) == [b"a", b"b/c"]


def test_a_merge_changes_what_its_first_parent_did_not_have(origin, repo):
    first = origin.commit({"f": b"1"})
    side = origin.commit({"s": b"1"}, "side", parents=[first])
    main = origin.commit({"f": b"2"})
    merge = origin.commit({"s": b"1"}, parents=[main, side])

    assert repo.changed_paths(merge) == [b"s"]
    assert repo.changed_paths(merge, side) == [b"f"]
    assert repo.changed_paths(merge, merge) == []


def test_a_file_that_becomes_a_folder_is_gone_and_its_files_are_new(origin, repo):
    origin.commit({"x": b"1"})

    assert repo.changed_paths(origin.commit({"x": None, "x/y": b"1"})) == [b"x", b"x/y"]


def test_paths_are_bytes_whatever_they_hold(origin, repo):
    odd = {b"\xff\xfe": b"1", b"tab\there": b"2", b"line\nbreak": b"3", "é".encode(): b"4"}

    assert repo.changed_paths(origin.commit(odd)) == sorted(odd)


def test_git_itself_names_the_same_changes(origin, repo):
    origin.commit({f"{a}/{b}": b"1" for a in "abc" for b in "xyz"} | {"a.b": b"1", "a0": b"1"})
    tip = origin.commit(
        {"a/x": None, "b/x": b"2", "a.b": ("120000", b"a"), "a0": None, "a0/n": b""}
    )
    listed = origin.git("diff-tree", "-r", "-z", "--no-renames", "--name-only", f"{tip}^", tip)

    assert sorted(repo.changed_paths(tip)) == sorted(listed.encode().strip(b"\0").split(b"\0"))


def test_ancestors(origin, repo):
    first = origin.commit({"f": b"1"})
    side = origin.commit({"s": b"1"}, "side", parents=[first])
    main = origin.commit({"f": b"2"})
    alone = origin.commit({"x": b"1"}, "alone", parents=[])
    gone = Sha("12" * 20)

    assert repo.is_ancestor(first, main)
    assert repo.is_ancestor(main, main)
    assert not repo.is_ancestor(main, first)
    assert not repo.is_ancestor(gone, main)
    assert not repo.is_ancestor(gone, gone)
    assert repo.merge_base(side, main) == first
    assert repo.merge_base(alone, main) is None


def test_a_commit_that_is_not_there_is_missing(origin, repo):
    origin.commit({"f": b"1"})
    gone = Sha("12" * 20)

    assert not repo.has(gone)
    for ask in (repo.first_parents, repo.changed_paths, lambda sha: repo.read(sha, "f")):
        with pytest.raises(Missing):
            ask(gone)


def state_of(folder):
    return {p: p.read_bytes() for p in sorted(Path(folder).rglob("*")) if p.is_file()}


@pytest.fixture
def clone(origin, tmp_path):
    tip = origin.commit({"app/a": b"1"})
    origin.commit({"x": b"1"}, "env/prod", parents=[])
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(origin.path), str(folder)], check=True, env=ENV)
    return folder, tip


def test_planning_on_a_clone_does_not_touch_it(clone):
    folder, tip = clone
    before = state_of(folder)
    with LocalRepo(folder / "app") as repo:
        assert repo.fetch().keys() == {"main", "env/prod"}
        stage = Stage(
            StageName("dev"),
            WarehouseName("web"),
            path="s",
            steps=(Copy("app", "s"),),
            outputs=(Output("s"),),
        )
        made = repo.render(
            RenderRequest(StageName("dev"), FreightId(WarehouseName("web"), tip), tip),
            stage,
            lambda _: True,
        )
        assert isinstance(made, Rendered)
        noon = datetime(2026, 1, 2, tzinfo=UTC)
        commit = repo.commit(made.tree, [tip], "x", Identity("a", "b"), noon)
        assert repo.changed_paths(commit) == [b"s/a"]
        with pytest.raises(Rejected):
            repo.push([RefUpdate("refs/heads/main", commit, tip)])
    assert state_of(folder) == before


def test_a_clones_own_branch_wins_over_what_it_knows_of_origin(clone):
    folder, tip = clone
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@b"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "mine"], check=True, env=ENV)
    with LocalRepo(folder) as repo:
        mine = repo.heads()["main"]
        assert mine == repo.resolve("HEAD") == repo.resolve("main") != tip
        assert (
            repo.resolve("HEAD~1") == repo.resolve(tip[:10]) == repo.resolve("origin/main") == tip
        )
        assert repo.resolve("nonsense") is None


def test_a_linked_worktree_is_read_too(clone, tmp_path):
    folder, tip = clone
    other = tmp_path / "other"
    git = ["git", "-C", str(folder), "worktree", "add", "-q", "-b", "work", str(other)]
    subprocess.run(git, check=True, env=ENV)
    with LocalRepo(other) as repo:
        head = repo.resolve("HEAD")
        assert head is not None
        assert repo.read(head, "app/a") == b"1"
        assert repo.heads()["work"] == tip


def test_an_empty_clone_has_no_heads(origin):
    with LocalRepo(origin.path) as repo:
        assert repo.heads() == {}
        assert repo.resolve("HEAD") is None


def test_a_clone_without_the_blobs_says_what_to_do(origin, tmp_path):
    tip = origin.commit({"f": b"1"})
    folder = tmp_path / "clone"
    subprocess.run(
        [
            "git",
            "clone",
            "-q",
            "--bare",
            "--filter=blob:none",
            f"file://{origin.path}",
            str(folder),
        ],
        check=True,
        env=ENV,
    )
    with LocalRepo(folder) as repo, pytest.raises(Missing, match="fetch it first"):
        repo.read(tip, "f")


def test_a_folder_without_a_clone_is_missing(tmp_path):
    with pytest.raises(Missing, match="is not a Git repository"):
        LocalRepo(tmp_path)


def test_a_clone_with_sha256_ids_is_refused_in_words(tmp_path):
    made = Origin.make(tmp_path / "new.git", "--object-format=sha256")
    with pytest.raises(Rejected, match="SHA-256"):
        LocalRepo(made.path)


def test_a_supposed_merge_has_what_both_sides_changed(origin, repo):
    base = origin.commit({"a/x": b"1", "a/y": b"1", "b": b"1", "gone/z": b"1"})
    theirs = origin.commit({"a/x": b"2", "gone/z": None, "c/d": b"1"}, "topic", parents=[base])
    ours = origin.commit({"a/y": b"3", "b": None}, parents=[base])
    repo.fetch()

    made = repo.merged(ours, theirs)

    assert {c.path: c.kind for c in repo.file_changes(made, ours)} == {
        "gone/z": "deleted",
        "a/x": "changed",
        "c/d": "copied",
    }
    assert [c.path for c in repo.file_changes(made, theirs)] == ["b", "a/y"]
    assert repo.merged(ours, base) is not None
    assert repo.file_changes(repo.merged(ours, base), ours) == []


def test_where_both_changed_a_file_a_supposed_merge_has_that_of_the_head(origin, repo):
    base = origin.commit({"a": b"1"})
    theirs = origin.commit({"a/now/a/folder": b"2"}, "topic", parents=[base])
    ours = origin.commit({"a": b"3"}, parents=[base])
    repo.fetch()

    made = repo.merged(ours, theirs)

    assert repo.file_changes(made, theirs) == []


def test_a_commit_is_taken_back_by_its_lines_whatever_else_was_edited(origin, repo):
    lines = [b"%d\n" % n for n in range(40)]

    def text(**edits):
        return b"".join(edits.get(f"l{n}", line) for n, line in enumerate(lines))

    origin.commit({"f": text(), "g": b"1"})
    bad = origin.commit({"f": text(l3=b"bad\n"), "g": b"2"})
    edited = origin.commit({"f": text(l3=b"bad\n", l30=b"more\n")})
    half = origin.commit({"f": text(l30=b"more\n")})
    other = origin.commit({"g": b"1", "f": text(l30=b"most\n")})
    back = origin.commit({"g": b"1", "f": text(l30=b"more\n")}, parents=[edited])
    both = [b"f", b"g"]

    assert repo.takes_back(bad, edited, back, both)
    assert repo.takes_back(bad, edited, half, [b"f"])
    assert not repo.takes_back(bad, edited, half, both)  # g still has it
    assert not repo.takes_back(bad, bad, edited, both)
    assert not repo.takes_back(bad, half, half, [b"f"])  # it was gone before
    assert not repo.takes_back(bad, edited, other, both)  # other lines changed with it
