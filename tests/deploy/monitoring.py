"""The alert rules of manifests/deploy/monitoring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

MONITORING = Path(__file__).parents[2] / "manifests" / "deploy" / "monitoring"


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((MONITORING / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])
