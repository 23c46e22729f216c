"""What we say about ourselves: logs, metrics, the ids of events."""

from app.observe.audit import event_id
from app.observe.logs import about, set_up
from app.observe.metrics import Metrics
from app.observe.redact import Redactor

__all__ = ["Metrics", "Redactor", "about", "event_id", "set_up"]
