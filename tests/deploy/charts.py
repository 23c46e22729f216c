"""The Helm chart, and values for it: with everything, and with as little as can be."""

from __future__ import annotations

from tests.deploy.manifests import DEPLOY, Json

CHART = DEPLOY / "chart"
EVERYTHING: Json = {
    "host": "stages.acme.example",
    "existingSecret": "of-vault",
    "settings": {"STAGELOCK_LOG_FORMAT": "json"},
    "secretSettings": {"STAGELOCK_API_TOKENS": "api-tokens"},
    "image": {
        "repository": "registry.example/stagelock",
        "tag": "sha256:" + "a" * 64,
        "pullSecrets": [{"name": "registry"}],
    },
    "nodeSelector": {"disk": "fast"},
    "tolerations": [{"key": "ci", "operator": "Exists"}],
    "ingress": {"className": "nginx", "annotations": {"a.example/b": "true"}},
    "podDisruptionBudget": {"maxUnavailable": "50%"},
    "database": {"storageClassName": "ssd"},
    "monitoring": {"serviceMonitor": True, "prometheusRule": True, "labels": {"release": "prom"}},
}
LITTLE: Json = {
    "ingress": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
    "database": {"enabled": False},
}
