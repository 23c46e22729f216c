"""The steps that a stage may list. A new one is a file beside this, and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.config.steps.copy import COPY
from app.core.config.steps.delete import DELETE
from app.core.config.steps.kind import Kind
from app.core.config.steps.yaml_set import YAML_SET

STEPS: Mapping[str, Kind] = {kind.uses: kind for kind in (COPY, DELETE, YAML_SET)}
