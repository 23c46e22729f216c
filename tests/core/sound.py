"""
What holds for every plan whatever the world, looked at in each of the little world's looks.

Every value is of the type that its field names, down to the words of a `Literal`; and what the
contract says of any promotion and any answer. So no test needs to say it again.
"""

from __future__ import annotations

import types
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from app.core.model.records import ENDED, Promotion
from app.core.model.verdicts import Reason, Verdict
from app.core.planning.actions import Record
from app.core.planning.plan_result import Plan

GATES = (
    "permission", "needs", "block", "reverted", "rollback", "auto", "soak", "hold", "windows", "at-most-every",
    "content", "drift",
    "lock",
)  # fmt: skip
"""In the order in which people read them."""


def sound(plan: Plan) -> Plan:
    """The plan; ``AssertionError`` where it is not what every plan is."""
    assert_typed(plan, Plan, "plan")
    for verdict in plan.verdicts:
        _answers(verdict)
    for action in plan.actions:
        if isinstance(action, Record):
            for promotion in action.promotions:
                _row(promotion)
            continue
        for one in getattr(action, "promotions", ()) or (getattr(action, "promotion", None),):
            if isinstance(one, Promotion) and not one.ended:
                told = plan.verdict(one.stage, one.freight)
                assert told is None or told.promotion is not None, action  # what is done is told
    return plan


def _row(row: Promotion) -> None:
    assert (row.state in ENDED) == (row.ended_at is not None), row
    assert row.reason or row.state not in ENDED, row  # an end says why
    assert row.landed_at is not None or row.landed is None, row
    assert row.created_at <= row.updated_at, row
    assert row.ended_at is None or row.retry_at is None, row  # what has ended is not tried again
    assert row.ended_at is None or row.ended_at <= row.updated_at, row
    assert row.verified_at is not None or row.state != "verified" or row.adopted, row
    assert row.successor is not None or row.reason != Reason.SUPERSEDED, row


def _answers(verdict: Verdict) -> None:
    names = [gate.gate for gate in verdict.gates]
    assert names == [name for name in GATES if name in names], names  # each once, in order
    first = next((gate for gate in verdict.gates if gate.state != "pass"), None)
    if first is not None and verdict.reason == first.reason:
        assert verdict.names == first.names, verdict  # what it waits for is named
    row = verdict.promotion
    if row is not None:
        assert (row.stage, row.freight) == (verdict.stage, verdict.freight), verdict
        assert verdict.reason, verdict


def assert_typed(value: object, kind: Any, place: str) -> None:
    """Hold *value*, with all that is in it, to the annotation *kind*."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        assert value in parts, f"{place}: {value!r}"
    elif origin in (Union, types.UnionType):
        fitting = [part for part in parts if isinstance(value, _plain(part))]
        assert fitting, f"{place}: {value!r} is no {kind}"
        if len(fitting) == 1:
            assert_typed(value, fitting[0], place)
    else:
        assert isinstance(value, _plain(kind)), f"{place}: {value!r} is no {kind}"
        _inside(value, origin, parts, place)


def _inside(value: Any, origin: Any, parts: tuple[Any, ...], place: str) -> None:
    if origin is tuple:
        kinds = parts if parts[-1] is not ... else [parts[0]] * len(value)
        assert len(kinds) == len(value), f"{place}: {value!r}"
        for each, kind in zip(value, kinds, strict=True):
            assert_typed(each, kind, place)
    elif isinstance(value, Mapping) and parts:
        for key, each in value.items():
            assert_typed(key, parts[0], place)
            assert_typed(each, parts[1], place)
    elif isinstance(value, frozenset) and parts:
        for each in value:
            assert_typed(each, parts[0], place)
    else:
        found: type = type(value)
        for name, kind in _hints(found).items():
            assert_typed(getattr(value, name), kind, f"{place}.{name}")


def _plain(kind: Any) -> type | tuple[type, ...]:
    """What `isinstance` takes of it."""
    origin = get_origin(kind)
    if origin is Literal:
        return tuple({type(word) for word in get_args(kind)})
    if origin in (Union, types.UnionType):
        return tuple(one for part in get_args(kind) for one in _many(_plain(part)))
    if origin is not None:
        assert isinstance(origin, type), kind
        return origin
    if hasattr(kind, "__supertype__"):
        return _plain(kind.__supertype__)
    return object if kind is Any or isinstance(kind, TypeVar) else kind or type(None)


def _many(found: type | tuple[type, ...]) -> Collection[type]:
    return found if isinstance(found, tuple) else (found,)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    """The fields of a record of ours; none where it is something else."""
    if not kind.__module__.startswith("app."):
        return {}
    if is_dataclass(kind):
        names = [field.name for field in fields(kind)]
    else:
        names = list(getattr(kind, "_fields", ()))
    hints = get_type_hints(kind) if names else {}
    return {name: hints[name] for name in names}
