"""
One subject a parser: hostile inputs from a seed, and what must hold of each answer.

Inputs are made of the words of their own language, whole and torn, and of bytes that mean
something to somebody. What is right is said by a slow second reading, or by git itself.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping

from app.core.config import parse as parse_pipeline
from app.core.paths.globs import entry_error
from app.core.paths.pattern_set import PathSet
from app.core.yamledit.key_paths import Index, Key, Match, format_key, parse_key
from app.hook.lines import UnreadableError, read_updates
from app.web.envelope import FORM, JSON, UnreadableBody, open_envelope
from tests.fuzz.comments import judged as comments
from tests.fuzz.globs import slowly_matches
from tests.fuzz.text import as_bytes, mutated, torn
from tests.fuzz.trees import judged as trees

Subject = Callable[[random.Random, int], None]
"""Makes so many inputs, and raises ``AssertionError`` with the one of which something is wrong."""

DELIVERY = json.dumps(
    {
        "action": "created",
        "repository": {"id": 7, "full_name": "acme/web"},
        "installation": {"id": 3},
        "comment": {"body": "/promote dev", "id": 5},
    }
)
NUMBERS = [0, 1, -1, 7, 2**31, 2**63 - 1, 2**63, 10**40, 1.5, True, None, "7", [7], {"id": 7}]


def envelope(rng: random.Random, count: int) -> None:
    """What opens is what `json` reads; the ids are those of a column, or none."""
    for _ in range(count):
        document = json.loads(DELIVERY)
        document["repository"] = rng.choice([{"id": rng.choice(NUMBERS)}, rng.choice(NUMBERS)])
        text = json.dumps(document) if rng.random() < 0.5 else mutated(rng, DELIVERY)
        body = rng.choice(
            [as_bytes(text), text.encode("utf-16", "replace"), b"[" * 5000 + as_bytes(text)]
        )
        if rng.random() < 0.2:
            body = b"payload=" + body
        kind = rng.choice([JSON, FORM, ""])
        try:
            found = open_envelope(body, kind)
        except UnreadableBody:
            continue
        said = json.loads(found.document)
        assert isinstance(said, dict), body
        for field, number in (
            ("repository", found.repo_id),
            ("installation", found.installation_id),
        ):
            there = said.get(field)
            wanted = there.get("id") if isinstance(there, dict) else None
            fits = type(wanted) is int and 0 < wanted < 2**63
            assert number == (wanted if fits else None), body


PIPELINE = """\
version: 1
warehouses:
  web: {branch: main, paths: [apps/web/, "**/*.md"], paths-ignore: ["regex:^docs/"], checks: [build]}
stages:
  dev:
    path: stages/dev
    steps:
      - {uses: copy, with: {from: apps/web, to: web, except: [keep.yaml]}}
      - {uses: yaml-set, with: {file: values.yaml, values: {"a.b[0]": "${{ freight.sha }}"}}}
  e2e: {needs: [dev], path: stages/e2e, lock: e2e-env, verify: {checks: [e2e]}, timeout-minutes: 45}
  prod: {needs: [e2e], branch: env/prod, auto: false, via: pull-request, soak: 2h, on-drift: block}
locks: {e2e-env: {permits: 1, max-hold: 2h}}
"""


def pipelines(rng: random.Random, count: int) -> None:
    """A pipeline or problems, never both, each problem in the file."""
    for _ in range(count):
        text = mutated(rng, PIPELINE, 6)
        data = as_bytes(text)
        found = parse_pipeline(data, "main")
        assert (found.pipeline is None) == bool(found.problems), text
        lines = text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + 2
        for problem in found.problems:
            assert 1 <= problem.mark.line <= lines, (text, problem)
            assert problem.mark.column >= 1, (text, problem)


GLOBS = [
    "a",
    "b",
    "apps",
    "web",
    "*",
    "?",
    "**",
    "/",
    "[ab]",
    "[!a]",
    "[a-c]",
    ".md",
    "x",
    "-",
    "]",
    "^",
    "é",
]
PATHS = ["a", "b", "apps", "web", "/", ".md", "x", "-", "]", "^", "\n", "é", "c", "aa", "/", "\xff"]


def globs(rng: random.Random, count: int) -> None:
    """An entry matches what a slow reading of the documentation says, in time linear in the path."""
    for _ in range(count):
        entry = "".join(rng.choice(GLOBS) for _ in range(rng.randint(1, 8)))
        if rng.random() < 0.2:
            entry = torn(rng, GLOBS)
        if entry.startswith("regex:") or "\ud800" in entry or entry_error(entry) is not None:
            continue
        rules = PathSet([entry], bool)
        for _ in range(4):
            path = "".join(rng.choice(PATHS) for _ in range(rng.randint(1, 9))).strip("/")
            path = re.sub("//+", "/", path)
            if path:
                raw = as_bytes(path)
                assert rules.answer(raw) == slowly_matches(entry, path), (entry, path)


KEYS = [
    "a",
    "image",
    ".",
    "[0]",
    "[name=web]",
    "[",
    "]",
    "=",
    '"',
    "'",
    "\\",
    "#",
    "-",
    "x y",
    "é",
    "0",
]


def keys(rng: random.Random, count: int) -> None:
    """What is read is written so that it is read back; what is none says why."""
    for _ in range(count):
        text = torn(rng, KEYS)
        try:
            found = parse_key(text)
        except ValueError:
            continue
        assert found, text
        assert all(isinstance(one, Key | Index | Match) for one in found)
        assert parse_key(format_key(found)) == found, text


OIDS = ["0" * 40, "1" * 40, "a" * 40, "0" * 64, "b" * 64, "A" * 40, "1" * 39, "g" * 40]
REFS = ["refs/heads/main", "refs/heads/x\u00a0y", "refs/", "HEAD", "refs/heads/\u2028", "refs/heads/a b",
        "refs/stagelock/locks/x", "refs/heads/\x1b", "refs/heads/~"]  # fmt: skip
_LINE = re.compile(
    rb"(?:[0-9a-f]{40} [0-9a-f]{40}|[0-9a-f]{64} [0-9a-f]{64}) refs/[^\x00-\x20\x7f~^:?*\[\\]+\n"
)


def ref_lines(rng: random.Random, count: int) -> None:
    """Read as git writes them, each line one ref; anything else is refused as a whole."""
    for _ in range(count):
        lines = [
            f"{rng.choice(OIDS)} {rng.choice(OIDS)} {rng.choice(REFS)}\n"
            for _ in range(rng.randint(0, 3))
        ]
        data = as_bytes("".join(lines) if rng.random() < 0.6 else mutated(rng, "".join(lines)))
        right = re.fullmatch(rb"(?:" + _LINE.pattern + rb")*", data) is not None
        try:
            found = read_updates(data)
        except UnreadableError:
            assert not right, data
            continue
        assert right, data
        rows = [line.split(b" ") for line in data.split(b"\n")[:-1]]
        assert [update.ref for update in found] == [row[2] for row in rows]
        assert [update.new or "" for update in found] == [
            "" if set(row[1]) == {0x30} else row[1].decode() for row in rows
        ]


SUBJECTS: Mapping[str, tuple[Subject, float]] = {
    "envelope": (envelope, 0.2),
    "comments": (comments, 0.2),
    "pipelines": (pipelines, 0.1),
    "globs": (globs, 0.1),
    "keys": (keys, 0.1),
    "ref lines": (ref_lines, 0.1),
    "trees": (trees, 0.2),
}
"""By name: what makes and judges the inputs, and its part of them all."""
