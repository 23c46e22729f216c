"""All lines, in the order in which people read them: what comes first is needed by what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.doctor import hooks, locks, machine, registration, repositories, webhook
from app.doctor.subject import Subject
from app.doctor.verdicts import NotKnown, Unknown, Verdict
from app.errors import OutsideError


@dataclass(frozen=True, slots=True)
class Check:
    """One line: its name, and what is asked of the server for it."""

    name: str
    ask: Callable[[Subject], Verdict]


CHECKS = (
    Check("settings", machine.settings),
    Check("data folder", machine.folder),
    Check("database", machine.database),
    Check("github", registration.github),
    Check("app", registration.app),
    Check("clock", registration.clock),
    Check("permissions", registration.permissions),
    Check("installations", registration.installations),
    Check("webhook", webhook.configured),
    Check("deliveries", webhook.delivered),
    Check("signature", webhook.signature),
    Check("public address", webhook.reachable),
    Check("certificate", webhook.certificate),
    Check("proxy", machine.proxy),
    Check("oidc", locks.oidc),
    Check("budget", registration.budget),
    Check("creations", registration.creations),
    Check("plan required", repositories.plan_required),
    Check("push rules", repositories.push_rules),
    Check("auto-delete", repositories.auto_delete),
    Check("concurrency", repositories.concurrency),
    Check("workflows", repositories.workflows),
    Check("hook", hooks.unseen),
)


def examined(subject: Subject) -> Iterator[tuple[str, Verdict]]:
    """Each line's name and verdict; what has no answer is not known, and ends no other line."""
    fixed = ((check.name, check.ask) for check in CHECKS)
    for name, ask in (*fixed, *locks.services(subject)):
        try:
            yield name, ask(subject)
        except NotKnown as why:
            yield name, Unknown(str(why))
        except OutsideError as error:
            yield name, Unknown(error.message)
