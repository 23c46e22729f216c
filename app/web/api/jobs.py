"""What a job of Actions may ask for: lock groups of its repository and of its owner, no others."""

from __future__ import annotations

from werkzeug.exceptions import Forbidden

from app.core.model.ci_jobs import CiJob, RunAttempt
from app.core.model.lock_requests import DirectRequest, OwnRequest
from app.core.paths.ref_globs import ref_passes
from app.ports import Store

_ELSEWHERE = "this token is of a job that may not ask here: its repository has not this scope"


def at_home(store: Store, job: CiJob | None, scope: str) -> None:
    """
    Forbidden where the groups of *scope* (``repo-1``) are not those of *job*'s repository or of its
    owner, by their numbers, or the App is not at work in that repository. None: no job asks.
    """
    if job is None:
        return
    record = store.repos.get(job.attempt.repository)
    if scope not in {f"repo-{job.attempt.repository}", f"org-{job.owner}"}:
        raise Forbidden(_ELSEWHERE)
    if record is None or record.unavailable:
        raise Forbidden("the App is not installed on the repository of this token's job")


def on_its_ref(job: CiJob | None, refs: tuple[str, ...]) -> None:
    """Forbidden where the group is for jobs on *refs* alone, and *job* runs on another ref."""
    if job is not None and not ref_passes(refs, job.ref):
        raise Forbidden(f"`refs` of this lock group does not name what the job runs on: {job.ref}")


def may_share(job: CiJob | None, grant: OwnRequest) -> bool:
    """
    Tell whether showing the token of *grant* is enough for a part in it.

    Tokens are told in check runs and commits: they prove nothing of a job, which says by GitHub's
    token who it is. It may show that of a grant of its own run and attempt (`stagelock lock` inside
    itself); whether it has a part in any other is judged by what GitHub says. None: a client with
    a stored token asks.
    """
    if job is None:
        return True
    return isinstance(grant, DirectRequest) and RunAttempt.of(grant.asker) == job.attempt
