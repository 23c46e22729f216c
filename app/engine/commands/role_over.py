"""Who may take a group of the organisation away: asked where it is held, and where it is named."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.locks.foreign import home as home_of
from app.core.model.facts import Role
from app.core.model.lock_requests import AnyRequest
from app.core.model.names import Repo
from app.core.model.organization_locks import HOME
from app.engine.commands.given import ROLES, Given
from app.engine.survey.people import role_of
from app.errors import Denied, Missing, Transient


def role_over(given: Given, request: AnyRequest) -> Role:
    """
    What its author may in the repository whose business *request* is, or in the organisation's
    `.github`.

    One of the two that cannot be asked stops nobody who may by the other.
    """
    if given.command.kind == "api":
        return given.role()
    store, here = given.store, given.snapshot.repo
    home = store.repos.named(here.owner, HOME)
    theirs = store.repos.get(home_of(request))
    records = [record for record in (theirs, home) if record is not None and not record.unavailable]
    of_this = [record for record in records if record.installation_id == here.installation_id]
    role, doubt = _roles_in(
        given, [Repo(r.id, r.owner, r.name, r.installation_id) for r in of_this]
    )
    if doubt is not None and ROLES.index(role) < ROLES.index("maintain"):
        raise doubt
    return role


def _roles_in(given: Given, repos: Sequence[Repo]) -> tuple[Role, Transient | Denied | None]:
    """The highest role known of its author in *repos*, and what kept others unknown."""
    roles: list[Role] = ["none"]
    doubt: Transient | Denied | None = None
    for repo in repos:
        try:
            roles.append(_role_in(given, repo))
        except (Transient, Denied) as error:
            doubt = error
    return max(roles, key=ROLES.index), doubt


def _role_in(given: Given, repo: Repo) -> Role:
    try:
        return role_of(given.forge, repo, given.person)
    except Missing:
        return "none"
