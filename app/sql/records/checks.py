"""What GitHub said of commits, by repository and commit."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    Dialect,
    Index,
    Select,
    Table,
    Text,
    Update,
    bindparam,
    select,
    update,
)
from sqlalchemy.types import TypeDecorator

from app.core.model.facts import CheckFact, CommitChecks, SuiteFact
from app.core.model.names import Sha
from app.ports.check_rows import KnownChecks
from app.ports.store import Claim
from app.sql.database.engine import Database
from app.sql.database.prepared import change, fetch
from app.sql.database.rows import listed, listing, parts, to_record, to_row, upsert
from app.sql.database.types import instant, micros, storable
from app.sql.queue.fence import check_fence
from app.sql.records import told_of
from app.sql.schema.columns import metadata, time


class ChecksText(TypeDecorator[CommitChecks]):
    """All that was said of one commit, as JSON: the commit, its runs, its suites."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: CommitChecks | None, dialect: Dialect) -> str | None:
        del dialect
        if value is None:
            return None
        runs, suites = ([_plain(fact) for fact in part] for part in (value.runs, value.suites))
        return json.dumps([value.sha, runs, suites])

    def process_result_value(self, value: str | None, dialect: Dialect) -> CommitChecks | None:
        del dialect
        if value is None:
            return None
        sha, runs, suites = json.loads(value)
        return CommitChecks(
            Sha(sha), tuple(map(_run, runs)), tuple(SuiteFact(**suite) for suite in suites)
        )


checks = Table(
    "checks",
    metadata,
    Column("repo_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sha", Text, primary_key=True),
    Column("checks", ChecksText(), nullable=False),
    time("asked_at", needed=True),
    time("since", needed=True),
    Column("outdated", Boolean, nullable=False),
    Index("ix_checks_since", "since"),
)


_REPO: BindParameter[int] = bindparam("repo")


class SqlCheckRows:
    """Implements `CheckRows`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def recall(self, repo_id: int, shas: Sequence[Sha]) -> Mapping[Sha, KnownChecks]:
        by_commit: dict[Sha, KnownChecks] = {}
        for part in parts(shas):
            values = listed(part)
            with self._db.read("read what was said of commits") as connection:
                rows = fetch(connection, _said_of(len(values)), {"repo": repo_id, **values})
            known = [to_record(KnownChecks, row) for row in rows]
            by_commit.update({checks_of.sha: checks_of for checks_of in known})
        return by_commit

    def keep(self, claim: Claim, repo_id: int, known: KnownChecks) -> None:
        row = {"repo_id": repo_id, "sha": known.sha, **to_row(known)}
        with self._db.write("store what was said of a commit") as connection:
            check_fence(connection, claim)
            upsert(connection, checks, [row], ["repo_id", "sha"])

    def outdate(self, repo_id: int, shas: Sequence[Sha]) -> None:
        for part in parts(shas):
            values = listed(part)
            with self._db.write("note that something happened on a commit") as connection:
                change(connection, _outdating(len(values)), [{"repo": repo_id, **values}])

    def told(self, repo_id: int, shas: Sequence[Sha]) -> None:
        self.outdate(repo_id, shas)
        if shas:
            with self._db.write("note what deliveries told of") as connection:
                told_of.note(connection, repo_id, shas)

    def seen_to(self, claim: Claim, repo_id: int, shas: Collection[Sha]) -> None:
        with self._db.write("forget what deliveries told of") as connection:
            check_fence(connection, claim)
            told_of.forget(connection, repo_id, shas)


@cache
def _said_of(size: int) -> Select[Any]:
    columns = (checks.c.checks, checks.c.asked_at, checks.c.since, checks.c.outdated)
    return select(*columns).where(checks.c.repo_id == _REPO, listing(checks.c.sha, size))


@cache
def _outdating(size: int) -> Update:
    these = checks.c.repo_id == _REPO, listing(checks.c.sha, size)
    return update(checks).where(*these).values(outdated=True)


def _plain(fact: CheckFact | SuiteFact) -> dict[str, object]:
    """What differs from nothing, as JSON has it."""
    values = ((field.name, getattr(fact, field.name)) for field in fields(fact))
    return {name: _value(value) for name, value in values if value is not None}


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return micros(value)
    return storable(value) if isinstance(value, str) else value


def _run(plain: dict[str, Any]) -> CheckFact:
    known: dict[str, Any] = {"conclusion": None, **plain}
    for name in ("completed_at", "started_at"):
        if name in known:
            known[name] = instant(known[name])
    return CheckFact(**known)
