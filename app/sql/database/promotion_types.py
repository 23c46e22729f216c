"""The types of columns that keep what became of a promotion outside, as JSON objects."""

from __future__ import annotations

import json
from dataclasses import asdict

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from app.core.model.merge_refusals import MergeRefusal
from app.core.model.started_runs import StartedRun
from app.sql.database.types import instant, micros


class StartedText(TypeDecorator[StartedRun]):
    """A workflow run that we started, as a JSON object."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: StartedRun | None, dialect: Dialect) -> str | None:
        del dialect
        if value is None:
            return None
        begun = None if value.begun_at is None else micros(value.begun_at)
        return json.dumps({**asdict(value), "begun_at": begun}, sort_keys=True)

    def process_result_value(self, value: str | None, dialect: Dialect) -> StartedRun | None:
        del dialect
        if value is None:
            return None
        fields = json.loads(value)
        begun, strays = fields.pop("begun_at"), tuple(fields.pop("strays"))
        at = None if begun is None else instant(begun)
        return StartedRun(**fields, begun_at=at, strays=strays)


class RefusalText(TypeDecorator[MergeRefusal]):
    """A merge that GitHub refused, as a JSON object."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: MergeRefusal | None, dialect: Dialect) -> str | None:
        del dialect
        if value is None:
            return None
        again = None if value.again is None else micros(value.again)
        fields = {**asdict(value), "at": micros(value.at), "again": again}
        return json.dumps(fields, sort_keys=True)

    def process_result_value(self, value: str | None, dialect: Dialect) -> MergeRefusal | None:
        del dialect
        if value is None:
            return None
        fields = json.loads(value)
        again = None if fields["again"] is None else instant(fields["again"])
        return MergeRefusal(**{**fields, "at": instant(fields["at"]), "again": again})
