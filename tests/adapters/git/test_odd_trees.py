"""Trees that two readers could read in two ways: the App reads none of them, and says so."""

from __future__ import annotations

import subprocess

import pytest

from app.core.config import parse
from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.renders import RenderRequest, StepProblem
from app.core.model.steps import Output
from app.errors import Rejected
from app.git.local import LocalRepo
from app.gitplumbing.trees import OddTree, read_tree
from tests.rawtrees import parsed, raw_tree

A, B, C = "a" * 40, "b" * 40, "c" * 40
PIPELINE = b"""\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {path: stages/dev}}
"""
TWICE = (("100644", "x", A), ("100644", "x", B))
ODD = {
    "a name twice": TWICE,
    "a name twice, not side by side": (("100644", "x", A), ("100644", "x.y", A), ("40000", "x", B)),
    "a slash": (("100644", "a/b", A),),
    "an empty name": (("100644", "", A),),
    "a dot": (("100644", ".", A),),
    "two dots": (("40000", "..", A),),
    "git's own": (("40000", ".git", A),),
    "what NTFS takes for it": (("40000", "git~1", A),),
    "what HFS+ takes for it": (("40000", ".g\u200cit", A),),
    "a folder with a file's rights": (("40755", "x", A),),
    "a mode that is none": (("100600", "x", A),),
    "no mode": (("", "x", A),),
    "a mode in decimals": (("100648", "x", A),),
    "a mode that overflows": (("200000100644", "x", A),),
    "out of order": (("100644", "b", A), ("100644", "a", A)),
    "a folder sorted as a file": (("40000", "a", A), ("100644", "a.b", A)),
}


@pytest.mark.parametrize("entries", ODD.values(), ids=ODD)
def test_what_is_not_strictly_gits_is_not_read(entries):
    with pytest.raises(OddTree):
        read_tree(raw_tree(*entries))


@pytest.mark.parametrize("cut", range(1, len(raw_tree(("100644", "x", A)))))
def test_a_tree_that_is_cut_off_is_not_read(cut):
    with pytest.raises(OddTree):
        read_tree(raw_tree(("100644", "x", A))[:cut])
    with pytest.raises(OddTree):
        read_tree(raw_tree(("100644", "w", A)) + raw_tree(("100644", "x", A))[:cut])


def test_gits_six_modes_in_gits_order_are_read_and_leading_zeros_mean_nothing():
    entries = (
        ("100644", "a", A),
        ("100755", "a.b", B),
        ("040000", "a0", C),
        ("120000", "b", A),
        ("160000", "c", B),
        ("0000100664", "d", C),
    )

    assert read_tree(raw_tree(*entries)) == {
        b"a": (0o100644, A),
        b"a.b": (0o100755, B),
        b"a0": (0o040000, C),
        b"b": (0o120000, A),
        b"c": (0o160000, B),
        b"d": (0o100664, C),
    }
    assert read_tree(b"") == {}


def tree(origin, *entries):
    args = ("hash-object", "--literally", "-w", "-t", "tree", "--stdin")
    return Sha(origin.git(*args, stdin=raw_tree(*entries)))


def doubled(origin, first, folder):
    """A commit on *first* whose *folder* (below the root's own) has its first name twice."""
    top, _, name = folder.partition("/")
    below = parsed(raw(origin, f"{first}:{folder}"))
    made = tree(origin, ("100644", below[0][1], below[0][2]), *below)
    if name:
        outer = parsed(raw(origin, f"{first}:{top}"))
        made = tree(origin, *((m, n, made if n == name.encode() else i) for m, n, i in outer))
    root = parsed(raw(origin, f"{first}:"))
    top_made = tree(origin, *((m, n, made if n == top.encode() else i) for m, n, i in root))
    return Sha(origin.git("commit-tree", top_made, "-p", first, "-m", "Twice"))


def raw(origin, name):
    words = ["git", "--git-dir", str(origin.path), "cat-file", "tree", name]
    return subprocess.run(words, check=True, capture_output=True).stdout


@pytest.fixture
def first(origin):
    for key in ("user.name", "user.email"):
        origin.git("config", key, "ann@example.org")
    return origin.commit({"apps/web/f": b"1", "stages/dev/f": b"1", "z": b"1"})


@pytest.fixture
def stage():
    pipeline = parse(PIPELINE, "main").pipeline
    assert pipeline is not None
    return pipeline.stages[StageName("dev")]


def test_outputs_on_the_way_to_which_a_name_stands_twice_are_unreadable(origin, first, stage):
    odd = doubled(origin, first, "stages")

    with LocalRepo(origin.path) as repo, pytest.raises(Rejected, match="cannot be read"):
        repo.content(odd, stage.outputs)


def test_outputs_in_which_a_name_stands_twice_are_not_what_they_were(origin, first, stage):
    odd = doubled(origin, first, "stages/dev")

    with LocalRepo(origin.path) as repo:
        assert repo.content(odd, stage.outputs) != repo.content(first, stage.outputs)


def test_a_freight_with_such_a_folder_is_promoted_nowhere(origin, first, stage):
    odd = doubled(origin, first, "apps/web")

    with LocalRepo(origin.path) as repo:
        made = repo.render(request(odd, first), stage, lambda _path: True)

    assert isinstance(made, StepProblem)
    assert made.file == "apps/web"
    assert "it has the name 'f' twice" in made.message


def request(freight, onto):
    return RenderRequest(StageName("dev"), FreightId(WarehouseName("web"), freight), onto)


def bomb(origin, leaf, levels=12):
    """Folders that each hold the next one ten times: a dozen objects, and no end of paths."""
    made = leaf
    for _ in range(levels):
        made = ("40000", tree(origin, *((made[0], f"d{n}", made[1]) for n in range(10))))
    return Sha(made[1])


@pytest.mark.parametrize("leaf", ["file", "folder"])
def test_folders_that_hold_each_other_are_refused_before_they_take_all_time(origin, first, leaf):
    """Of any depth, whether there is a file in them at all or not."""
    ends = {
        "file": ("100644", origin.git("rev-parse", f"{first}:z")),
        "folder": ("40000", tree(origin)),
    }
    root = bomb(origin, ends[leaf])
    tip = Sha(origin.git("commit-tree", root, "-p", first, "-m", "Many"))

    with LocalRepo(origin.path) as repo:
        with pytest.raises(Rejected, match="more than 1,000,000 files"):
            repo.changed_paths(tip)
        with pytest.raises(Rejected, match="more than 1,000,000 files"):
            repo.files_in(tip, (Output(""),))
        assert repo.read(tip, "z") is None
