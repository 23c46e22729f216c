"""That `stagelock / plan` was said once of a repository, so that people can make it required."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.model.names import Sha

INTRODUCED = "introduced"
"""Stands in the natural key of such a run where others name their promotion."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """Where the run stands, or may stand, that says that the App is here."""

    commit: Sha
    """Empty: nobody knows it any more (a rebuilt database)."""
    told: bool = False
    """GitHub has it, and none is made any more."""
