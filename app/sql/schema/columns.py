"""What every table is made with: its metadata, and the columns that most of them have."""

from __future__ import annotations

from sqlalchemy import Column, MetaData

from app.sql.database.types import Id, Instant, OutsideText

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def time(name: str, *, needed: bool = False) -> Column[object]:
    return Column(name, Instant(), nullable=not needed)


def words(name: str) -> Column[object]:
    return Column(name, OutsideText(), nullable=False)


def serial(name: str) -> Column[object]:
    return Column(name, Id, primary_key=True, autoincrement=True)
