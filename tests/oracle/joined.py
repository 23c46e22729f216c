"""Joining a grant by showing its token, with a stored token of the API (L18, L37, L76, L77)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from tests.oracle.holders import HOLDING

if TYPE_CHECKING:
    from app.core.model.lock_requests import DirectRequest, OwnRequest

SAID = timedelta(seconds=50)
"""So long the word of who joined counts for sure; a usual one says a minute."""


def shown(
    group: str,
    token: int,
    current: Mapping[int, Mapping[str, tuple[str, ...]]],
    status: int,
    told: Mapping[str, object],
) -> list[str]:
    """
    rule L18: *token* was shown in *group*; *current* are the grants that have it there, and their
    named permits. An outdated one is 409 (of a group that there is not: 404).
    """
    name = f"L18: the token {token} of {group} is shown"
    if not current:
        return (
            [] if status in (404, 409) else [f"{name}, no grant has it, and the answer is {status}"]
        )
    permits = [",".join(names.get(group, ())) or None for names in current.values()]
    if status != 200:
        return [f"{name}, a grant has it, and the answer is {status}"]
    if told.get("token") != token or told.get("permit") not in permits:
        return [f"{name}, and answered with {told.get('token')} and {told.get('permit')}"]
    return []


def again(call: str, group: str, token: int, status: int, *, right: bool) -> list[str]:
    """rules L18, L37: who has joined *group* renews or gives back its part with *token*."""
    if right == (status == 200):
        return []
    return [f"L18: the {call} of a part in {group} with {token} is answered {status}"]


def changed(
    before: Mapping[int, OwnRequest], after: Mapping[int, OwnRequest], grant: int
) -> list[str]:
    """
    rule L18: who joins *grant* holds nothing new, and its release ends its part only; rule L76: but
    what its own client has given back is theirs who joined it.
    """
    was = before.get(grant)
    theirs = {grant} if getattr(was, "given_at", None) is not None else set()
    return [
        f"L18: joining changes the request {number} of the group"
        for number in (before.keys() | after.keys()) - theirs
        if _bare(before.get(number)) != _bare(after.get(number))
    ]


def left_alone(row: OwnRequest, silent: timedelta) -> list[str]:
    """rule L76: somebody who joined the grant *row*, and spoke *silent* ago, works on."""
    if row.state in HOLDING or row.state == "forced" or row.ended_by or silent >= SAID:
        return []
    return [f"L76: {row.name} is {row.state}, and who joined it spoke {silent} ago"]


def _bare(row: OwnRequest | None) -> OwnRequest | None:
    """What joining may not touch; by its token somebody has read that it is granted."""
    if row is not None and row.holder_kind not in ("stage", "visitor"):
        row = replace(cast("DirectRequest", row), read_at=None)
    return replace(row, reason="") if row is not None else None
