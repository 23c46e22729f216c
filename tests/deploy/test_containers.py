"""What compose and Kubernetes start of ours starts, in what their files make of a container."""

from __future__ import annotations

import os
import re
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.deploy.confined import Confined, Room, owned
from tests.deploy.deploying import SECRET, Github
from tests.deploy.manifests import DEPLOY, Json, compose, pods
from tests.postgres import Postgres, free_port
from tests.processes import PATIENCE, until

CONTAINER = 10001
"""Its user, by the Dockerfile."""
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
ENTRY = ["/opt/stagelock/bin/stagelock"]
"""The image's, without tini, which only reaps what Git leaves behind."""


def image() -> dict[str, str]:
    """The environment of the image."""
    (block,) = re.findall(r"^ENV ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
    assert f"USER {CONTAINER}:{CONTAINER}" in DOCKERFILE
    assert 'ENTRYPOINT ["tini", "--", "stagelock"]' in DOCKERFILE
    found = dict(word.split("=", 1) for word in block.replace("\\\n", " ").split())
    return {**found, "PATH": f"/opt/stagelock/bin:{os.environ['PATH']}", "HOME": "/data"}


ANY = {"STAGELOCK_PORT": "0"}


def container(
    environ: Mapping[str, str],
    secrets: Mapping[str, str],
    data: Path,
    ports: Mapping[str, str] = ANY,
) -> Room:
    """The room of a container of ours; where two run on one machine, each has a port of its own."""
    return Room(
        user=CONTAINER,
        environ={**image(), **environ, **ports},
        writable={"/data": owned(data, CONTAINER)},
        hidden=("/home", "/root"),
        secrets=secrets,
    )


def reached(running: Confined) -> str:
    """Where it listens: on all addresses of the container, this machine's loopback among them."""
    running.wait_until_ready()
    assert running.url.startswith("http://0.0.0.0:")
    return str(running.url).replace("0.0.0.0", "127.0.0.1")


@pytest.mark.parametrize("service", ["migrate", "stagelock"])
def test_what_a_service_of_compose_names_is_filled_in_from_the_env_file(service: str) -> None:
    """`${NAME:?words}` must be there, `${NAME:-other}` may be."""
    environ = compose()["services"][service]["environment"]
    needed = re.findall(r"\$\{(\w+):\?", " ".join(map(str, environ.values())))
    head = (DEPLOY / "compose.yaml").read_text(encoding="utf-8").partition("services:")[0]
    assert needed == ["STAGELOCK_APP_ID"]
    assert f'echo "{needed[0]}=' in head


def filled(environ: Mapping[str, str], file: Mapping[str, str]) -> dict[str, str]:
    """A service's environment, as compose fills it in from the `.env` *file*."""

    def value(match: re.Match[str]) -> str:
        return file.get(match[1], match[2].removeprefix("-"))

    found = {name: re.sub(r"\$\{(\w+):(-\S*|\?[^}]*)\}", value, v) for name, v in environ.items()}
    return {name: v for name, v in found.items() if v or name in file}


def test_compose_migrates_and_then_promotes_a_push_in_its_containers(
    github: Github, tmp_path: Path, confined: list[Confined], postgres: Postgres
) -> None:
    services, number_and_key = compose()["services"], github.registered()
    env_file = {"STAGELOCK_APP_ID": number_and_key[0], "STAGELOCK_GITHUB_URL": github.url}
    files = {
        "./app.pem": number_and_key[1],
        "./webhook-secret": SECRET,
        "./database-url": postgres.fresh(),
    }
    known = {name: files.get(secret["file"], "") for name, secret in compose()["secrets"].items()}

    def started(name: str) -> Confined:
        one = services[name]
        secrets = {f"/run/secrets/{secret}": known[secret] for secret in one["secrets"]}
        room = container(filled(one["environment"], env_file), secrets, tmp_path / "data")
        running = Confined(room, [*ENTRY, *one["command"]])
        confined.append(running)
        return running

    early = started("stagelock")
    assert early.ended() == 3  # so it has to wait for `migrate`, as the file says
    assert started("migrate").ended() == 0
    running = started("stagelock")
    github.promotes(reached(running))
    assert running.end() == 0


def test_compose_as_it_is_leads_to_set_up_and_keeps_the_app_in_its_volume(
    github: Github, tmp_path: Path, confined: list[Confined], postgres: Postgres
) -> None:
    """Of a person it needs the database's password alone; no secret of an App."""
    found = compose(app=False)
    assert set(found["secrets"]) == {"database-password", "database-url"}
    url, port = postgres.fresh(), {"STAGELOCK_PORT": str(free_port())}

    def started(name: str) -> Confined:
        one = found["services"][name]
        assert one["secrets"] == ["database-url"]
        secrets = {"/run/secrets/database-url": url}
        room = container(filled(one["environment"], {}), secrets, tmp_path / "data", port)
        running = Confined(room, [*ENTRY, *one["command"]])
        confined.append(running)
        return running

    assert started("migrate").ended() == 0
    running = started("stagelock")
    github.sets_up(running, reached(running))
    github.fills(running, "one")

    assert running.end() == 0
    again = started("stagelock")
    reached(again)
    github.fills(again, "two")
    assert "token=" not in "".join(again.out)


def test_the_pods_migrate_and_promote_a_push_and_their_probes_are_answered(
    github: Github, tmp_path: Path, confined: list[Confined], postgres: Postgres
) -> None:
    number, key = github.registered()
    secret = {
        "app-id": number,
        "app-key": key,
        "webhook-secret": SECRET,
        "database-url": postgres.fresh(),
    }
    port = str(free_port())

    def started(pod: str, one: Json) -> Confined:
        environ = {
            env["name"]: env["value"]
            if "value" in env
            else secret[env["valueFrom"]["secretKeyRef"]["key"]]
            for env in one["env"]
        }
        volumes = {volume["name"]: volume for volume in dict(pods())[pod]["volumes"]}
        files = {
            f"{mount['mountPath']}/{item['path']}": secret[item["key"]]
            for mount in one["volumeMounts"]
            for item in volumes[mount["name"]].get("secret", {}).get("items", [])
        }
        environ |= {"STAGELOCK_GITHUB_URL": github.url}
        if "STAGELOCK_METRICS_ADDRESS" in environ:
            environ["STAGELOCK_METRICS_ADDRESS"] = f"0.0.0.0:{port}"
        room = container(environ, files, tmp_path / pod)
        running = Confined(room, [*ENTRY, *one["args"]])
        confined.append(running)
        return running

    found = {name: pod for name, pod in pods() if name != "stagelock-database"}
    for name, pod in found.items():
        for one in pod["initContainers"]:
            assert started(name, one).ended() == 0
    (web,) = found["stagelock-web"]["containers"]
    (work,) = found["stagelock-work"]["containers"]
    front, behind = started("stagelock-web", web), started("stagelock-work", work)
    url = reached(front)
    for kind in ("livenessProbe", "readinessProbe"):
        until(lambda kind=kind: front.get(web[kind]["httpGet"]["path"])[0] == 200, PATIENCE, kind)
    github.promotes(url)

    metrics = f"http://127.0.0.1:{port}{work['livenessProbe']['httpGet']['path']}"
    with urllib.request.urlopen(metrics, timeout=PATIENCE) as answer:
        assert b"stagelock_" in answer.read()
    assert [one.end() for one in (front, behind)] == [0, 0]
