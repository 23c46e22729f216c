"""Random values of the chart: no container gets more than it needs, and no secret stands in the open."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.charts import CHART, EVERYTHING, LITTLE
from tests.deploy.manifests import SECRETS, Json, compose, documents
from tests.deploy.programs import helm

LEAST = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def drawn(draw: random.Random) -> Json:
    """Some of the values that people set; those that exclude each other come from one of the two."""
    base = draw.choice((EVERYTHING, LITTLE, {}))
    values = {key: value for key, value in base.items() if draw.random() < 0.7}
    values["host"] = "stages.acme.example"
    values |= {
        key: draw.randint(1, 4)
        for key in ("replicas", "workers")
        if key in yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    }
    if draw.random() < 0.4:
        values["setup"] = True
    return values


def pods(found: list[Json]) -> list[Json]:
    return [one["spec"]["template"]["spec"] for one in found if "template" in one.get("spec", {})]


def hardened(found: list[Json]) -> None:
    """Every container of every pod, and every object beside them."""
    assert pods(found)
    for pod in pods(found):
        rights = pod["securityContext"]
        assert rights["runAsNonRoot"] is True
        assert rights["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & {key for key in pod if pod[key]}
        assert not [volume for volume in pod["volumes"] if "hostPath" in volume]
        for container in (*pod.get("initContainers", []), *pod["containers"]):
            assert container["securityContext"] == LEAST, container["name"]
            names = {env["name"] for env in container.get("env", [])}
            assert names.isdisjoint({f"STAGELOCK_{name}" for name in SECRETS}), container["name"]
            assert "envFrom" not in container
    assert not [one for one in found if one["kind"] in ("Secret", "ClusterRole", "Role")]


def public(found: list[Json]) -> set[str]:
    """What is reached from outside: paths of ingresses, and services that are open to it."""
    paths = {
        path["path"]
        for one in found
        if one["kind"] == "Ingress"
        for rule in one["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    open_kinds = {"LoadBalancer", "NodePort"}
    return paths | {
        one["metadata"]["name"]
        for one in found
        if one["kind"] == "Service" and one["spec"].get("type") in open_kinds
    }


@pytest.mark.parametrize("seed", range(6))
def test_whatever_values_are_set_no_container_may_more_than_it_needs(tmp_path: Path, seed):
    values = drawn(random.Random(f"values {seed}"))

    text = helm("helm_template", tmp_path, release_name="r", chart=str(CHART), values=values)

    found: list[Any] = [one for one in yaml.safe_load_all(text) if one]
    hardened(found)
    assert "/metrics" not in public(found)
    assert all(path.startswith(("/github/webhook", "/setup")) for path in public(found)), values


def test_the_manifest_without_helm_is_as_bare():
    hardened(documents())


def test_every_service_of_compose_is_as_bare():
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert not [bind for bind in service.get("volumes", []) if "docker.sock" in str(bind)], name
