"""Who may read what is not for everybody: the holders of our own tokens, and jobs of Actions."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from werkzeug.exceptions import Forbidden, Unauthorized

from app.core.model.ci_jobs import CiJob
from app.errors import Rejected
from app.ports.job_tokens import JobTokens
from app.settings import ApiToken, Scope

CHALLENGE = 'Bearer realm="stagelock"'
"""What every 401 carries as `WWW-Authenticate`."""
JWT_DOTS = 2
"""https://www.rfc-editor.org/rfc/rfc7515#section-3.1: three parts."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks."""

    name: str
    """That of a token of ours, or of a job."""
    scopes: frozenset[str]
    job: CiJob | None = None
    """The attempt of a workflow run; None: it is no job's token."""


class ApiKeys:
    """The tokens of STAGELOCK_API_TOKENS, and those of jobs of Actions, where they are believed."""

    def __init__(self, tokens: Sequence[ApiToken], jobs: JobTokens | None = None) -> None:
        self._tokens = tuple(tokens)
        self._jobs = jobs

    def need(self, *scopes: Scope) -> Holder:
        """
        Let the request pass if its ``Authorization: Bearer`` token has one of *scopes*; who has it.

        Unauthorized (401) without a token that we know, Forbidden (403) where it is for other
        things. Every token is compared, each in constant time. A job has the scope `lock`, and
        the caller has to see to it that it is used for the job's own groups only. Transient: the
        issuer of its token does not answer.
        """
        given = request.authorization
        token = given.token if given is not None and given.type == "bearer" else None
        shown = (token or "").encode()
        known = [
            Holder(api_token.name, api_token.scopes)
            for api_token in self._tokens
            if hmac.compare_digest(api_token.token.reveal().encode(), shown) and shown
        ]
        if not known and token and token.count(".") == JWT_DOTS and self._jobs is not None:
            known = [self._of_job(self._jobs, token)]
        if not known:
            raise Unauthorized("send one of the server's tokens: Authorization: Bearer TOKEN")
        for holder in known:
            if not holder.scopes.isdisjoint(scopes):
                return holder
        raise Forbidden(f"this token has not the scope {' or '.join(scopes)}")

    @staticmethod
    def _of_job(jobs: JobTokens, token: str) -> Holder:
        try:
            job = jobs.job(token)
        except Rejected as error:
            raise Unauthorized(error.message) from error
        return Holder(str(job.attempt), frozenset({"lock"}), job)
