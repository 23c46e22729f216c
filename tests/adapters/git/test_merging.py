"""A freight and people's edits together, three-way, on real repositories."""

from datetime import UTC, datetime

import pytest

from app.core.model.facts import Identity
from app.core.model.names import FreightId, StageName, WarehouseName
from app.core.model.pipeline import Stage
from app.core.model.renders import Clash, Rendered, RenderRequest
from app.core.model.steps import Copy, Output, TakeTree, Value, YamlSet
from app.errors import Missing
from app.git.local import LocalRepo
from app.git.trees import FILE, Entry

TEXT = b"one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
FOLDER = Output("prod")
COPY = Copy("app", "prod")
ANN = Identity("Ann", "ann@example.org")
THEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def repo(origin):
    with LocalRepo(origin.path) as opened:
        yield opened


class Case:
    """*old* was promoted; people changed it to *hands*; *new* is to come."""

    def __init__(self, origin, repo):
        self.origin, self.repo = origin, repo
        self.stage = self.having(COPY)

    def having(self, *steps, outputs=(FOLDER,)):
        self.stage = Stage(
            StageName("prod"), WarehouseName("web"), path="prod", steps=steps, outputs=outputs
        )
        return self.stage

    def render(self, freight, onto):
        request = RenderRequest(StageName("prod"), FreightId(WarehouseName("web"), freight), onto)
        return self.repo.render(request, self.stage, lambda _: True)

    def merge(self, old, hands, new, before=()):
        """*before* are files of people's that no output covers."""
        first = self.origin.commit({f"app/{k}": v for k, v in old.items()} | dict(before))
        promoted = {f"prod/{k}": v for k, v in old.items()}
        landed = self.origin.commit(promoted)
        base = self.render(first, landed).pure
        tip = self.origin.commit({f"prod/{k}": v for k, v in hands.items()}, author="Bob <b@x>")
        changes = {f"app/{k}": None for k in old} | {f"app/{k}": v for k, v in new.items()}
        self.tip = self.origin.commit(changes)
        assert tip
        request = RenderRequest(
            StageName("prod"), FreightId(WarehouseName("web"), self.tip), self.tip
        )
        return self.repo.merge(request, self.stage, lambda _: True, base)

    def files(self, made, below="prod/"):
        assert isinstance(made, Rendered), made
        objects, found = self.repo._objects, {}
        for path in objects.trees.changes(None, made.tree):
            if path.startswith(below.encode()):
                entry = objects.trees.find(made.tree, path)
                found[path.decode()[len(below) :]] = objects.blob(entry.id)
        return found


@pytest.fixture
def case(origin, repo):
    return Case(origin, repo)


def test_a_changed_file_stays_where_the_freight_did_not_change_it(case):
    made = case.merge({"a": b"1", "b": b"1"}, {"a": b"hot"}, {"a": b"1", "b": b"2"})

    assert case.files(made) == {"a": b"hot", "b": b"2"}
    assert made.kept == ("prod/a",)
    assert made.merged
    assert dict(made.pure) != dict(made.content)


def test_lines_of_one_file_are_merged(case):
    hot, new = TEXT.replace(b"two", b"TWO"), TEXT.replace(b"six", b"SIX")
    made = case.merge({"a": TEXT}, {"a": hot}, {"a": new})

    assert case.files(made) == {"a": hot.replace(b"six", b"SIX")}
    assert made.kept == ("prod/a",)


def test_the_same_line_clashes_and_the_file_is_named(case):
    hot, new = TEXT.replace(b"two", b"TWO"), TEXT.replace(b"two", b"zwei")
    made = case.merge({"a": TEXT, "b": b"1"}, {"a": hot}, {"a": new, "b": b"2"})

    assert made == Clash(("prod/a",))


def test_the_same_change_on_both_sides_is_no_edit_any_more(case):
    made = case.merge({"a": b"1"}, {"a": b"2"}, {"a": b"2"})

    assert made.kept == ()
    assert made.in_sync


