"""Whom a lock request concerns: the person who is called when something happens to it."""

from __future__ import annotations

from app.core.model.lock_requests import AnyRequest, DirectRequest, LockRequest
from app.core.model.names import Repo, Sha
from app.core.model.people import Person
from app.core.text.foreign_holders import as_told
from app.engine.survey.people import called_now
from app.errors import OutsideError
from app.ports import Forge


def called_of(forge: Forge, repo: Repo, request: AnyRequest) -> str:
    """
    The login, now, of the person behind *request*: who took it, who started its workflow run, or of
    a stage the author of the freight's commit. "" where nobody can tell, where there is none, and
    where that is another repository's business.
    """
    told = as_told(request)
    try:
        match told:
            case LockRequest():
                account = forge.author(repo, told.freight.sha)
            case DirectRequest(kind="person"):
                account = told.asker_id
            case DirectRequest(of_run=run) if run:
                account = forge.workflow_run(repo, run).actor
            case _:
                return ""
    except OutsideError:
        return ""
    return called_now(forge, repo, Person(account, ""))


def head_of(forge: Forge, repo: Repo, run: int) -> Sha | None:
    """The commit of *repo* that the workflow run *run* is on; None: nobody can tell."""
    try:
        workflow_run = forge.workflow_run(repo, run)
    except OutsideError:
        return None
    return None if workflow_run.foreign else workflow_run.head or None
