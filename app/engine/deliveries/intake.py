"""
From deliveries to facts in the store: which repositories there are, and what people asked for.

A delivery is never believed about branches, checks or pull requests; it only says "look again". Of
a push it tells tips that a branch had between two looks: git says whether they lie on the way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.model.comments import CommandRecord
from app.core.remarks.repositories import ARCHIVED, DELETED, REMOVED, SUSPENDED, UNINSTALLED
from app.engine.deliveries.known_repositories import Register
from app.engine.deliveries.payloads import (
    BadPayload,
    PayloadFields,
    click_command,
    comment_command,
    pushed,
    repo_of,
    spoken_of,
    waits_at,
)
from app.observe import about
from app.ports import Store
from app.ports.inbox import Delivery

log = logging.getLogger("stagelock.intake")


@dataclass(frozen=True, slots=True)
class IntakeSummary:
    """What came in."""

    deliveries: tuple[str, ...] = ()
    """Their guids."""
    commands: int = 0
    """New ones: comments and clicks."""
    malformed: int = 0
    """Deliveries that could not be read."""


class Intake:
    """Takes in what the inbox holds. *app_id* tells our own check runs from those of others."""

    def __init__(self, store: Store, app_id: Callable[[], int]) -> None:
        self._store = store
        self._app_id = app_id
        self._register = Register(store)

    def repository(self, repo_id: int) -> IntakeSummary:
        """
        Take in the deliveries of one repository, in the order of their arrival.

        They are marked done after their effects are stored: a crash in between repeats effects
        that are keyed, and loses nothing. Raises only the store's and *app_id*'s errors.
        """
        return self._take_in(self._store.inbox.pending(repo_id, None), self._of_repository)

    def installation(self, installation_id: int) -> IntakeSummary:
        """Take in the deliveries of one installation: which repositories we may now see."""
        return self._take_in(
            self._store.inbox.pending(None, installation_id), self._of_installation
        )

    def _take_in(
        self, deliveries: Sequence[Delivery], effect: Callable[[Delivery, PayloadFields], int]
    ) -> IntakeSummary:
        commands = malformed = 0
        for delivery in deliveries:
            told = {"event": delivery.event, "event_action": delivery.action or None}
            with about(delivery=delivery.guid):
                try:
                    commands += effect(delivery, PayloadFields.parse(delivery.body))
                except BadPayload as problem:
                    malformed += 1
                    log.warning("%s", problem, extra={"action": "delivery.malformed", **told})
                else:
                    log.info("taken in", extra={"action": "delivery.taken", **told})
        guids = tuple(delivery.guid for delivery in deliveries)
        if guids:
            self._store.inbox.done(guids)
        return IntakeSummary(guids, commands, malformed)

    def _of_repository(self, delivery: Delivery, payload: PayloadFields) -> int:
        repo_id, own = self._learn(delivery, payload)
        changed = spoken_of(delivery.event, payload, self._app_id())
        self._store.checks.told(repo_id, changed)
        match delivery.event, delivery.action:
            case "repository", "deleted":
                self._register.unavailable(repo_id, own, DELETED)
            case "repository", "archived":
                self._register.unavailable(repo_id, own, ARCHIVED)
            case "repository", "created" | "unarchived":
                self._register.unavailable(repo_id, own, "")
            case "push", _:
                self._store.lines.hear(repo_id, *pushed(payload))
            case ("issue_comment" | "commit_comment") as event, "created":
                said = comment_command(event, payload, at=delivery.received_at)
                return self._add(repo_id, said)
            case "check_run", ("requested_action" | "rerequested") as action:
                click = click_command(
                    action,
                    payload,
                    app_id=self._app_id(),
                    guid=delivery.guid,
                    at=delivery.received_at,
                )
                return self._add(repo_id, click)
            case "deployment_protection_rule", "requested":
                run, environment = waits_at(payload)
                pending = self._store.pending_deployments
                pending.ask(repo_id, run, environment, delivery.received_at)
            case _:
                pass
        return 0

    def _learn(self, delivery: Delivery, payload: PayloadFields) -> tuple[int, int]:
        """The repository's id and the delivery's installation; its name is brought up to date."""
        fields = payload.inner("repository")
        known = self._store.repos.get(fields.number("id"))
        installation_id = delivery.installation_id or (known.installation_id if known else None)
        if installation_id is None:
            raise BadPayload("it names no installation: is it a repository's own webhook?")
        repo, branch = repo_of(fields, installation_id)
        self._register.told(repo, branch)
        return repo.id, installation_id

    def _add(self, repo_id: int, command: CommandRecord | None) -> int:
        return int(command is not None and self._store.history.add_command(repo_id, command))

    def _of_installation(self, delivery: Delivery, payload: PayloadFields) -> int:
        installation_id = payload.inner("installation").number("id")
        match delivery.event, delivery.action:
            case "installation", "deleted":
                self._close(installation_id, UNINSTALLED)
            case "installation", "suspend":
                self._close(installation_id, SUSPENDED)
            case "installation", "unsuspend" | "new_permissions_accepted":
                self._close(installation_id, "")
            case "installation", "created":
                self._open(payload.items("repositories"), installation_id)
            case "installation_repositories", "added":
                self._open(payload.items("repositories_added"), installation_id)
            case "installation_repositories", "removed":
                for fields in payload.items("repositories_removed"):
                    self._mark(fields.number("id"), installation_id, REMOVED)
            case _:
                pass
        return 0

    def _open(self, repositories: Sequence[PayloadFields], installation_id: int) -> None:
        for fields in repositories:
            repo, branch = repo_of(fields, installation_id)
            self._register.told(repo, branch)
            self._mark(repo.id, installation_id, "")

    def _close(self, installation_id: int, why: str) -> None:
        for record in self._store.repos.of_installation(installation_id):
            self._mark(record.id, installation_id, why)

    def _mark(self, repo_id: int, installation_id: int, why: str) -> None:
        self._register.unavailable(repo_id, installation_id, why)
        self._register.touch(repo_id)
