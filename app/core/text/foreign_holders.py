"""How another repository's lock request is called here: by name only where anybody may know it."""

from __future__ import annotations

from app.core.model.lock_requests import AnyRequest, ForeignRequest

UNKNOWN = "an unknown holder"
"""Whoever had a lock before the database was lost."""


def foreign_name(request: ForeignRequest) -> str:
    """``acme/api e2e``, or ``another repository of acme``; who is unknown is nobody's secret."""
    if request.kind == "unknown":
        return UNKNOWN
    if not request.repo_name:
        return f"another repository of {request.owner}"
    return f"{request.repo_name} {request.name}"


def as_told(request: AnyRequest) -> AnyRequest:
    """*request* as every text tells of it: a job of elsewhere may be kept here."""
    return getattr(request, "told_as", None) or request


def holder_name(request: AnyRequest) -> str:
    """Who has, or waits for, a group, for people of the repository that is told."""
    request = as_told(request)
    if isinstance(request, ForeignRequest):
        return foreign_name(request)
    return UNKNOWN if request.holder_kind == "unknown" else request.name
