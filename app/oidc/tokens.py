"""
Tokens of jobs of GitHub Actions, believed only where all of it is right.

https://docs.github.com/en/actions/reference/security/oidc names their claims.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import jwt

from app.core.model.ci_jobs import CiJob, RunAttempt
from app.core.model.names import Sha
from app.errors import Rejected
from app.oidc.issuer import Issuer

ALGORITHM = "RS256"
LEEWAY = 60
"""Seconds by which the clocks of GitHub and of this machine may differ."""
MOST = 16 * 1024
"""Characters of a token."""
_NEEDED = ("exp", "iat", "iss", "aud")
_NUMBER = re.compile(r"[0-9]{1,18}")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class GitHubJobTokens:
    """Implements `JobTokens`: those of *issuer* that were asked for with our *audience*."""

    def __init__(self, issuer: Issuer, audience: str) -> None:
        self._issuer = issuer
        self._audience = audience

    def job(self, token: str) -> CiJob:
        """As `JobTokens.job`; the algorithm is looked at before anybody is asked for a key."""
        try:
            if len(token) > MOST:
                raise Rejected("the OIDC token is too long")
            header = jwt.get_unverified_header(token)
            kid = header.get("kid")
            if header.get("alg") != ALGORITHM or not isinstance(kid, str):
                raise Rejected(f"the OIDC token is not signed by {ALGORITHM} with a named key")
            key = self._issuer.key(kid)
            if key is None:
                raise Rejected("the OIDC token is signed with a key that its issuer does not name")
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=self._issuer.url,
                leeway=LEEWAY,
                options={"require": list(_NEEDED), "strict_aud": True},
            )
        except jwt.PyJWTError as error:
            raise Rejected(f"the OIDC token is not good here: {_why(error)}") from error
        return _job(claims)


def _why(error: jwt.PyJWTError) -> str:
    """In our words: PyJWT's may repeat what was sent."""
    match error:
        case jwt.ExpiredSignatureError():
            return "it has expired; ask GitHub for a fresh one"
        case jwt.ImmatureSignatureError():
            return "it is from the future: look at this machine's clock"
        case jwt.InvalidAudienceError():
            return "it was made for another audience than STAGELOCK_OIDC_AUDIENCE"
        case jwt.InvalidIssuerError():
            return "it is of another issuer than STAGELOCK_OIDC_ISSUER"
        case jwt.InvalidSignatureError():
            return "its signature is wrong"
        case _:
            return "it cannot be read, or lacks a claim"


def _job(claims: Mapping[str, object]) -> CiJob:
    attempt = RunAttempt(*(_number(claims, n) for n in ("repository_id", "run_id", "run_attempt")))
    ref, sha = claims.get("ref"), claims.get("sha")
    if not isinstance(ref, str) or not isinstance(sha, str) or not _SHA.fullmatch(sha):
        raise Rejected("the OIDC token is of no job: it lacks ref or sha")
    # https://github.blog/changelog/2025-11-13-github-actions-oidc-token-claims-now-include-check_run_id/
    job = _number(claims, "check_run_id") if "check_run_id" in claims else 0
    environment = claims.get("environment", "")
    if not isinstance(environment, str):
        raise Rejected("the OIDC token is of no job: its environment is no text")
    owner = _number(claims, "repository_owner_id")
    return CiJob(attempt, owner, ref, Sha(sha), job, environment)


def _number(claims: Mapping[str, object], name: str) -> int:
    """GitHub writes its numbers as texts."""
    value = claims.get(name)
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)) or int(str(value)) == 0:
        raise Rejected(f"the OIDC token is of no job: it lacks {name}")
    return int(str(value))
