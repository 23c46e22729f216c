"""The REST API as one Flask blueprint: authentication, refusals, conditional requests, records."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from app.sandbox.github.access import caller_of
from app.sandbox.github.faults import Fault, Faults
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Refusal
from app.sandbox.github.versions import OLDEST, REMOVED, answered_in, names_any
from app.sandbox.serve.rest.actions import Actions
from app.sandbox.serve.rest.apps import Apps, Deliveries, Manifests
from app.sandbox.serve.rest.base import Api
from app.sandbox.serve.rest.checks import CheckRuns, CheckSuites
from app.sandbox.serve.rest.comments import CommitComments, IssueComments
from app.sandbox.serve.rest.deployments import Deployments
from app.sandbox.serve.rest.people import Accounts
from app.sandbox.serve.rest.pulls import Pulls
from app.sandbox.serve.rest.repos import Commits, Refs, Repositories

DOCS = "https://docs.github.com/rest"
PREFIX = "/api/v3"
FAMILIES = (
    Apps,
    Manifests,
    Deliveries,
    Repositories,
    Refs,
    Commits,
    CheckRuns,
    CheckSuites,
    Pulls,
    IssueComments,
    CommitComments,
    Actions,
    Deployments,
    Accounts,
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One REST call as it was answered: what tests hold against GitHub's published schemas."""

    method: str
    path: str  # without /api/v3
    query: dict[str, str]
    status: int
    caller: str
    version: str
    sent_text: bytes
    answered_text: bytes

    @property
    def sent(self) -> Any:
        """What came with it, as JSON; None where nothing came, or nothing that is JSON."""
        try:
            return json.loads(self.sent_text)
        except ValueError:
            return None

    @property
    def answered(self) -> Any:
        """The answer as JSON; None where there is none."""
        return json.loads(self.answered_text) if self.answered_text else None


def rest_blueprint(api: Api, faults: Faults, exchanges: deque[Exchange]) -> Blueprint:
    """Serve ``/api/v3``; every call is appended to *exchanges*."""
    bp = Blueprint("rest", __name__, url_prefix=PREFIX)
    for family in FAMILIES:
        family(api).add_to(bp)
    for rule in ("/", "/<path:_>"):
        bp.add_url_rule(
            rule, "unknown", _unknown, methods=["GET", "POST", "PATCH", "PUT", "DELETE"]
        )
    bp.register_error_handler(Refusal, _refused)

    @bp.before_request
    def admit() -> Response | None:
        return _admit(api.hub, faults)

    @bp.after_request
    def finish(response: Response) -> Response:
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        version = _version()
        if response.is_json and names_any(REMOVED.get(version), response.get_data()):
            response.set_data(json.dumps(answered_in(version, response.get_json())))
        response.headers.setdefault("X-RateLimit-Limit", "5000")
        response.headers.setdefault("X-RateLimit-Remaining", str(api.hub.requests_left))
        reset = int(api.hub.now().timestamp()) + 3600
        response.headers.setdefault("X-RateLimit-Reset", str(reset))
        exchanges.append(_exchange(response))
        if g.get("fault") is not None and g.fault.kind == "lost":
            return _struck(g.fault, api.hub.now())
        if request.method == "GET" and response.status_code == 200:
            response.add_etag(weak=True)
            response.make_conditional(request)
        return response

    return bp


def _unknown(_: str = "") -> Response:
    raise Refusal(404, "Not Found")


def _admit(hub: Hub, faults: Faults) -> Response | None:
    """Set `g.caller`, or answer at once with a fault. Refusal 401 for strangers without a code."""
    g.fault = faults.strike(request.method, request.path.removeprefix(PREFIX))
    g.caller = None
    if g.fault is not None and g.fault.kind != "lost":
        return _struck(g.fault, hub.now())
    if request.path.startswith(f"{PREFIX}/app-manifests/"):
        return None
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in {"bearer", "token"} or not credential:
        raise Refusal(401, "Requires authentication")
    if _version() not in REMOVED:
        raise Refusal(400, f"{_version()} is not a valid version")
    g.caller = caller_of(hub, credential.strip())
    return None


def _version() -> str:
    return request.headers.get("X-GitHub-Api-Version", OLDEST)


def _refused(no: Refusal) -> Response:
    answer: dict[str, Any] = {"message": no.message, "documentation_url": DOCS}
    answer["status"] = str(no.status)
    if no.errors:
        answer["errors"] = no.errors
    response = jsonify(answer)
    response.status_code = no.status
    return response


def _struck(fault: Fault, now: datetime) -> Response:
    texts = {
        "error": (502, "Server Error"),
        "lost": (502, "Server Error"),
        "limited": (403, "API rate limit exceeded for installation."),
        "secondary": (403, "You have exceeded a secondary rate limit. Please wait a few minutes."),
        "denied": (403, "Resource not accessible by integration"),
    }
    response = _refused(Refusal(*texts[fault.kind]))
    if fault.kind == "secondary":
        response.headers["Retry-After"] = str(fault.retry_after)
    if fault.kind == "limited":
        response.headers["X-RateLimit-Remaining"] = "0"
        response.headers["X-RateLimit-Reset"] = str(int(now.timestamp()) + fault.retry_after)
    return response


def _exchange(response: Response) -> Exchange:
    caller = g.get("caller")
    return Exchange(
        method=request.method,
        path=request.path.removeprefix(PREFIX),
        query=request.args.to_dict(),
        status=response.status_code,
        caller="" if caller is None else caller.actor.login,
        version=_version(),
        sent_text=request.get_data(),
        answered_text=response.get_data() if response.is_json else b"",
    )
