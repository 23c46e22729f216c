"""The files below manifests/deploy: they hang together, start what exists, and give away nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from app.__main__ import COMMANDS
from tests.deploy.manifests import (
    DEPLOY,
    ROOT,
    SECRETS,
    Json,
    compose,
    documents,
    pods,
    taken,
    with_app,
)
from tests.paper_texts import options, variables

SETTING = re.compile(r"\bSTAGELOCK_[A-Z_]+\b")
FULL = re.compile(r"[a-z/]+:\d+\.\d+(?:\.\d+)?(?:-[a-z]+)?")


def containers() -> Iterator[tuple[Json, Json]]:
    """(pod, container) of all, those that only prepare included."""
    for _, pod in pods():
        for container in (*pod.get("initContainers", []), *pod["containers"]):
            yield pod, container


def starts(arguments: list[str]) -> bool:
    """It is one of our commands, with options that it has."""
    command, *rest = arguments
    named = {word.partition("=")[0] for word in rest if word.startswith("--")}
    return command in COMMANDS and named <= options(command)


def test_every_setting_that_the_files_name_exists():
    for file in (path for path in DEPLOY.rglob("*") if path.is_file()):
        assert set(SETTING.findall(file.read_text(encoding="utf-8"))) <= variables(), file.name


def test_no_secret_stands_in_an_environment():
    """Environments are inherited, dumped and shown; files are read by one process."""
    bare = {f"STAGELOCK_{name}" for name in SECRETS}
    for _, one in containers():
        assert {env["name"] for env in one.get("env", [])}.isdisjoint(bare)
        assert "envFrom" not in one
    for one in compose()["services"].values():
        assert set(one["environment"]).isdisjoint({*bare, "POSTGRES_PASSWORD"})
    unit = (DEPLOY / "stagelock.service").read_text(encoding="utf-8")
    assert not re.search(
        r"^Environment=.*STAGELOCK_(?:DATABASE_URL|PRIVATE_KEY|WEBHOOK_SECRET)=", unit, re.MULTILINE
    )


def test_images_are_named_by_their_full_version():
    images = [one["image"] for _, one in containers()]
    images += [service["image"] for service in compose()["services"].values()]
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    images += re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert len(images) > 7
    assert [image for image in images if not FULL.fullmatch(image)] == []


def test_containers_may_do_as_little_as_possible():
    for name, pod in pods():
        rights = pod["securityContext"]
        assert rights["runAsNonRoot"] is True, name
        assert rights["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
    for _, one in containers():
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, one["name"]
        assert one["resources"]["limits"]["memory"], one["name"]
        assert "/tmp" in [mount["mountPath"] for mount in one["volumeMounts"]]
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "/tmp" in service["tmpfs"], name


def test_kubernetes_sets_no_setting_of_ours_by_itself():
    """For a service called stagelock it would set STAGELOCK_PORT to tcp://..."""
    assert [name for name, pod in pods() if pod["enableServiceLinks"] is not False] == []


def test_what_a_pod_mounts_and_selects_is_there():
    for one in documents():
        spec = one["spec"]
        if "template" in spec:
            labels = spec["template"]["metadata"]["labels"]
            assert spec["selector"]["matchLabels"].items() <= labels.items()
    for pod, one in containers():
        known = {volume["name"] for volume in pod["volumes"]} | {"data"}
        assert {mount["name"] for mount in one["volumeMounts"]} <= known
        files = {
            f"{mount['mountPath']}/{item['path']}"
            for mount in one["volumeMounts"]
            for volume in pod["volumes"]
            if volume["name"] == mount["name"] and "secret" in volume
            for item in volume["secret"]["items"]
        }
        named = {env["value"] for env in one["env"] if env["name"].endswith("_FILE")}
        assert named <= files
        ports = {port["name"] for port in one.get("ports", [])}
        probes = [one[kind] for kind in one if kind.endswith("Probe")]
        assert {probe["httpGet"]["port"] for probe in probes if "httpGet" in probe} <= ports


