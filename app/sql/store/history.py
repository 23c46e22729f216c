"""One repository's records: each write is one fenced transaction over the tables' own modules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, select

from app.core.model.comments import CommandRecord, Place
from app.core.model.introductions import Introduction
from app.core.model.lock_requests import DirectRequest, LockRequest
from app.core.model.names import FreightId, PromotionId, Sha, StageName, WarehouseName
from app.core.model.past_questions import PastQuestion
from app.core.model.people import Approval, Block, Person
from app.core.model.records import Freight, Hold, Order, Promotion, Records
from app.core.model.run_records import RunRecord
from app.ports.store import Claim, Past
from app.sql.database.engine import Database
from app.sql.database.prepared import fetch
from app.sql.database.rows import upsert
from app.sql.locks import job_requests, parts, requests
from app.sql.queue.fence import check_fence
from app.sql.records import (
    approvals,
    blocks,
    commands,
    freights,
    holds,
    introductions,
    pending_deployments,
    runs,
    service_claims,
    told_of,
)
from app.sql.records import promotions as rows
from app.sql.records.audit import add_entry
from app.sql.schema.tables import config_texts, configs

_IN_FORCE = (
    select(configs.c.in_force)
    .join(
        config_texts,
        and_(
            config_texts.c.repo_id == configs.c.repo_id,
            config_texts.c.commit == configs.c.in_force,
        ),
    )
    .where(configs.c.repo_id == bindparam("repo"))
)
"""Nothing where its text is not stored (by an older version, say): then it is stored anew."""
_TEXT = select(config_texts.c.text).where(
    config_texts.c.repo_id == bindparam("repo"), config_texts.c.commit == bindparam("at")
)


class SqlHistory:
    """Implements `History`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def load(self, repo_id: int) -> Records:
        with self._db.read("read a repository's records") as connection:
            minted = freights.newest(connection, repo_id)
            asked = requests.load(connection, repo_id)
            return Records(
                freights=minted,
                freights_cut=len(minted) == freights.NEWEST,
                promotions=rows.load(connection, repo_id),
                told=told_of.load(connection, repo_id),
                cut=rows.cuts(connection, repo_id),
                requests=tuple(request for request in asked if isinstance(request, LockRequest)),
                direct=tuple(request for request in asked if isinstance(request, DirectRequest)),
                groups=requests.groups_in(connection, repo_id),
                job_requests=job_requests.load(connection, repo_id),
                parts=parts.load(connection, repo_id),
                pending=pending_deployments.load(connection, repo_id),
                orders=commands.load_orders(connection, repo_id),
                holds=holds.load(connection, repo_id),
                blocks=blocks.load(connection, repo_id),
                approvals=approvals.load(connection, repo_id),
                runs=runs.load(connection, repo_id),
                claims=service_claims.load(connection, repo_id),
                in_force=_in_force(connection, repo_id),
                introduction=introductions.load(connection, repo_id),
            )

    def mint(self, claim: Claim, repo_id: int, freight: Freight) -> None:
        with self._fenced(claim, "store a freight") as connection:
            freights.mint(connection, repo_id, freight)

    def save_promotions(
        self, claim: Claim, repo_id: int, promotions: Sequence[Promotion], *held: Hold
    ) -> None:
        with self._fenced(claim, "store promotions") as connection:
            rows.save(connection, repo_id, promotions)
            for hold in held:
                holds.put(connection, repo_id, hold)

    def promotion(self, repo_id: int, promotion: PromotionId) -> Promotion | None:
        with self._db.read("read a promotion") as connection:
            return rows.find(connection, repo_id, promotion)

    def past(self, repo_id: int, asked: PastQuestion) -> Past:
        with self._db.read("read older promotions") as connection:
            promotions = rows.past(connection, repo_id, asked)
        return Past(promotions, more=len(promotions) == rows.PAGE)

    def of_pull(self, repo_id: int, pull: int) -> tuple[Promotion, ...]:
        with self._db.read("read the promotions of a pull request") as connection:
            return rows.of_pull(connection, repo_id, pull)

    def landed_as(self, repo_id: int, commits: Sequence[Sha]) -> tuple[Promotion, ...]:
        with self._db.read("read the promotions of commits") as connection:
            return rows.landed_as(connection, repo_id, commits)

    def runs_of(self, repo_id: int, name: str, commit: Sha) -> tuple[RunRecord, ...]:
        with self._db.read("read the check runs of a commit") as connection:
            return runs.named(connection, repo_id, name, commit)

    def runs_on(self, repo_id: int, commits: Sequence[Sha]) -> tuple[RunRecord, ...]:
        with self._db.read("read the check runs of commits") as connection:
            return runs.on(connection, repo_id, commits)

    def named(self, repo_id: int, warehouse: WarehouseName, digits: str) -> tuple[Freight, ...]:
        with self._db.read("read freights by their names") as connection:
            return freights.named(connection, repo_id, warehouse, digits)

    def add_order(self, claim: Claim, repo_id: int, order: Order, key: str) -> None:
        with self._fenced(claim, "store an order") as connection:
            commands.add_order(connection, repo_id, order, key)

    def roll_back(
        self, claim: Claim, repo_id: int, order: Order, key: str, hold: Hold, noted: CommandRecord
    ) -> None:
        with self._fenced(claim, "store a rollback") as connection:
            commands.add_order(connection, repo_id, order, key)
            holds.put(connection, repo_id, hold)
            commands.save_command(connection, repo_id, noted)

    def order(self, repo_id: int, key: str) -> Order | None:
        with self._db.read("read an order") as connection:
            return commands.order(connection, repo_id, key)

    def spend_orders(self, claim: Claim, repo_id: int, ids: Sequence[int], at: datetime) -> None:
        with self._fenced(claim, "finish orders") as connection:
            commands.spend_orders(connection, repo_id, ids, at)

    def set_hold(self, claim: Claim, repo_id: int, hold: Hold, noted: CommandRecord) -> None:
        with self._fenced(claim, "store a hold") as connection:
            holds.put(connection, repo_id, hold)
            commands.save_command(connection, repo_id, noted)

    def end_hold(self, claim: Claim, repo_id: int, stage: StageName, noted: CommandRecord) -> None:
        with self._fenced(claim, "end a hold") as connection:
            holds.end(connection, repo_id, stage)
            commands.save_command(connection, repo_id, noted)

    def set_block(self, claim: Claim, repo_id: int, block: Block, noted: CommandRecord) -> None:
        with self._fenced(claim, "store a block") as connection:
            blocks.put(connection, repo_id, block)
            commands.save_command(connection, repo_id, noted)

    def end_block(
        self, claim: Claim, repo_id: int, freight: FreightId, noted: CommandRecord
    ) -> None:
        with self._fenced(claim, "end a block") as connection:
            blocks.end(connection, repo_id, freight)
            commands.save_command(connection, repo_id, noted)

    def set_approval(
        self, claim: Claim, repo_id: int, approval: Approval, noted: CommandRecord
    ) -> None:
        with self._fenced(claim, "store an approval") as connection:
            approvals.put(connection, repo_id, approval)
            commands.save_command(connection, repo_id, noted)

    def end_approvals(
        self,
        claim: Claim,
        repo_id: int,
        ended: Sequence[Approval],
        noted: CommandRecord | None = None,
    ) -> None:
        with self._fenced(claim, "end approvals") as connection:
            approvals.end(connection, repo_id, ended)
            if noted is not None:
                commands.save_command(connection, repo_id, noted)

    def save_run(self, claim: Claim, repo_id: int, run: RunRecord) -> None:
        with self._fenced(claim, "store a check run") as connection:
            runs.save(connection, repo_id, run)

    def introduce(self, claim: Claim, repo_id: int, introduction: Introduction) -> None:
        with self._fenced(claim, "store which run introduces the plan") as connection:
            introductions.put(connection, repo_id, introduction)

    def set_in_force(self, claim: Claim, repo_id: int, commit: Sha, text: bytes) -> None:
        row = {"repo_id": repo_id, "in_force": commit}
        said = {"repo_id": repo_id, "commit": commit, "text": text}
        with self._fenced(claim, "store which configuration is in force") as connection:
            upsert(connection, config_texts, [said], ["repo_id", "commit"])
            upsert(connection, configs, [row], ["repo_id"])

    def config_text(self, repo_id: int, commit: Sha) -> bytes | None:
        with self._db.read("read an earlier configuration") as connection:
            rows = fetch(connection, _TEXT, {"repo": repo_id, "at": commit})
        return bytes(rows[0]["text"]) if rows else None

    def add_command(self, repo_id: int, command: CommandRecord) -> bool:
        with self._db.write("store a command") as connection:
            return commands.add_command(connection, repo_id, command)

    def open_commands(self, repo_id: int) -> Sequence[CommandRecord]:
        with self._db.read("read commands") as connection:
            return commands.open_commands(connection, repo_id)

    def answered(self, installation_id: int, user: Person, since: datetime) -> int:
        with self._db.read("count answers") as connection:
            return commands.answered(connection, installation_id, user, since)

    def answers_on(
        self, repo_id: int, place: Place, since: datetime
    ) -> Sequence[tuple[str, datetime]]:
        with self._db.read("read what was answered in one place") as connection:
            return commands.answers_on(connection, repo_id, place, since)

    def save_command(self, claim: Claim, repo_id: int, command: CommandRecord) -> None:
        with self._fenced(claim, "store a command") as connection:
            commands.save_command(connection, repo_id, command)

    def audit(
        self,
        claim: Claim | None,
        repo_id: int,
        event: str,
        at: datetime,
        entry: Mapping[str, object],
    ) -> None:
        with self._db.write("store an audit entry") as connection:
            if claim is not None:
                check_fence(connection, claim)
            add_entry(connection, repo_id, event, at, entry)

    @contextmanager
    def _fenced(self, claim: Claim, doing: str) -> Iterator[Connection]:
        with self._db.write(doing) as connection:
            check_fence(connection, claim)
            yield connection


def _in_force(connection: Connection, repo_id: int) -> Sha | None:
    rows = fetch(connection, _IN_FORCE, {"repo": repo_id})
    return Sha(rows[0]["in_force"]) if rows and rows[0]["in_force"] else None
