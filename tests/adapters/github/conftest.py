from collections.abc import Iterator
from datetime import datetime

import pytest

from app.core.state.budget_shares import Importance
from app.github import GitHubForge, open_forge
from app.observe import Redactor
from app.settings import GitHubSettings, Secret
from tests.adapters.github.scripted import BASE, NOW, SHA, Script, pem, serving


class Purse:
    """A budget of so many calls."""

    def __init__(self, left: int = 1000) -> None:
        self.left = left
        self.asked: list[int] = []
        self.importances: list[Importance] = []

    def spend(self, installation_id: int, importance: Importance = Importance.URGENT) -> float:
        self.asked.append(installation_id)
        self.importances.append(importance)
        if self.left == 0:
            return 21.0
        self.left -= 1
        return 0.0


@pytest.fixture
def script() -> Iterator[Script]:
    with serving() as script:
        yield script


@pytest.fixture
def purse() -> Purse:
    return Purse()


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def answering(script: Script) -> Script:
    """A server on which every call that the tests of tokens make succeeds."""
    script.on("GET", f"{BASE}/pulls/3", data={"number": 3})
    script.on("POST", f"{BASE}/check-runs", 201, {"id": 5})
    script.on("PUT", f"{BASE}/pulls/3/merge", data={"sha": SHA})
    script.on("GET", BASE, data={"id": 42})
    script.on("GET", "/installation/repositories", data={"repositories": []})
    return script


@pytest.fixture
def forge(script: Script, purse: Purse, time: Time) -> Iterator[GitHubForge]:
    settings = GitHubSettings(
        app_id=7,
        private_key=Secret(pem()),
        webhook_secrets=(),
        url=script.url,
        api_url=f"{script.url}/api/v3",
        api_version=None,
    )
    forge = open_forge(
        settings, clock=time, budget=purse, redactor=Redactor([pem()]), public_url=None
    )
    yield forge
    forge.close()
