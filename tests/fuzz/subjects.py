"""
One subject a parser: hostile inputs from a seed, and what must hold of each answer.

Inputs are made of the words of their own language, whole and torn, and of bytes that mean
something to somebody. What is right is said by a slow second reading, or by git itself.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence

from app.core.commands.parser import Command, CommandProblem
from app.core.commands.parser import parse as parse_comment
from app.core.config import parse as parse_pipeline
from app.core.paths.globs import entry_error
from app.core.paths.pattern_set import PathSet
from app.core.yamledit.key_paths import Index, Key, Match, format_key, parse_key
from app.hook.lines import UnreadableError, read_updates
from app.web.envelope import FORM, JSON, UnreadableBody, open_envelope
from tests.fuzz.globs import slowly_matches
from tests.fuzz.trees import judged as trees

Subject = Callable[[random.Random, int], None]
"""Makes so many inputs, and raises ``AssertionError`` with the one of which something is wrong."""

ODD = ["\0", "\x1b[31m", "\u202e", "\u200b", "\ufeff", "\r", "\x85", "\u2028", "é", "𝄞", "\t", " ", '"',
       "'", "\\", "`", "/", "<!--", "-->", "${{", "}}", "{", "}", "[", "]", "(", ")", "*", "&a", "*a",
       "!!", "|", ">", "#", "@", ":", "- ", ",", "%00", "..", "~", "^", "=", "\n", "\n\n", "9" * 30,
       "-1", "1e999", "NaN", "true", "null", "~1", "0x10", "\ud800"]  # fmt: skip


def torn(rng: random.Random, words: Sequence[str], most: int = 12) -> str:
    """A few of *words*, now and then cut, doubled, or with something odd between."""
    parts = []
    for _ in range(rng.randint(1, most)):
        word = rng.choice(words) if rng.random() < 0.7 else rng.choice(ODD)
        kind = rng.random()
        if kind < 0.1:
            word = word[: rng.randint(0, len(word))]
        elif kind < 0.15:
            word *= rng.choice([2, 5, 200])
        parts.append(word)
    return "".join(parts)


def mutated(rng: random.Random, text: str, times: int = 4) -> str:
    """*text* with pieces cut out, doubled, or replaced."""
    for _ in range(rng.randint(0, times)):
        at = rng.randint(0, len(text))
        end = min(len(text), at + rng.randint(0, 12))
        new = rng.choice([*ODD, "", text[at:end] * 2])
        text = text[:at] + new + text[end:]
    return text


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


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


WORDS = ["/promote dev", "/why prod", "/hold e2e until 22:00 reason", "/stagelock help", "/retry dev", "\n", "> ",
         "- ", "```\n", "~~~\n", "    ", "<pre>", "</pre>", "<!-- ", " -->", "<details>\n", "1. ", "| a | b |\n",
         "text ", "/lock e2e-env for 30m why", "/unlock g --force x", "/rollback prod to web@1234567", "*",
         "[a]: b '", "<?", "?>", "<![CDATA[", "]]>", "<a href='", "\n\n"]  # fmt: skip


def comments(rng: random.Random, count: int) -> None:
    """At most 10 commands and a word on the rest; each stands in the comment, on a line's start."""
    for _ in range(count):
        body = torn(rng, WORDS, 30)
        found = parse_comment(body)
        assert len(found) <= 11, body
        plain = body.replace("\r", "\n")
        for one in found:
            assert isinstance(one, Command | CommandProblem)
            if isinstance(one, Command):
                verb = one.text.split()[0]
                assert re.search(r"(?m)^[^\w/]*" + re.escape(verb), plain), (body, one)


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