def test_an_added_file_stays_and_a_removed_one_stays_away(case):
    made = case.merge(
        {"a": b"1", "b": b"1", "c/d": b"1"},
        {"hot": b"fix", "c/e": b"fix", "b": None},
        {"a": b"2", "b": b"1", "c/d": b"2"},
    )

    assert case.files(made) == {"a": b"2", "c/d": b"2", "c/e": b"fix", "hot": b"fix"}
    assert set(made.kept) == {"prod/hot", "prod/c/e", "prod/b"}


def test_an_added_file_stays_when_the_freight_drops_its_folder(case):
    made = case.merge({"a": b"1", "c/d": b"1"}, {"c/e": b"fix"}, {"a": b"1"})

    assert case.files(made) == {"a": b"1", "c/e": b"fix"}


@pytest.mark.parametrize(
    ("hands", "new"),
    [
        ({"a": None}, {"a": b"2", "b": b"1"}),
        ({"a": b"2"}, {"b": b"1"}),
        ({"new": b"ours"}, {"a": b"1", "b": b"1", "new": b"theirs"}),
        ({"a": None, "a/x": b"1"}, {"a": b"2", "b": b"1"}),
        ({"a": b"\0\1"}, {"a": b"\0\2", "b": b"1"}),
    ],
    ids=["removed-changed", "changed-removed", "both-added", "file-folder", "binary"],
)
def test_what_cannot_be_merged_clashes(case, hands, new):
    made = case.merge({"a": b"1", "b": b"1"}, hands, new)

    assert isinstance(made, Clash)
    assert made.places[0] in ("prod/a", "prod/new")


def test_bytes_that_are_no_text_of_any_encoding_are_merged_as_they_are(case):
    old = b"caf\xe9\n" + TEXT
    made = case.merge({"a": old}, {"a": b"hot\n" + old}, {"a": old + b"new\n"})

    assert case.files(made) == {"a": b"hot\n" + old + b"new\n"}


def test_a_mode_is_merged_too(case):
    made = case.merge({"a": TEXT}, {"a": ("100755", TEXT)}, {"a": TEXT + b"more\n"})

    entry = case.repo._objects.trees.find(made.tree, b"prod/a")
    assert (entry.mode, case.files(made)["a"]) == (0o100755, TEXT + b"more\n")


def test_a_kept_edit_is_kept_again(case):
    """The base of the second promotion is what the first freight alone gives, not what it wrote."""
    made = case.merge({"a": b"1", "b": b"1"}, {"a": b"hot"}, {"a": b"1", "b": b"2"})
    landed = case.repo.commit(made.tree, (case.tip,), "Promote", ANN, THEN)
    third = _commit(case, landed, {"app/b": b"3"})
    request = RenderRequest(StageName("prod"), FreightId(WarehouseName("web"), third), landed)
    again = case.repo.merge(request, case.stage, lambda _: True, made.pure)

    assert case.files(again) == {"a": b"hot", "b": b"3"}
    assert again.kept == ("prod/a",)


def test_files_that_are_left_alone_are_no_edits(case):
    case.having(
        Copy("app", "prod", excepts=("prod/own",)), outputs=(Output("prod", None, ("prod/own",)),)
    )
    made = case.merge({"a": b"1"}, {"own": b"theirs", "hot": b"x"}, {"a": b"2", "own": b"f"})

    assert case.files(made) == {"a": b"2", "own": b"theirs", "hot": b"x"}
    assert made.kept == ("prod/hot",)


def test_a_whole_tree_is_merged(origin, repo):
    case = Case(origin, repo)
    case.stage = Stage(
        StageName("prod"), WarehouseName("web"), branch="env", steps=(TakeTree(False, (".github",)),),
        outputs=(Output("", None, (".github",)),),
    )  # fmt: skip
    first = origin.commit({"a": b"1", "b": b"1", ".github/w": b"main's"})
    base = case.render(first, None)
    landed = origin.commit({"a": b"1", "b": b"1", ".github/w": b"env's"}, "env")
    tip = origin.commit({"a": b"hot"}, "env")
    new = origin.commit({"b": b"2"})
    made = repo.merge(
        RenderRequest(StageName("prod"), FreightId(WarehouseName("web"), new), tip),
        case.stage,
        lambda _: True,
        base.pure,
    )

    assert landed != tip
    assert case.files(made, "") == {"a": b"hot", "b": b"2", ".github/w": b"env's"}


