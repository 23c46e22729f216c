"""For whoever runs the server: does it live, can it work, and how much is there to do."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.core.text.installation import line
from app.observe import Metrics
from app.ports import Store
from app.ports.installs import Standing, Unheard


def health_blueprint(store: Store, metrics: Metrics, unheard: Unheard | None) -> Blueprint:
    """
    `/healthz` (the process lives), `/readyz` (it can work; 503 and why not), `/metrics`.

    None of them names a repository, an account or a person: they are open to whoever reaches the
    port. Nobody is asked: `/readyz` tells what the database is like and what GitHub said last.
    """
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _text("ok\n")

    @blueprint.get("/readyz")
    def readyz() -> Response:
        if why_not := store.ready():
            return _text(f"{why_not}\n", 503)
        standing = store.installs.standing()
        answers = 0 if standing is None else standing.answers
        if unheard is not None and answers <= unheard.answers:
            return _text(f"GitHub has not answered since the start: {unheard.why}\n", 503)
        return _text(f"ready\n{_said(store, standing)}{_resting(store)}")

    @blueprint.get("/metrics")
    def numbers() -> Response:
        return Response(metrics.render(), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _resting(store: Store) -> str:
    """What does not keep us from working, but should be looked at."""
    count = store.work.resting()
    if not count:
        return ""
    who = "1 repository rests" if count == 1 else f"{count} repositories rest"
    return f"{who}: looks at it broke off; the log says which (tick.broke-off)\n"


def _said(store: Store, standing: Standing | None) -> str:
    """What GitHub said last, in a line; "" while nothing is known."""
    if standing is None:
        return ""
    if standing.refused:
        return f"GitHub does not take us for the App any more: {standing.refused}\n"
    known = store.installs.all()
    return f"{line(standing.slug, standing.app_id, standing.repositories, known)}\n"


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
