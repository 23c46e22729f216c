"""Who is calling: a person, an App (by its JWT), or an App's installation (by its token)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import jwt

from app.sandbox.github.hub import Hub
from app.sandbox.github.model import ROLES, App, Installation, Refusal, Repo, Token, User

LEVELS = {"read": 1, "write": 2, "admin": 3}


@dataclass(frozen=True, slots=True)
class Caller:
    """`app` without `installation`: the App itself. Neither: a person."""

    actor: User
    app: App | None = None
    installation: Installation | None = None
    permissions: dict[str, str] = field(default_factory=dict)
    repo_ids: frozenset[int] = frozenset()


def caller_of(hub: Hub, credential: str) -> Caller:
    """Recognise a token or JWT. Refusal 401 when it is unknown or has expired."""
    if credential.startswith("ghs_"):
        return _installation(hub, credential)
    for user in list(hub.users.values()):
        if user.token and secrets.compare_digest(user.token, credential):
            return Caller(user)
    return _app(hub, credential)


def _installation(hub: Hub, value: str) -> Caller:
    with hub.lock:
        token = hub.tokens.get(value)
        if token is None or token.expires_at <= hub.now():
            raise Refusal(401, "Bad credentials")
        installation = hub.installations.get(token.installation_id)
        if installation is None:
            raise Refusal(401, "Bad credentials")
        if installation.suspended_at is not None:
            raise Refusal(403, "This installation has been suspended")
        if hub.now() < token.made_at + hub.tokens_settle:
            raise Refusal(*hub.unsettled)
        app = hub.apps[installation.app_id]
        seen = installation.repo_ids if token.repo_ids is None else token.repo_ids
        present = frozenset(seen & installation.repo_ids & hub.repos.keys())
        granted = {
            name: min(level, installation.permissions.get(name, "none"), key=_rank)
            for name, level in token.permissions.items()
        }
        return Caller(app.bot, app, installation, granted, present)


def _rank(level: str) -> int:
    return LEVELS.get(level, 0)


def _app(hub: Hub, value: str) -> Caller:
    """https://docs.github.com/apps: RS256, at most 10 minutes, issued in the past."""
    try:
        issuer = jwt.decode(value, options={"verify_signature": False}).get("iss")
        known = list(hub.apps.values())
        app = next((a for a in known if issuer in (a.id, str(a.id), f"Iv1.{a.id:016x}")), None)
        if app is None:
            raise Refusal(404, "Integration not found")
        claims = jwt.decode(
            value,
            app.public_key_pem,
            ["RS256"],
            options={  # the times are judged below, by the sandbox's clock
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_iss": False,
            },
        )
        issued, expires = float(claims["iat"]), float(claims["exp"])
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        raise Refusal(401, "A JSON web token could not be decoded") from None
    now = hub.now().timestamp()
    if issued > now + 60:
        raise Refusal(401, "'Issued at' claim ('iat') must be an Integer in the past")
    if expires <= now or expires > now + 660:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future or past")
    return Caller(app.bot, app)


def new_token(
    hub: Hub,
    installation: Installation,
    permissions: dict[str, str] | None = None,
    repo_ids: set[int] | None = None,
) -> Token:
    """An installation token for one hour. Refusal 422 when more is asked than was granted."""
    granted = installation.permissions
    wanted = granted if permissions is None else {"metadata": "read", **permissions}
    if any(_rank(level) > _rank(granted.get(name, "none")) for name, level in wanted.items()):
        message = "The permissions requested are not granted to this installation."
        raise Refusal(422, message)
    if repo_ids is not None and not repo_ids <= installation.repo_ids:
        message = "There is at least one repository that does not exist or is not accessible"
        raise Refusal(422, message)
    value = f"ghs_{secrets.token_hex(18)}"
    now = hub.now()
    made = Token(value, installation.id, now, now + timedelta(hours=1), dict(wanted), repo_ids)
    hub.tokens[value] = made
    return made


def require(caller: Caller, repo: Repo, **needed: str) -> None:
    """
    Refusal 404 when the caller cannot see the repository, 403 when it lacks a permission.

    For people the role decides: everything that writes needs `write`. Nobody writes to what is
    archived: https://docs.github.com/repositories/archiving-a-github-repository.
    """
    _require(caller, repo, needed)
    if repo.archived and "write" in needed.values():
        raise Refusal(403, "Repository was archived so is read-only.")


def _require(caller: Caller, repo: Repo, needed: Mapping[str, str]) -> None:
    if caller.installation is None:
        role = "none" if caller.app else repo.roles.get(caller.actor.login.lower(), "none")
        if role == "none":
            raise Refusal(404, "Not Found")
        if "write" in needed.values() and ROLES.index(role) < ROLES.index("write"):
            raise Refusal(403, "Must have push access to repository")
        return
    if repo.id not in caller.repo_ids:
        raise Refusal(404, "Not Found")
    for name, level in needed.items():
        if _rank(caller.permissions.get(name, "none")) < _rank(level):
            raise Refusal(403, "Resource not accessible by integration")
