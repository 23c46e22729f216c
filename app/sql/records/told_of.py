"""Commits that promotions landed as and deliveries told of, until a look has seen to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, delete, exists, insert, literal, select

from app.core.model.names import Sha
from app.sql.database.prepared import fetch
from app.sql.database.rows import parts
from app.sql.schema.line_tables import line_news
from app.sql.schema.tables import promotions

NO_BRANCH: Final = ""
"""No branch is called so: it is the commit itself that something was told of."""
_OF = line_news.c
_OF_REPO = (_OF.repo_id == bindparam("repo"), _OF.branch == NO_BRANCH)
_LANDED = (_OF.repo_id == promotions.c.repo_id) & (_OF.sha == promotions.c.landed)
_TOLD = select(_OF.sha).where(*_OF_REPO)
_NEW = (
    select(promotions.c.repo_id, literal(NO_BRANCH), promotions.c.landed)
    .where(
        promotions.c.repo_id == bindparam("repo"),
        promotions.c.landed.in_(bindparam("shas", expanding=True)),
        ~exists().where(_LANDED, _OF.branch == NO_BRANCH),
    )
    .distinct()
)
_NOTE = insert(line_news).from_select(["repo_id", "branch", "sha"], _NEW)
_FORGET = delete(line_news).where(*_OF_REPO, _OF.sha.in_(bindparam("shas", expanding=True)))


def note(connection: Connection, repo_id: int, shas: Sequence[Sha]) -> None:
    """Keep those of *shas* as which a promotion landed, however long ago."""
    for part in parts(shas):
        connection.execute(_NOTE, {"repo": repo_id, "shas": list(part)})


def load(connection: Connection, repo_id: int) -> frozenset[Sha]:
    """All that are kept."""
    return frozenset(Sha(row["sha"]) for row in fetch(connection, _TOLD, {"repo": repo_id}))


def forget(connection: Connection, repo_id: int, shas: Collection[Sha]) -> None:
    """A look has seen to *shas*."""
    for part in parts(sorted(shas)):
        connection.execute(_FORGET, {"repo": repo_id, "shas": list(part)})


def landings() -> Select[tuple[Any]]:
    """Select the ids of the promotions that landed as them, of the repository ``:repo``."""
    return select(promotions.c.id).join(line_news, _LANDED).where(*_OF_REPO)
