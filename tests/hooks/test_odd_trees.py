"""Real pushes of trees that git takes and that two readers could read in two ways: all refused."""

from __future__ import annotations

import pytest

from tests.hooks.world import ANN, BOT, EVE, World
from tests.rawtrees import parsed, raw_tree

MAIN, EVIL = "refs/heads/main", "evil\n"


@pytest.fixture
def unchecked(tmp_path, seeded):
    """The world's server as git has it by default: it looks through nothing that is pushed."""
    world = World.copied(seeded, tmp_path)
    world.run("-C", world.server, "config", "--unset-all", "receive.fsckObjects")
    return world


class Forge:
    """Makes commits on main whose folders are written byte by byte."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.evil = world.text("hash-object", "-w", "--stdin", stdin=EVIL.encode())
        self.folder = self.tree(("100644", "evil.sh", self.evil))

    def tree(self, *entries) -> str:
        words = ("hash-object", "--literally", "-t", "tree", "-w", "--stdin")
        return self.world.text(*words, stdin=raw_tree(*entries))

    def read(self, path: str = "") -> list[tuple[str, bytes, str]]:
        raw = self.world.run(
            "-C", self.world.clone, "cat-file", "tree", f"{self.world.tip()}:{path}"
        )
        return parsed(raw.stdout)

    def commit(self, folder: str, entries) -> str:
        """On main's tip, with *folder* ("" is the root) holding *entries*."""
        made = self.tree(*entries)
        while folder:
            folder, _, name = folder.rpartition("/")
            made = self.tree(
                *((m, n, made if n == name.encode() else i) for m, n, i in self.read(folder))
            )
        return self.world.text(
            "commit-tree", made, "-p", self.world.tip(), "-m", "Change",
        )  # fmt: skip


def twice(forge, folder, name):
    entries = forge.read(folder)
    return forge.commit(folder, [("40000", name, forge.folder), *entries])


def sloped(forge):
    return forge.commit("", [*forge.read(), ("100644", "stages/dev/web/evil.sh", forge.evil)])


def beside(forge):
    entries = sorted(
        [*forge.read("stages"), ("40000", b"dev/web", forge.folder)], key=lambda e: e[1]
    )
    return forge.commit("stages", entries)


def remoded(mode):
    def made(forge):
        entries = [(mode if n == b"web" else m, n, i) for m, n, i in forge.read("stages/dev")]
        return forge.commit("stages/dev", entries)

    return made


def named(name):
    name = name.encode()

    def made(forge):
        entries = sorted(
            [*forge.read("stages/dev/web"), ("100644", name, forge.evil)], key=lambda e: e[1]
        )
        return forge.commit("stages/dev/web", entries)

    return made


ODD = {
    "a name twice in the root": lambda f: twice(f, "", "stages"),
    "a name twice above the outputs": lambda f: twice(f, "stages", "dev"),
    "a name twice in the outputs": lambda f: twice(f, "stages/dev", "web"),
    "a file and a folder of one name": lambda f: f.commit(
        "stages/dev", [("100644", "web", f.evil), *f.read("stages/dev")]
    ),
    "a slash in the root": sloped,
    "a slash beside the stage": beside,
    "a folder with a file's rights": remoded("40755"),
    "a folder with no rights": remoded("44000"),
    "a mode that is none": remoded("170000"),
    "not in order": lambda f: f.commit("stages/dev", reversed(f.read("stages/dev"))),
    "a name with a stream": named(".git::$INDEX_ALLOCATION"),
    "a name with a dot at its end": named(".git."),
    "a name with a space at its end": named(".git "),
    "a name with an unseen character": named(".g\u200cit"),
    "a short name": named("git~1"),
    "the folder above": named(".."),
}


@pytest.mark.parametrize("made", ODD.values(), ids=ODD)
def test_a_tree_that_is_not_strictly_gits_cannot_be_checked(unchecked, made):
    pushed = unchecked.push(f"{made(Forge(unchecked))}:{MAIN}", who=EVE)

    assert not pushed.accepted
    assert "cannot be checked" in pushed.said


@pytest.mark.parametrize("name", ["a folder with a file's rights", "a name twice in the outputs"])
def test_where_git_looks_through_what_is_pushed_it_is_refused_too(world, name):
    assert not world.push(f"{ODD[name](Forge(world))}:{MAIN}", who=EVE).accepted


def test_leading_zeros_of_a_mode_mean_nothing(unchecked):
    """Old programs wrote them: the same folder, so the same outputs."""
    forge = Forge(unchecked)
    entries = [("0" + m if m == "40000" else m, n, i) for m, n, i in forge.read()]

    assert unchecked.push(f"{forge.commit('', entries)}:{MAIN}", who=EVE).accepted


def test_what_is_no_stages_folder_is_not_looked_into(unchecked):
    forge = Forge(unchecked)
    made = forge.commit("apps/web", [*forge.read("apps/web"), *forge.read("apps/web")])

    assert unchecked.push(f"{made}:{MAIN}", who=EVE).accepted


def test_the_promoter_pushes_no_such_tree_either(unchecked):
    made = ODD["a name twice in the outputs"](Forge(unchecked))

    assert not unchecked.push(f"{made}:{MAIN}", who=BOT).accepted


def test_break_glass_gets_it_in_and_out_again(unchecked):
    """Else nobody could mend what is there."""
    good, odd = unchecked.tip(), ODD["a name twice in the outputs"](Forge(unchecked))
    options = ("stagelock.reason=mend it",)

    assert unchecked.push(f"{odd}:{MAIN}", who=ANN, options=options).accepted
    assert not unchecked.push(f"+{good}:{MAIN}", who=EVE).accepted
    assert unchecked.push(f"+{good}:{MAIN}", who=ANN, options=options).accepted


def test_a_parent_that_only_a_careless_reader_sees_keeps_no_history(unchecked):
    """The same outputs on a history of its own, which claims the old one in a line git skips."""
    ref = "refs/heads/env/whole"
    old = unchecked.tip(ref)
    tree = unchecked.text("rev-parse", f"{old}^{{tree}}")
    who = "A <a@b> 5 +0000"
    raw = f"tree {tree}\nauthor {who}\ncommitter {who}\nparent {old}\n\nx\n"
    words = ("hash-object", "--literally", "-t", "commit", "-w", "--stdin")
    made = unchecked.text(*words, stdin=raw.encode())

    pushed = unchecked.push(f"+{made}:{ref}", who=BOT)
    assert not pushed.accepted
    assert "only moves forward" in pushed.said
