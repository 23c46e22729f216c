"""How a token is made, and how it proves itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.errors import Denied, Missing, Rejected, Transient
from app.github import endpoints
from app.github.grants import Granted, Grants
from app.github.json_fields import moment, obj, text
from app.github.permissions import Kind, asked_for, least
from app.github.requests import GitHubAnswer, Request
from app.github.tokens import Opening, Token, Tokens
from app.github.translate import Call
from app.ports import Clock

_LOOKS = 3
"""What is granted may change between two of our calls; not for ever."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How a request goes out."""

    as_app: Callable[[Request], GitHubAnswer]
    """By the App's own key."""
    with_token: Callable[[Request, str], object]
    """With the token that is given."""
    learn: Callable[[str], None]
    """It is told each token as soon as it is known."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a token is needed for."""

    kind: Kind
    """
    `reading`, `writing`: one repository but the writing of its contents, which is `git`. `account`:
    the list of an installation's repositories, teams and people.
    """
    installation: int
    repo_id: int | None = None
    """None: for what is no repository's."""

    def opening(self, permissions: Granted) -> Opening:
        """What a token with *permissions* opens."""
        return Opening(self.installation, self.repo_id, frozenset(permissions.items()))


class _LessGranted(Exception):
    """A token was not made, because the installation grants no more than *granted*."""

    def __init__(self, granted: Granted) -> None:
        super().__init__(granted)
        self.granted = granted


class Credentials:
    """Tokens of installations, by what they are for."""

    def __init__(self, sending: Sending, clock: Clock) -> None:
        self._sending = sending
        self._clock = clock
        self._grants = Grants(self._granted, clock)
        self._tokens = Tokens(self._mint, self._prove, clock)

    def get(self, scope: Scope) -> str:
        """
        A token that GitHub has taken, for as much of what *scope* needs as was granted.

        Denied where that is nothing, Missing where the repository is not in the installation.
        """
        granted = self._grants.known(scope.installation)
        for _ in range(_LOOKS):
            try:
                return self._tokens.get(scope.opening(_within(scope, granted)))
            except _LessGranted as less:
                granted = less.granted
        raise Transient(f"what installation {scope.installation} grants changes while we ask")

    def renewed(self, scope: Scope, token: str) -> str:
        """Another one than *token*, which was refused."""
        granted = self._grants.known(scope.installation)
        self._tokens.drop(scope.opening(_within(scope, granted)), token)
        self._grants.doubt(scope.installation)
        return self.get(scope)

    def seen(self, installation: int, granted: Granted) -> None:
        """GitHub said what that installation grants now."""
        self._grants.seen(installation, granted)

    def _mint(self, opening: Opening) -> Token:
        """
        GitHub refuses (422) more than was granted, and a repository that is not in the installation
        in the same way; what is granted tells which it is.
        """
        asked = dict(opening.permissions)
        granted = self._grants.known(opening.installation)
        if granted is not None and least(asked, granted) != asked:
            raise _LessGranted(granted)  # another thread found it out while this one waited
        try:
            return self._made(opening)
        except Rejected as refused:
            granted = self._grants.read(opening.installation)
            if least(asked, granted) == asked:
                raise Missing(refused.message) from refused
            raise _LessGranted(granted) from refused

    def _made(self, opening: Opening) -> Token:
        doing = f"get a token for installation {opening.installation}"
        body: dict[str, Any] = {"permissions": dict(sorted(opening.permissions))}
        if opening.repo_id is not None:
            body["repository_ids"] = [opening.repo_id]
        path = endpoints.CREATE_TOKEN.at(installation=opening.installation)
        answer = self._as_app(Request(Call(doing, endpoints.CREATE_TOKEN), path, body=body))
        token = text(answer.data, "token")
        if not token:
            raise Transient(f"{doing}: GitHub's answer holds no token")
        self._sending.learn(token)
        hour = self._clock() + timedelta(hours=1)
        return Token(token, moment(answer.data, "expires_at") or hour)

    def _granted(self, installation: int) -> Granted:
        """What the owner of the account lets us do."""
        doing = f"read installation {installation}"
        path = endpoints.INSTALLATION.at(installation=installation)
        answer = self._as_app(Request(Call(doing, endpoints.INSTALLATION), path))
        permissions = obj(answer.data, "permissions")
        return {name: level for name, level in permissions.items() if isinstance(level, str)}

    def _as_app(self, request: Request) -> GitHubAnswer:
        try:
            return self._sending.as_app(request)
        except Missing as error:
            raise Denied(f"{error.message}: the App is not installed there any more") from error
        except Transient as error:
            # Whatever the token is for was not done; a token that got lost harms nobody.
            raise Transient(error.message, retry_after=error.retry_after) from error

    def _prove(self, opening: Opening, token: str) -> None:
        """
        Ask for the list of what it opens: every installation token may.

        https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-app-installation
        """
        endpoint = endpoints.REPOSITORIES
        call = Call(f"try a new token of installation {opening.installation}", endpoint)
        request = Request(call, endpoint.at(), opening.installation, {"per_page": 1})
        self._sending.with_token(request, token)


def _within(scope: Scope, granted: Granted | None) -> Granted:
    """
    What to ask for: all that *scope* needs, as far as it was granted (None: nothing is missing).

    Denied rather than nothing, which GitHub would read as everything:
    https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
    """
    wanted = asked_for(scope.kind)
    permissions = wanted if granted is None else least(wanted, granted)
    if not permissions:
        lacking = ", ".join(f"{name}: {level}" for name, level in wanted.items())
        what = f"get a token for installation {scope.installation}"
        raise Denied(f"{what}: no permission for it was granted (the App needs {lacking})")
    return permissions
