"""The chart, rendered by Helm's own code: what it makes of its values, and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.charts import CHART, EVERYTHING, LITTLE
from tests.deploy.forms import kind, wrong
from tests.deploy.manifests import DEPLOY, SECRETS, Json, documents
from tests.deploy.monitoring import alerts
from tests.deploy.programs import Refused, hadolint, helm
from tests.paper_texts import variables

OF_THE_OPERATOR = {"ServiceMonitor", "PrometheusRule"}
"""Kinds that Kubernetes itself does not know."""

Objects = dict[tuple[str, str], Json]
Render = Callable[..., Objects]


def by_name(found: list[Json]) -> Objects:
    made = {(one["kind"], one["metadata"]["name"]): one for one in found}
    assert len(made) == len(found)
    return made


@pytest.fixture
def render(tmp_path: Path) -> Render:
    def rendered(release: str = "stagelock", chart: Path = CHART, **values: Any) -> Objects:
        text = helm(
            "helm_template", tmp_path, release_name=release, chart=str(chart), values=values
        )
        return by_name([one for one in yaml.safe_load_all(text) if one])

    return rendered


def pod(found: Objects, name: str) -> Json:
    one: Json = found["Deployment", name]["spec"]["template"]["spec"]
    return one


def test_without_values_it_is_the_manifest_object_by_object(render: Render) -> None:
    assert render() == by_name(documents())


@pytest.mark.parametrize("values", [{}, EVERYTHING, LITTLE, {"setup": True}])
def test_helm_finds_nothing_to_say_against_the_chart(tmp_path: Path, values: Json) -> None:
    said = json.loads(helm("helm_lint", tmp_path, paths=[str(CHART)], strict=True, values=values))
    assert said["passed"] is True
    assert [message["message"] for message in said["messages"]] == ["icon is recommended"]


@pytest.mark.parametrize("values", [EVERYTHING, LITTLE, {"setup": True}])
def test_kubernetes_takes_what_is_rendered_with_other_values(render: Render, values: Json) -> None:
    for (what, name), one in render("acme", **values).items():
        if what not in OF_THE_OPERATOR:
            assert wrong(kind(one), one) == [], f"{what} {name}"


def test_two_releases_of_one_namespace_share_no_name_and_no_pod(render: Render) -> None:
    one, other = render("one", **EVERYTHING), render("other", **EVERYTHING)
    assert one.keys().isdisjoint(other)
    apps = {
        value["spec"]["selector"]["app"] for (what, _), value in one.items() if what == "Service"
    }
    assert apps == {"one"}


def test_secrets_are_files_of_the_existing_secret_and_stand_in_no_object(render: Render) -> None:
    found = render(**EVERYTHING)
    assert "Secret" not in {what for what, _ in found}
    for name in ("stagelock-web", "stagelock-work"):
        one = pod(found, name)
        (volume,) = [each["secret"] for each in one["volumes"] if "secret" in each]
        assert volume["secretName"] == "of-vault"
        handed = {f"/run/secrets/stagelock/{item['path']}" for item in volume["items"]}
        for container in (*one["initContainers"], *one["containers"]):
            environ = {env["name"]: env.get("value") for env in container["env"]}
            assert {f"STAGELOCK_{secret}" for secret in SECRETS}.isdisjoint(environ)
            assert {v for k, v in environ.items() if k.endswith("_FILE")} == handed
            assert environ["STAGELOCK_API_TOKENS_FILE"] == "/run/secrets/stagelock/api-tokens"
            assert set(environ) <= variables()


@pytest.mark.parametrize(
    "values",
    [
        {"hots": "a misspelt value"},
        {"web": {"replica": 1}},
        {"settings": {"STAGELOCK_WEBHOOK_SECRET": "in the release"}},
        {"settings": {"STAGELOCK_DATABASE_URL_FILE": "/elsewhere"}},
        {"settings": {"STAGELOCK_SWEEP_SECONDS": 300}},
        {"secretSettings": {"STAGELOCK_NOTHING": "key"}},
        {"image": {"tag": "latest"}},
        {"host": "https://stagelock.example"},
        {"existingSecret": ""},
    ],
)
def test_what_no_value_may_be_is_refused(render: Render, values: Json) -> None:
    with pytest.raises(Refused, match="schema"):
        render(**values)


def test_an_image_is_named_by_its_digest_where_that_is_given(render: Render) -> None:
    (web,) = pod(render(**EVERYTHING), "stagelock-web")["containers"]
    assert web["image"] == "registry.example/stagelock@sha256:" + "a" * 64


def test_a_database_of_ones_own_leaves_nothing_of_ours(render: Render) -> None:
    assert sorted(render(**LITTLE)) == [
        ("Deployment", "stagelock-web"),
        ("Deployment", "stagelock-work"),
        ("Service", "stagelock"),
    ]


def test_metrics_are_asked_at_services_that_nothing_public_leads_to(render: Render) -> None:
    found = render(**EVERYTHING)
    monitor = found["ServiceMonitor", "stagelock"]
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    asked = {
        name: one["spec"]
        for (what, name), one in found.items()
        if what == "Service" and wanted <= one["metadata"].get("labels", {}).items()
    }
    assert {one["selector"]["part"] for one in asked.values()} == {"web", "work"}
    for one in asked.values():
        (port,) = one["ports"]
        assert [each["port"] for each in monitor["spec"]["endpoints"]] == [port["name"]]
        (container,) = pod(found, f"stagelock-{one['selector']['part']}")["containers"]
        assert port["targetPort"] in {each["name"] for each in container["ports"]}
    (rule,) = found["Ingress", "stagelock"]["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/github/webhook", "Exact")
    assert path["backend"]["service"]["name"] not in asked
    assert monitor["metadata"]["labels"] == {"release": "prom"}


def test_the_rules_of_prometheus_are_those_of_the_file(render: Render) -> None:
    rule = render(monitoring={"prometheusRule": True})["PrometheusRule", "stagelock"]
    assert rule["spec"] == {"groups": [{"name": "stagelock", "rules": alerts()}]}


def test_to_be_set_up_one_web_process_starts_without_an_app(render: Render) -> None:
    found = render(setup=True)
    replicas = [
        found["Deployment", f"stagelock-{one}"]["spec"]["replicas"] for one in ("web", "work")
    ]
    assert replicas == [1, 0]
    one = pod(found, "stagelock-web")
    for container in (*one["initContainers"], *one["containers"]):
        names = {env["name"] for env in container["env"]}
        assert names == {"STAGELOCK_DATABASE_URL_FILE", "STAGELOCK_PUBLIC_URL"}
    (secret,) = [each["secret"]["items"] for each in one["volumes"] if "secret" in each]
    assert [item["key"] for item in secret] == ["database-url"]


@pytest.fixture
def notes(render: Render, tmp_path: Path) -> Callable[..., str]:
    """What Helm says after an installation, rendered as an object: `helm template` leaves notes out."""
    chart = tmp_path / "chart"
    shutil.copytree(CHART, chart)
    template = chart / "templates" / "NOTES.txt"
    text = template.read_text(encoding="utf-8")
    template.unlink()
    (chart / "templates" / "_notes.tpl").write_text(f'{{{{define "notes"}}}}{text}{{{{end}}}}')
    (chart / "templates" / "notes.yaml").write_text(
        'kind: Notes\nmetadata: {name: n}\ntext: {{ include "notes" . | toJson }}\n'
    )
    return lambda **values: str(render(chart=chart, **values)["Notes", "n"]["text"])


def test_the_notes_say_what_is_missing(notes: Callable[..., str]) -> None:
    said = notes()
    assert "MISSING: host" in said
    assert "the Secret stagelock" in said
    keys = ["database-url", "database-password", "app-id", "app-key", "webhook-secret"]
    assert ", ".join(keys) in said
    assert "No Ingress" not in said
    said = notes(host="stages.acme.example", **LITTLE)
    assert "MISSING: host" not in said
    assert "database-password" not in said
    assert "https://stages.acme.example/github/webhook" in said


def test_the_notes_lead_to_set_up(notes: Callable[..., str]) -> None:
    said = notes(setup=True)
    assert "port-forward service/stagelock 8080:80" in said
    assert "grep /setup" in said
    assert "app-key" not in said
    assert "--set setup=true" in notes()


def leaves(values: Json, schema: Json, before: str = "") -> list[str]:
    """The values that the schema speaks of one by one: what is free inside is one value."""
    found = []
    for name, value in values.items():
        inner = schema["properties"][name]
        inner = schema.get("definitions", {}).get(inner.get("$ref", "").rpartition("/")[2], inner)
        if "properties" in inner and name != "resources":
            known = {**inner, "definitions": schema["definitions"]}
            found += leaves(value, known, f"{before}{name}.")
        else:
            found.append(before + name)
    return found


def test_every_value_is_in_the_readme_with_its_default_and_has_a_comment() -> None:
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| `(.+?)` \| .+ \|$", readme, re.MULTILINE)
    assert [name for name, _ in rows] == leaves(values, schema)
    for name, default in rows:
        value = values
        for part in name.split("."):
            value = value[part]
        assert yaml.safe_load(default) == value, name
        last = name.rpartition(".")[2]
        assert re.search(rf"^ *# .+\n *{last}:", text, re.MULTILINE), name


def test_the_chart_is_of_the_version_that_the_image_is() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    (image,) = re.findall(r"docker build .* -t stagelock:(\S+)", _dockerfile())
    assert chart["appVersion"] == chart["version"] == image


def _dockerfile() -> str:
    return (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_hadolint_finds_nothing_in_the_dockerfile_but_unpinned_packages_of_debian(
    tmp_path: Path,
) -> None:
    """DL3008: Debian keeps only the newest of a release's packages, so a pin breaks the build."""
    assert hadolint(DEPLOY / "Dockerfile", "DL3008") == ""
    worse = tmp_path / "Dockerfile"
    worse.write_text(_dockerfile().replace("debian:13.1-slim", "debian:latest"))
    assert "DL3007" in hadolint(worse, "DL3008")
