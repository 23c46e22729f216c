"""Commits signed as the App signs them, for a server that does not say who pushes."""

from __future__ import annotations

import re

from app.git.signing import Signer
from tests.hooks.world import World
from tests.keys import openssh_key

OURS, THEIRS = (Signer.of(openssh_key()) for _ in range(2))


def sign(world: World, commit: str, by: Signer = OURS, *, at: int | None = None) -> str:
    """*commit* with a signature (and, if given, made at that second)."""
    raw = world.run("-C", world.clone, "cat-file", "commit", commit).stdout
    if at is not None:
        raw = re.sub(rb"\d+ \+0000\n\n", b"%d +0000\n\n" % at, raw, count=1)
    return stored(world, with_signature(raw, by.sign(raw)))


def with_signature(raw: bytes, armoured: str) -> bytes:
    head, gap, said = raw.partition(b"\n\n")
    field = b"gpgsig " + armoured.replace("\n", "\n ").encode()
    return head + b"\n" + field + gap + said


def stored(world: World, raw: bytes) -> str:
    return world.text("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=raw)


def told(stage: str, branch: str = "main", promotion: str = "p", **fences: int) -> str:
    """The message of a promotion commit."""
    rows = [f"Stagelock-Stage: {stage}", f"Stagelock-Promotion: {promotion}"]
    rows += [f"Stagelock-Branch: {branch}"]
    rows += [f"Stagelock-Fence: {g.replace('_', '-')}={t}" for g, t in fences.items()]
    return "\n".join([f"Promote web 1234567 to {stage}", "", *rows])
