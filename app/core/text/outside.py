"""What is said of external lock services."""

from __future__ import annotations

from collections.abc import Callable

from app.core.model.group_names import spoken
from app.core.model.lock_services import ServiceRefusal, ServiceUse, refusal
from app.core.model.pipeline import Pipeline, Problem
from app.core.model.service_claims import Outside, ServiceClaim
from app.core.model.snapshot import Snapshot
from app.core.text import markup

CODE = "lock-service"
NO_PROFILE = "the server has no profile of that name any more"
SILENT = "it did not answer the last request"


def answer(outside: Outside | None, said: Callable[[str], str]) -> str:
    """How the service has answered so far; *said* makes foreign text harmless for its sink."""
    claim = outside.claim if outside is not None else None
    if claim is None:
        return "asking now"
    if claim.holder:
        return f"held by {said(claim.holder)}"
    if claim.refused:
        return said(claim.detail)
    if claim.detail:
        return f"no clear answer: {said(claim.detail)}"
    if claim.state == "lost":
        return "the service took it away"
    return "held by somebody else" if claim.misses else "asking now"


def no(why: ServiceRefusal | None, use: ServiceUse | None) -> str:
    """Why a service may not be used, in words for the administrator of the server."""
    name = use.name if use is not None else "that service"
    match why:
        case "unknown" | None:
            return f"this server has no lock service {name}"
        case "organization":
            return f"the lock service {name} is not for this organization"
        case "no-organization":
            return f"the lock service {name} names no `organizations`, and this server has several"
        case "resource":
            wanted = use.resource if use is not None else "this"
            return f"the lock service {name} is not for the resource {wanted}"


def unserved(snapshot: Snapshot, pipeline: Pipeline | None) -> tuple[Problem, ...]:
    """
    What of a file this server does not serve: those groups are granted to nobody. The file counts
    all the same: which services there are is no part of it.
    """
    problems = []
    for group in pipeline.locks.values() if pipeline is not None else ():
        use = group.service
        why = use and refusal(snapshot.services, use, group.name, snapshot.repo.owner)
        if use is not None and why:
            message = (
                f"lock group `{spoken(group.name)}` is never granted: {no(why, use)}; ask the "
                "server's administrator to list it in STAGELOCK_LOCK_SERVICES"
            )
            problems.append(Problem(message, CODE, group.mark))
    return tuple(problems)


def waiting(claim: ServiceClaim) -> str:
    """``waiting for jenkins: e2e-env; held by nightly #42``."""
    use = markup.titled(str(claim.use))
    return f"waiting for {use}; {answer(Outside(claim.use, claim), markup.titled)}"


def lost(claim: ServiceClaim) -> str:
    """A grant whose service has taken its lock away."""
    use = markup.code(str(claim.use))
    by = f" There it is held by {markup.escape(claim.holder)}." if claim.holder else ""
    return (
        f"The lock service took {use} away.{by} Stagelock keeps its own grant, because the job may "
        "still run, and requests the lock again."
    )
