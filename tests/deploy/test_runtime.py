"""The image itself, built and started by the container runtime of this machine, where one runs."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator

import pytest

from tests.deploy.manifests import DEPLOY, ROOT
from tests.deploy.runtime import said
from tests.processes import PATIENCE, until


@pytest.fixture
def image() -> Iterator[str]:
    name = f"stagelock-test-{os.getpid()}"
    said("build", "-f", str(DEPLOY / "Dockerfile"), "-t", name, str(ROOT))
    yield name
    said("rmi", "-f", name)


@pytest.fixture
def container(image: str) -> Iterator[str]:
    """It is started with as few rights as compose gives it, over an empty volume."""
    rights = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    started = said("run", "-d", *rights, "--tmpfs", "/tmp", "-p", "127.0.0.1::8080", image)
    yield started
    said("rm", "-f", "-v", started)


@pytest.mark.timeout(1200)
def test_the_image_is_built_starts_over_an_empty_volume_and_ends_when_told(container: str) -> None:
    address = said("port", container, "8080/tcp").splitlines()[0]

    def healthy() -> bool:
        try:
            with urllib.request.urlopen(f"http://{address}/healthz", timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    until(healthy, PATIENCE, lambda: said("logs", container))
    said("stop", container)  # SIGTERM, and SIGKILL after 10 s
    assert said("inspect", "-f", "{{.State.ExitCode}}", container) == "0"