def test_services_lead_to_ports_that_exist():
    found = {
        document["metadata"]["name"]: document
        for document in documents()
        if document["kind"] == "Service"
    }
    for service in found.values():
        wanted = service["spec"]["selector"].items()
        ports = {
            port["name"]
            for document in documents()
            if "template" in document["spec"]
            and wanted <= document["spec"]["template"]["metadata"]["labels"].items()
            for container in document["spec"]["template"]["spec"]["containers"]
            for port in container["ports"]
        }
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    head = (DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")
    assert "@stagelock-database/" in head
    assert "stagelock-database" in found


def test_every_key_of_the_secret_is_made_by_the_commands_at_the_files_head():
    text = (DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")
    made = set(re.findall(r"^#.*--from-(?:literal|file)=([a-z-]+)=", text, re.MULTILINE))
    made |= set(re.findall(r"--from-(?:literal|file)=([a-z-]+)=", text))
    used = set(re.findall(r"\{key: ([a-z-]+), path", text)) | set(
        re.findall(r"key: ([a-z-]+)\}", text)
    )
    assert used == made


def test_only_the_webhook_is_public():
    """Metrics, health and pages are for the operator's own network."""
    (ingress,) = [document for document in documents() if document["kind"] == "Ingress"]
    paths = [
        (path["path"], path["pathType"])
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    ]
    assert paths == [("/github/webhook", "Exact")]
    kinds = {
        document["spec"].get("type", "ClusterIP")
        for document in documents()
        if document["kind"] == "Service"
    }
    assert kinds == {"ClusterIP"}
    published = [
        port for service in compose()["services"].values() for port in service.get("ports", [])
    ]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_what_is_started_exists_with_its_options():
    ours = [one["args"] for _, one in containers() if one["image"].startswith("stagelock:")]
    ours += [s["command"] for s in compose()["services"].values() if "command" in s]
    unit = (DEPLOY / "stagelock.service").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=\S+/stagelock (.+)$", unit, re.MULTILINE)
    ours.append(line.split())
    assert len(ours) == 7
    assert [one for one in ours if not starts(one)] == []


@pytest.mark.parametrize("app", [False, True], ids=["as it is", "with an App"])
def test_compose_starts_in_order_and_knows_its_secrets(app):
    found = compose(app=app)
    services = found["services"]
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["stagelock"]["depends_on"] == {
        "migrate": {"condition": "service_completed_successfully"}
    }
    for service in services.values():
        assert set(service["secrets"]) <= set(found["secrets"])
        files = {v for k, v in service["environment"].items() if k.endswith("_FILE")}
        assert files <= {f"/run/secrets/{name}" for name in service["secrets"]}
        assert {mount.partition(":")[0] for mount in service["volumes"]} <= set(found["volumes"])
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    made = set(re.findall(r"^#.*(?:> |PEM |\.pem )([a-z.-]+)", text, re.MULTILINE))
    assert {file["file"].removeprefix("./") for file in found["secrets"].values()} <= made | {
        "app.pem"
    }


def test_the_unit_reads_only_what_systemd_hands_it():
    unit = with_app((DEPLOY / "stagelock.service").read_text(encoding="utf-8"))
    handed = set(re.findall(r"^#?LoadCredential=([a-z.-]+):/etc/stagelock/\1$", unit, re.MULTILINE))
    assert set(re.findall(r"_FILE=%d/([a-z.-]+)", unit)) == handed
    assert "RestartPreventExitStatus=2" in unit
    assert "DynamicUser=yes" in unit


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "manifests/deploy/.env",
        "manifests/deploy/app.pem",
        "app.pem",
        "app/core/test.pem",
        "manifests/deploy/webhook-secret",
        "tests/keys.py",
        ".git/config",
        "anything-new",
    ],
)
def test_nothing_secret_gets_into_the_image(path):
    assert not taken(path)


@pytest.mark.parametrize(
    "path",
    [
        "app/__main__.py",
        "app/web/templates/index.html",
        "manifests/demo/stagelock.yaml",
        "pyproject.toml",
        "requirements.txt",
        "README.md",
        "LICENSE",
    ],
)
def test_what_the_image_needs_gets_into_it(path):
    assert (ROOT / path).exists()
    assert taken(path)
