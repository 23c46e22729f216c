"""The web application: GitHub's door, the health of the server, and a page that says what it is."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from app.core.locks.quota import Quota
from app.core.text import sinks
from app.errors import OutsideError
from app.observe import Metrics
from app.ports import Clock, Store
from app.ports.installs import Unheard
from app.ports.job_tokens import JobTokens
from app.settings import ApiToken
from app.web.api.blueprint import api_blueprint
from app.web.events import events_blueprint
from app.web.headers import HEADERS, hardened
from app.web.health import health_blueprint
from app.web.keys import ApiKeys
from app.web.problems import away, refusal
from app.web.setup.waiting import closed
from app.web.webhook import Door

BODY_LIMIT = 26 * 1024 * 1024
"""
Above the 25 MB at which GitHub caps deliveries:
https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
"""


def create_app(
    *,
    store: Store,
    secrets: Sequence[bytes],
    clock: Clock,
    metrics: Metrics,
    unheard: Unheard | None = None,
    tokens: Sequence[ApiToken] = (),
    version: str = "",
    quota: Quota | None = None,
    jobs: JobTokens | None = None,
    app_id: int | None = None,
) -> Flask:
    """
    Build the WSGI application around what it needs.

    *secrets* are the webhook's, any of which may sign; none at all is a ValueError, because then
    nothing could be told from a forgery. *unheard*: GitHub was silent at the start. *tokens* open
    what is not for everybody. *quota* bounds the lock requests of clients. *jobs* knows the
    tokens of jobs of Actions. What the App *app_id* did itself is no news.
    """
    if not any(secrets):
        raise ValueError("a webhook secret is needed")
    wsgi = Flask(__name__, static_folder=None)
    wsgi.jinja_options = {"finalize": sinks.html}
    wsgi.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    wsgi.register_blueprint(health_blueprint(store, metrics, unheard))
    keys = ApiKeys(tokens, jobs)
    wsgi.register_blueprint(events_blueprint(store.audit, keys))
    wsgi.register_blueprint(api_blueprint(store, keys, clock, version, quota or Quota()))

    @wsgi.get("/")
    def index() -> str:
        return render_template("index.html", version=version)

    closed(wsgi)
    wsgi.register_error_handler(HTTPException, refusal)
    wsgi.register_error_handler(OutsideError, away)
    wsgi.after_request(hardened)
    door = Door(
        wsgi.wsgi_app,
        store.inbox,
        tuple(secrets),
        clock,
        metrics,
        headers=HEADERS,
        limit=BODY_LIMIT,
        app_id=app_id,
    )
    wsgi.wsgi_app = door  # type: ignore[method-assign] # as Flask's own documentation wraps it
    return wsgi
