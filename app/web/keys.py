"""Who may read what is not for everybody: the holders of our own tokens."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from flask import request
from werkzeug.exceptions import Forbidden, Unauthorized

from app.settings import ApiToken, Scope

CHALLENGE = 'Bearer realm="stagelock"'
"""What every 401 carries as `WWW-Authenticate`."""


class Keys:
    """The tokens of STAGELOCK_API_TOKENS."""

    def __init__(self, tokens: Sequence[ApiToken]) -> None:
        self._tokens = tuple(tokens)

    def need(self, *scopes: Scope) -> ApiToken:
        """
        Let the request pass if its ``Authorization: Bearer`` token has one of *scopes*; the token.

        Unauthorized (401) without a token that we know, Forbidden (403) where it is for other
        things. Every token is compared, each in constant time.
        """
        given = request.authorization
        token = given.token if given is not None and given.type == "bearer" else None
        shown = (token or "").encode()
        known = [
            one
            for one in self._tokens
            if hmac.compare_digest(one.token.reveal().encode(), shown) and shown
        ]
        if not known:
            raise Unauthorized("send one of the server's tokens: Authorization: Bearer TOKEN")
        for one in known:
            if not one.scopes.isdisjoint(scopes):
                return one
        raise Forbidden(f"this token has not the scope {' or '.join(scopes)}")
