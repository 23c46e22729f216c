"""How values are kept in columns: the same on SQLite and PostgreSQL, converted in one place."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from app.core.model.facts import Content
from app.core.model.hand_edits import HandEdit
from app.core.model.names import FreightId, Sha
from app.core.model.records import Intent
from app.core.model.subjects import Subject

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# PostgreSQL's text takes no NUL and neither database takes lone surrogates, but a webhook's JSON
# may spell both: they must not make a comment unstorable.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Id = BigInteger().with_variant(Integer, "sqlite")
"""A rising number given by the database (SQLite's only come as INTEGER)."""


def micros(at: datetime) -> int:
    """Microseconds since 1970; ``TypeError`` for a time without a zone."""
    return (at - _EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """Turn microseconds since 1970 into an aware time in UTC."""
    return _EPOCH + value * _MICROSECOND


def storable(text: str) -> str:
    """Return *text* with what no database can keep replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


class Instant(TypeDecorator[datetime]):
    """An aware time, kept as microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else instant(value)


class Span(TypeDecorator[timedelta]):
    """A length of time, kept as microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        del dialect
        return None if value is None else value * _MICROSECOND


class OutsideText(TypeDecorator[str]):
    """Text from outside."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else storable(value)


class FreightText(TypeDecorator[FreightId]):
    """A freight as ``web@<sha>``."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: FreightId | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> FreightId | None:
        del dialect
        return None if value is None else FreightId.parse(value)


class MappingText(TypeDecorator[Mapping[str, object]]):
    """A mapping as JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: Mapping[str, object] | None, dialect: Dialect
    ) -> str | None:
        del dialect
        return None if value is None else json.dumps(dict(value), sort_keys=True)

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> Mapping[str, object] | None:
        del dialect
        return None if value is None else dict(json.loads(value))


class ContentText(TypeDecorator[Content]):
    """What outputs hold, as a JSON list of pairs."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Content | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Content | None:
        del dialect
        return (
            None if value is None else tuple((name, print_) for name, print_ in json.loads(value))
        )


def content_mark(text: str) -> str:
    """A short name of what a `ContentText` says: contents themselves are too long for an index."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class EditsText(TypeDecorator[tuple[HandEdit, ...]]):
    """Hand edits as a JSON list of lists."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: tuple[HandEdit, ...] | None, dialect: Dialect
    ) -> str | None:
        del dialect
        if value is None:
            return None
        return json.dumps(
            [[storable(e.place), [storable(w) for w in e.who], e.fate] for e in value]
        )

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[HandEdit, ...] | None:
        del dialect
        if value is None:
            return None
        return tuple(HandEdit(place, tuple(who), fate) for place, who, fate in json.loads(value))


class IntentText(TypeDecorator[Intent]):
    """A push that was decided, as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Intent | None, dialect: Dialect) -> str | None:
        del dialect
        if value is None:
            return None
        made = None if value.made_at is None else micros(value.made_at)
        return json.dumps(
            [value.branch, value.expected, value.commit, micros(value.stored_at), made]
        )

    def process_result_value(self, value: str | None, dialect: Dialect) -> Intent | None:
        del dialect
        if value is None:
            return None
        branch, expected, commit, stored_at, *rest = json.loads(value)
        made = next((at for at in rest if at is not None), None)
        return Intent(
            branch,
            expected and Sha(expected),
            Sha(commit),
            instant(stored_at),
            None if made is None else instant(made),
        )


class PartsText(TypeDecorator[tuple[str, ...]]):
    """The answers of a reply, as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else json.dumps([storable(part) for part in value])

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        del dialect
        return None if value is None else tuple(json.loads(value))


class NumbersText(TypeDecorator[tuple[int, ...]]):
    """Whole numbers as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[int, ...] | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[int, ...] | None:
        del dialect
        return None if value is None else tuple(json.loads(value))


class SubjectsText(TypeDecorator[tuple[Subject, ...]]):
    """What a reason speaks of, as a JSON list of (name, page)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Subject, ...] | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else json.dumps(value)

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[Subject, ...] | None:
        del dialect
        return None if value is None else tuple(Subject(*subject) for subject in json.loads(value))


class SpansText(TypeDecorator[tuple[tuple[int, int], ...]]):
    """Spans of numbers, as a JSON list of pairs."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: tuple[tuple[int, int], ...] | None, dialect: Dialect
    ) -> str | None:
        del dialect
        return None if value is None else json.dumps(value)

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[tuple[int, int], ...] | None:
        del dialect
        return None if value is None else tuple((low, high) for low, high in json.loads(value))
