"""What we say about ourselves: logs and metrics."""

from app.observe.logs import Seldom, about, listed, set_up
from app.observe.metrics import Metrics, listener, stage_id
from app.observe.redact import Redactor

__all__ = [
    "Metrics",
    "Redactor",
    "Seldom",
    "about",
    "listed",
    "listener",
    "set_up",
    "stage_id",
]
