"""How a token is made, and how it proves itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.errors import Denied, Missing, Rejected, Transient
from app.github import endpoints
from app.github.json_fields import moment, obj, text
from app.github.permissions import asked_for, least
from app.github.requests import Answer, Request
from app.github.tokens import Scope, Token, Tokens
from app.github.translate import Call
from app.ports import Clock


@dataclass(frozen=True, slots=True)
class Sending:
    """
    How a request goes out: as the App, or with a token that is given.

    *learn* is told each token as soon as it is known.
    """

    as_app: Callable[[Request], Answer]
    with_token: Callable[[Request, str], object]
    learn: Callable[[str], None]


class Credentials:
    """Tokens of installations, by what they are for."""

    def __init__(self, sending: Sending, clock: Clock) -> None:
        self._sending = sending
        self._clock = clock
        self._tokens = Tokens(self._mint, self._prove, clock)

    def get(self, scope: Scope) -> str:
        """A token that GitHub has taken."""
        return self._tokens.get(scope)

    def renewed(self, scope: Scope, token: str) -> str:
        """Another one than *token*, which was refused."""
        self._tokens.drop(scope, token)
        return self._tokens.get(scope)

    def _mint(self, scope: Scope) -> Token:
        wanted = asked_for(scope.kind)
        try:
            return self._made(scope, wanted)
        except Rejected as refused:
            granted = least(wanted, self._granted(scope))
            if not granted:
                lacking = ", ".join(f"{name}: {level}" for name, level in wanted.items())
                raise Denied(f"{refused.message} (the App needs {lacking})") from refused
            if granted == wanted:  # so it is the repository that is not there (any more)
                raise Missing(refused.message) from refused
            return self._made(scope, granted, narrow=True)

    def _made(self, scope: Scope, permissions: Mapping[str, str], *, narrow: bool = False) -> Token:
        doing = f"get a token for installation {scope.installation}"
        body: dict[str, Any] = {"permissions": permissions}
        if scope.repo_id is not None:
            body["repository_ids"] = [scope.repo_id]
        path = endpoints.CREATE_TOKEN.at(installation=scope.installation)
        answer = self._as_app(Request(Call(doing, endpoints.CREATE_TOKEN), path, body=body))
        token = text(answer.data, "token")
        if not token:
            raise Transient(f"{doing}: GitHub's answer holds no token")
        self._sending.learn(token)
        hour = self._clock() + timedelta(hours=1)
        return Token(token, moment(answer.data, "expires_at") or hour, narrow)

    def _granted(self, scope: Scope) -> Mapping[str, str]:
        """What the owner of the account lets us do."""
        doing = f"read installation {scope.installation}"
        path = endpoints.INSTALLATION.at(installation=scope.installation)
        answer = self._as_app(Request(Call(doing, endpoints.INSTALLATION), path))
        found = obj(answer.data, "permissions")
        return {name: level for name, level in found.items() if isinstance(level, str)}

    def _as_app(self, request: Request) -> Answer:
        try:
            return self._sending.as_app(request)
        except Missing as error:
            raise Denied(f"{error.message}: the App is not installed there any more") from error
        except Transient as error:
            # Whatever the token is for was not done; a token that got lost harms nobody.
            raise Transient(error.message, retry_after=error.retry_after) from error

    def _prove(self, scope: Scope, token: str) -> None:
        """
        Ask for the list of what it opens: every installation token may.

        https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-app-installation
        """
        endpoint = endpoints.REPOSITORIES
        call = Call(f"try a new token of installation {scope.installation}", endpoint)
        request = Request(call, endpoint.at(), scope.installation, {"per_page": 1})
        self._sending.with_token(request, token)
