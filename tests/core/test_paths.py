"""Which paths fire which warehouses."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model.names import StageName, WarehouseName
from app.core.model.pipeline import Pipeline, Stage, Warehouse
from app.core.paths.globs import entry_error, fixed_folder
from app.core.paths.watch_rules import Firing, compile_rules, line_of
from tests.core.world import parsed

W = WarehouseName("w")


def rules(paths=(), ignore=(), stages=(), branch=None, default="main"):
    warehouse = Warehouse(W, branch, tuple(paths), tuple(ignore))
    return compile_rules(Pipeline({W: warehouse}, {s.name: s for s in stages}), default)


def fires(entry, path):
    assert entry_error(entry) is None
    raw = path if isinstance(path, bytes) else path.encode()
    return rules([entry]).is_watched(W, raw)


# entry, path, does it match
VECTORS = [
    ("docs", "docs/x", True),
    ("docs", "docs", True),
    ("docs", "docs2/x", False),
    ("docs", "a/docs/x", False),
    ("docs/", "docs/a/b", True),
    ("docs/", "docs2", False),
    ("a/b.txt", "a/b.txt", True),
    ("a/b.txt", "a/b-txt", False),
    ("a+b(c)", "a+b(c)/x", True),
    ("a b/$x", "a b/$x", True),
    ("*.md", "a.md", True),
    ("*.md", "x/a.md", False),
    ("*.md", "a.md/x", False),
    ("*.md", "axmd", False),
    ("*", "a", True),
    ("*", ".hidden", True),
    ("*", "a/b", False),
    ("apps/*", "apps/web", True),
    ("apps/*", "apps/web/x", False),
    ("apps/*/x", "apps/web/x", True),
    ("apps/*/x", "apps/a/b/x", False),
    ("a?", "ab", True),
    ("a?", "a", False),
    ("a?", "a/", False),
    ("a?b", "a/b", False),
    ("[ab]c", "bc", True),
    ("[ab]c", "cc", False),
    ("[!ab]c", "cc", True),
    ("[!ab]c", "ac", False),
    ("[!a]b", "/b", False),
    ("[a-c]", "b", True),
    ("[a-]", "-", True),
    ("[]x]", "]", True),
    ("[.]x", "ax", False),
    ("**", "a/b/c", True),
    ("**/*.md", "a.md", True),
    ("**/*.md", "x/y/a.md", True),
    ("**/*.md", "x/y/a.mdx", False),
    ("a/**", "a/b/c", True),
    ("a/**", "a", False),
    ("a/**", "ab/c", False),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    ("a/**/b", "a/xb", False),
    ("**/a/**", "x/a/y", True),
    ("**/**/a", "x/y/a", True),
    ("é*", "école", True),
    ("a?", "aé", True),
    ("a??", "aé", False),
    ("[!a]x", "éx", True),
    ("[à-é]", "è", True),
    ("a?", b"a\xff", True),
    ("a??", b"a\xff", False),
    ("*/x", b"\xff\xfe/x", True),
    ("*", "tab\tand\nnewline", True),
    ("a/**", "a/new\nline/b", True),
    ("docs", "docs\nx", False),
    ("regex:b+", "abbc", True),
    ("regex:^b", "ab", False),
    ("regex:^a|c$", "bc", True),
    ("regex:^a|c$", "bcd", False),
    ("regex:(?i)readme", "docs/README.md", True),
    ("regex:^a.b$", "a\nb", True),
    ("regex:^..$", "éa", True),
    ("regex:^.$", b"\xff", True),
]


@pytest.mark.parametrize(("entry", "path", "expected"), VECTORS)
def test_an_entry_matches(entry, path, expected):
    assert fires(entry, path) is expected


REFUSED = [
    "!a", "!", "{a,b}", "a/{b}", "a\\b", "a\\*", "x**", "**x", "a/x**/b", "***", "*/", "**/", "[", "a[b",
    "[]", "[!]", "[a/b]", "[z-a]", "[+-9]", "[^a]", "[[:alpha:]]", "/a", "/**", "./a", "../*", "a//b",
    "*//b", ".git", "**/.git/*", "a\nb", "*\n", "regex:", "regex:(", "regex:(?=a)", "regex:a{1001}", "",
    "a" * 501,
]  # fmt: skip


@pytest.mark.parametrize("entry", REFUSED)
def test_an_entry_is_refused_with_a_reason(entry):
    assert entry_error(entry)


@pytest.mark.parametrize(
    ("paths", "ignore", "path", "expected"),
    [
        ((), (), "a", Firing(fires=True, rule=None)),
        ((), ("**/*.md",), "x/a.md", Firing(fires=False, rule="paths-ignore: **/*.md")),
        (("apps/web/",), (), "apps/web/a", Firing(fires=True, rule="paths: apps/web/")),
        (("apps/web/",), (), "b", Firing(fires=False, rule=None)),
        (("a", "a/**"), (), "a/b", Firing(fires=True, rule="paths: a")),
        (("a",), ("a",), "a/b", Firing(fires=False, rule="paths-ignore: a")),
        (("stages",), ("**",), "stages/dev/x", Firing(fires=False, rule="outputs of stage dev")),
        (("stages",), (), "stages/dev2/x", Firing(fires=True, rule="paths: stages")),
    ],
)
def test_the_deciding_rule_is_named(paths, ignore, path, expected):
    stage = Stage(StageName("dev"), W, path="stages/dev")
    assert rules(paths, ignore, [stage]).explain(W, path.encode()) == expected


@pytest.mark.parametrize(
    ("warehouse", "stage", "default", "watched"),
    [
        (None, None, "main", False),
        ("main", None, "main", False),
        (None, "main", "main", False),
        (None, "env", "main", True),
        ("env", "env", "main", False),
        ("main", None, "trunk", True),
        (None, None, None, False),
    ],
)
def test_a_stages_path_is_ignored_on_its_own_branch_only(warehouse, stage, default, watched):
    made = Stage(StageName("dev"), W, path="s/dev", branch=stage)
    assert rules((), (), [made], warehouse, default).is_watched(W, b"s/dev/x") is watched


def test_every_warehouse_has_its_own_answer_from_one_set():
    a, b = WarehouseName("a"), WarehouseName("b")
    both = {a: Warehouse(a, paths=("x", "y")), b: Warehouse(b, paths=("y",), paths_ignore=("y/z",))}
    made = compile_rules(Pipeline(both, {}), "main")
    answers = {path: made.watched(path) for path in (b"x", b"y/a", b"y/z", b"q", b"y/a")}
    assert answers == {b"x": {a}, b"y/a": {a, b}, b"y/z": {a}, b"q": frozenset()}


def test_a_warehouse_that_does_not_exist_has_no_answer():
    with pytest.raises(KeyError):
        rules().explain(WarehouseName("ghost"), b"a")


@pytest.mark.parametrize(
    ("entry", "folder"),
    [("a/b/", "a/b"), ("a/*/b", "a"), ("*.md", ""), ("**", ""), ("regex:^a/", ""), ("a/b?", "a")],
)
def test_what_an_entry_matches_lies_within_its_fixed_folder(entry, folder):
    assert fixed_folder(entry) == folder


HOSTILE = [
    "*a" * 200 + "b",
    "regex:(a|a)*b$",
    "regex:(a*)*b",
    "regex:(a|b)*a(a|b){20}c",
    "**/a/" * 90,
]


@pytest.mark.parametrize("entry", [h.rstrip("/") for h in HOSTILE])
def test_time_grows_with_the_path_and_not_faster(entry):
    """A backtracking engine needs years for the shorter path; the ratio leaves room for noise."""
    assert entry_error(entry) is None
    made = rules([entry])

    def seconds(length):
        path, times = b"ab" * length, []
        for _ in range(5):
            start = time.process_time()
            made.watched(path)
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(200_000) < 60 * seconds(20_000)


ENTRIES = st.lists(
    st.text(alphabet="ab*?[]!-/.é", min_size=1, max_size=8).filter(lambda e: not entry_error(e)),
    min_size=1,
    max_size=4,
)
PATHS = st.binary(min_size=1, max_size=12).filter(lambda p: b"\0" not in p) | st.text(
    alphabet="ab/.é\n-", min_size=1, max_size=10
).map(str.encode)


@given(ENTRIES, ENTRIES, PATHS)
def test_watched_and_explain_never_disagree(paths, ignore, path):
    made = rules(paths, ignore)
    assert made.is_watched(W, path) == made.explain(W, path).fires


@given(ENTRIES, PATHS)
def test_all_entries_together_match_what_each_matches_alone(entries, path):
    assert rules(entries).is_watched(W, path) == any(
        rules([e]).is_watched(W, path) for e in entries
    )


def test_a_rule_is_found_at_its_line():
    text = """\
version: 1
warehouses:
  web:
    paths:
      - apps/web/
    paths-ignore: ["**/*.md",
      "x/y"]
stages:
  dev: {path: stages/dev}
"""
    found = parsed(text)
    web = WarehouseName("web")

    def at(rule):
        return line_of(found, web, rule)

    assert [at(f"paths-ignore: {one}") for one in ("**/*.md", "x/y")] == [6, 7]
    assert (at("paths: apps/web/"), at("outputs of stage dev")) == (5, 9)
