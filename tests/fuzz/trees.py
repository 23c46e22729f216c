"""Hostile trees, a thousand a pack; git itself says of each whether it is one."""

from __future__ import annotations

import hashlib
import os
import random
import re
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

from app.gitplumbing.trees import OddTree, read_tree
from tests.rawtrees import raw_tree

PACK = 1000
ENV = {"PATH": os.environ["PATH"], "HOME": os.devnull, "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1"}
MODES = ["40000", "100644", "100755", "120000", "160000", "100664", "040000", "0100644"]
ODD_MODES = ["40755", "100600", "000000", "170000", "100640", "44000", "20000", "100777"]
NAMES = [
    "a",
    "b",
    "a.b",
    "a0",
    "ab",
    "A",
    "web",
    ".github",
    ".gitx",
    "git",
    "x\\y",
    "é",
    "\u200c",
    "z~1",
]
ODD_NAMES = [".git", ".GIT", "git~1", "GIT~1 ", ".git.", ".git ", ".git::$INDEX_ALLOCATION", "..", ".",
             ".g\u200cit", "\ufeff.git", ".git\\x", "a\\.git", "a/b", "/", ".git\u202e", ".gi\u200dt.",
             "git~1:x", "..\\.git", ".git\udcff"]  # fmt: skip
WRONG = {"badFilemode", "duplicateEntries", "emptyName", "fullPathname", "hasDot", "hasDotdot", "hasDotgit",
         "treeNotSorted", "badTree"}  # fmt: skip
"""What git's fsck says of trees that are not strictly git's:
https://git-scm.com/docs/git-fsck#_fsck_messages"""
_SAID = re.compile(r"(?m)^(?:error|warning) in tree ([0-9a-f]{40}): (\w+)")


def judged(rng: random.Random, count: int) -> None:
    """Read exactly where git's fsck finds nothing wrong with the tree itself."""
    for begin in range(0, count, PACK):
        made = {_id(raw): raw for raw in (_tree(rng) for _ in range(min(PACK, count - begin)))}
        said = _fsck(list(made.values()))
        for sha, raw in made.items():
            wrong = said.get(sha, set()) & WRONG
            odd = _odd(raw)
            assert not (odd and not wrong), f"git takes what we do not ({odd}): {raw!r}"
            assert not (wrong and not odd), f"we take what git does not ({wrong}): {raw!r}"


def _odd(raw: bytes) -> str:
    try:
        read_tree(raw)
    except OddTree as odd:
        return str(odd)
    return ""


def _tree(rng: random.Random) -> bytes:
    rows = []
    for _ in range(rng.randint(1, 5)):
        mode = rng.choice(MODES if rng.random() < 0.9 else ODD_MODES)
        name = rng.choice(NAMES if rng.random() < 0.85 else ODD_NAMES)
        rows.append(
            (mode, name.encode("utf-8", "surrogateescape"), f"{rng.getrandbits(159) + 1:040x}")
        )
    if rng.random() < 0.8:
        rows.sort(key=lambda row: row[1] + b"/" * row[0].endswith("40000"))
    return raw_tree(*rows)


def _id(raw: bytes) -> str:
    return hashlib.sha1(b"tree %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()


def _fsck(trees: list[bytes]) -> dict[str, set[str]]:
    """By id, what git says of each tree."""
    with tempfile.TemporaryDirectory(prefix="stagelock-fuzz-") as folder:
        where = Path(folder)
        for words in (("init", "-q", "--bare", "."), ("unpack-objects", "-q")):
            subprocess.run(["git", *words], cwd=where, env=ENV, input=_pack(trees), check=True)
        done = subprocess.run(
            ["git", "fsck", "--no-dangling", "--no-progress"],
            cwd=where, env=ENV, capture_output=True, check=False,
        )  # fmt: skip
    found: dict[str, set[str]] = {}
    for sha, word in _SAID.findall((done.stdout + done.stderr).decode("utf-8", "replace")):
        found.setdefault(sha, set()).add(word)
    return found


def _pack(trees: list[bytes]) -> bytes:
    """https://git-scm.com/docs/gitformat-pack"""
    out = [b"PACK", struct.pack(">II", 2, len(trees))]
    for raw in trees:
        size, first = len(raw) >> 4, 2 << 4 | len(raw) & 15
        while size:
            out.append(bytes([first | 128]))
            first, size = size & 127, size >> 7
        out += [bytes([first]), zlib.compress(raw, 1)]
    packed = b"".join(out)
    return packed + hashlib.sha1(packed, usedforsecurity=False).digest()
