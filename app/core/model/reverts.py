"""A commit that was taken back."""

from __future__ import annotations

from typing import NamedTuple

from app.core.model.names import Sha


class Revert(NamedTuple):
    """*commit* was taken back *by* a later commit of the line, as the files show."""

    commit: Sha
    by: Sha
