"""What is said of jobs of which GitHub does not tell whether they join the grant of a stage."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.model.ci_jobs import JobRequest
from app.core.model.lock_requests import DirectRequest, ForeignRequest
from app.core.text import markup
from app.core.text.lock_reasons import said


def told(asks: Sequence[JobRequest]) -> str:
    """Which jobs may be the one that a stage awaits, and why nobody knows; "" for none."""
    if not asks:
        return ""
    runs = markup.listed(markup.code(str(ask.attempt.run)) for ask in asks)
    why = markup.listed(dict.fromkeys(markup.escape(said(ask.doubt)) for ask in asks))
    many = len(asks) > 1
    return f"The job{'s' * many} of run {runs} ask{'s' * (not many)} for this lock, too: {why}."


def stuck(request: DirectRequest | ForeignRequest) -> str:
    """Why nobody can tell whose turn it is."""
    if isinstance(request, ForeignRequest) or request.state != "queued" or not request.reason:
        return ""
    return f": {markup.escape(said(request.reason))}"
