"""From the names of repositories and organisations to their ids, which never change."""

from __future__ import annotations

from urllib.parse import quote

from app.core.model.names import REQUESTS
from app.ports import Store


def by_ids(store: Store, rest: str) -> str | None:
    """
    The address below ``/locks`` that *rest*, ``OWNER/NAME/GROUP...`` or ``ORG/GROUP...``, means.

    None: we know nobody of that name.
    """
    parts = rest.split("/")
    if len(parts) > 2 and parts[2] != REQUESTS:
        record = store.repos.named(parts[0], parts[1])
        return None if record is None else _joined(f"repo-{record.id}", parts[2:])
    if len(parts) < 2:
        return None
    number = _account(store, parts[0])
    return None if number is None else _joined(f"org-{number}", parts[1:])


def _account(store: Store, name: str) -> int | None:
    for fact in store.installs.all():
        if fact.account.lower() == name.lower() and fact.account_id:
            return fact.account_id
    return None


def _joined(scope: str, parts: list[str]) -> str:
    return "/".join((scope, *(quote(part) for part in parts)))