KEYS = (Output("prod/k.yaml", "image"), Output("prod/k.yaml", "tag"))


@pytest.mark.parametrize(
    ("hands", "expected"),
    [
        (b"tag: new\nimage: mine # why\nn: 1\n", b"tag: two\nimage: mine # why\nn: 1\n"),
        (b"tag: one\nimage: web\nn: 2\n", b"tag: two\nimage: web\nn: 2\n"),
    ],
)
def test_keys_are_merged_one_by_one(origin, repo, hands, expected):
    case = Case(origin, repo)
    values = (("tag", Value("${{ freight.short }}")), ("image", Value("web")))
    case.having(YamlSet("prod/k.yaml", values), outputs=KEYS)
    base = (("prod/k.yaml#image", "web"), ("prod/k.yaml#tag", "new" if b"new" in hands else "one"))
    tip = origin.commit({"prod/k.yaml": hands})
    made = repo.merge(
        RenderRequest(StageName("prod"), FreightId(WarehouseName("web"), tip), tip),
        case.stage,
        lambda _: True,
        base,
    )

    assert case.files(made) == {"k.yaml": expected.replace(b"two", tip[:7].encode())}
    assert made.kept == (("prod/k.yaml#image",) if b"mine" in hands else ())


def test_a_key_that_both_changed_clashes(origin, repo):
    case = Case(origin, repo)
    case.having(YamlSet("prod/k.yaml", (("tag", Value("${{ freight.sha }}")),)), outputs=(KEYS[1],))
    tip = origin.commit({"prod/k.yaml": b"tag: hot\n"})
    request = RenderRequest(StageName("prod"), FreightId(WarehouseName("web"), tip), tip)
    base = (("prod/k.yaml#tag", "old"),)

    assert repo.merge(request, case.stage, lambda _: True, base) == Clash(("prod/k.yaml#tag",))


def test_a_base_that_is_not_there_any_more_is_told(case):
    made = case.merge({"a": b"1"}, {"b": b"1"}, {"a": b"2"})
    assert isinstance(made, Rendered)
    request = RenderRequest(StageName("prod"), FreightId(WarehouseName("web"), case.tip), case.tip)
    with pytest.raises(Missing):
        case.repo.merge(request, case.stage, lambda _: True, (("prod", "040000:" + "1" * 40),))


def test_differing_places_are_files_and_keys(origin, repo):
    outputs = (Output("prod", None, ("prod/own",)), Output("k.yaml", "tag"))
    one = origin.commit({"prod/a": b"1", "prod/own": b"1", "k.yaml": b"tag: 1\nn: 1\n"})
    two = origin.commit({"prod/b/c": b"1", "prod/own": b"2", "k.yaml": b"tag: 1\nn: 2\n"})
    three = origin.commit({"k.yaml": b"tag: 2\n", b"prod/\xff": b"1"})

    assert repo.differing(one, two, outputs) == ["prod/b/c"]
    assert sorted(repo.differing(two, three, outputs)) == ["k.yaml#tag", "prod/\\xff"]
    assert sorted(repo.differing(None, one, outputs)) == ["k.yaml#tag", "prod/a"]


def _commit(case, onto, changes):
    """A commit on *onto*, which only the scratch store has."""
    objects = case.repo._objects
    tree = objects.tree_of(onto)
    for path, data in changes.items():
        tree = objects.trees.replace(tree, path.encode(), Entry(FILE, objects.write_blob(data)))
    return case.repo.commit(tree, (onto,), "work", ANN, THEN)
