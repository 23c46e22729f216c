"""For whoever runs the server: does it live, can it work, and how much is there to do."""

from __future__ import annotations

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.observe import Metrics
from app.ports import Store


def health_blueprint(store: Store, metrics: Metrics) -> Blueprint:
    """
    `/healthz` (the process lives), `/readyz` (it can work; 503 and why not), `/metrics`.

    None of them names a repository or a person: they are open to whoever reaches the port.
    """
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _text("ok\n")

    @blueprint.get("/readyz")
    def readyz() -> Response:
        why_not = store.ready()
        return _text(f"{why_not}\n", 503) if why_not else _text("ready\n")

    @blueprint.get("/metrics")
    def numbers() -> Response:
        return Response(metrics.render(), content_type=CONTENT_TYPE_LATEST)

    return blueprint


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
