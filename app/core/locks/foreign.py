"""What one repository may see of another's lock requests in shared groups."""

from __future__ import annotations

from app.core.model.ci_jobs import RunAttempt
from app.core.model.group_names import organization
from app.core.model.lock_requests import AnyRequest, DirectRequest, ForeignRequest, LockRequest


def home(request: AnyRequest) -> int:
    """
    The number of the repository whose business *request* is: of a CI job in a group of the
    organisation the job's own, not the one that keeps the organisation's file.
    """
    if isinstance(request, ForeignRequest):
        return request.home
    if isinstance(request, DirectRequest) and request.kind == "client":
        job = RunAttempt.of(request.asker)
        return request.repo_id if job is None else job.repository
    return request.repo_id


def foreign(request: LockRequest | DirectRequest, called: str) -> ForeignRequest:
    """
    *request* as everybody else sees it: only in the groups of the organisation; who it is and what
    for only where its `home` is public, since what others show may be read by anybody. That one is
    *called* so then (``acme/api``), as it is for its `home` itself; "": it is not public.
    """
    groups = tuple(group for group in request.groups if organization(group) is not None)
    return ForeignRequest(
        id=request.id,
        repo_id=request.repo_id,
        kind=request.holder_kind,
        owner=request.repo_name.partition("/")[0],
        repo_name=called,
        name=request.name if called or request.holder_kind == "unknown" else "",
        purpose=request.purpose if called and isinstance(request, DirectRequest) else "",
        groups=groups,
        seq=request.seq,
        state=request.state,
        requested_at=request.requested_at,
        granted_at=request.granted_at,
        tokens={group: request.tokens[group] for group in groups if group in request.tokens},
        weights={group: request.weights[group] for group in groups if group in request.weights},
        permits={group: request.permits[group] for group in groups if group in request.permits},
        home=home(request),
        run=request.of_run if called and isinstance(request, DirectRequest) else 0,
    )


def alert_key(request: LockRequest | DirectRequest, *, alone: bool) -> str:
    """
    The key of the comment that is due in other repositories about *request*: once a grant, and
    again each time that somebody has kept it; "": it is not suspect, or a run of its own tells, as
    a stage's does unless it is left *alone*.
    """
    of_none = isinstance(request, DirectRequest) and request.kind in ("client", "job")
    of_stage = isinstance(request, LockRequest) and alone
    if not (of_none or of_stage) or request.state != "suspect" or request.held_since is None:
        return ""
    return f"suspect-{request.id}-since-{request.held_since.isoformat()}"
