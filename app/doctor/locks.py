"""Who vouches for the jobs that take locks, and who lends locks from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from app.doctor.subject import Subject
from app.doctor.verdicts import Fine, Todo, Unknown, Verdict


def oidc(subject: Subject) -> Verdict:
    """The issuer of OIDC tokens says its keys, where tokens are believed at all."""
    settings, machine = subject.known
    issuer, audience = settings.oidc_issuer, settings.oidc_audience or settings.public_url
    if audience is None:
        return Fine("off: neither STAGELOCK_PUBLIC_URL nor STAGELOCK_OIDC_AUDIENCE is set")
    why = machine.issuer()
    if not why:
        return Fine(f"{issuer} says its keys; jobs ask for the audience {audience}")
    if subject.detour.problem:
        return Unknown("see proxy")
    said = f"{why}: no job's own token is believed"
    if settings.oidc_audience is None and issuer.startswith(f"{settings.github_url}/"):
        return Unknown(f"{said}; where that server has no Actions nothing is missing")
    return Todo(
        said,
        "let this machine reach it (STAGELOCK_PROXY, STAGELOCK_CA_FILE), or correct "
        "STAGELOCK_OIDC_ISSUER",
    )


def services(subject: Subject) -> Iterator[tuple[str, Callable[[Subject], Verdict]]]:
    """A line for each profile of an external lock service, by its name."""
    profiles = subject.settings.lock_services if subject.settings is not None else {}
    for name in profiles:
        yield f"lock service {name}", partial(_service, name)


def _service(name: str, subject: Subject) -> Verdict:
    """It answers a question that changes nothing, with the credentials of its profile."""
    settings, machine = subject.known
    profile = settings.lock_services[name]
    credentials = "with credentials" if profile.secrets() else "without credentials"
    asked = machine.service(name)
    about = f"{profile.terms.kind} at {asked.at}, asked {credentials} about {asked.resource}"
    if not asked.problem:
        return Fine(f"{about}: it answers")
    return Todo(
        f"{about}: {asked.problem}",
        f"correct {name} in the file that STAGELOCK_LOCK_SERVICES names, or the service there",
    )
