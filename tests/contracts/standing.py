"""The sandbox's GitHub, and our client of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from app.core.model.names import Repo, Sha
from app.github import GitHubForge, open_forge
from app.github.permissions import needed
from app.observe import Redactor
from app.sandbox.serve.server import Sandbox
from app.settings import GitHubSettings, Secret

SHOP = "acme/shop"


class Unlimited:
    def spend(self, installation_id: int, importance: object = None) -> float:
        return 0.0


@dataclass
class Stand:
    """A repository with one commit, and our App installed there."""

    sandbox: Sandbox
    forge: GitHubForge
    repo: Repo
    sha: Sha
    app_id: int
    passed: list[timedelta]
    """What of the time our own clock is ahead of the sandbox's."""

    @property
    def world(self):
        return self.sandbox.world


@pytest.fixture
def stand(tmp_path):
    with Sandbox(tmp_path / "hub") as sandbox:
        key = sandbox.world.register_app("stagelock", None, "hook-canary", needed())
        made = sandbox.world.create_repo(SHOP, {"a.txt": b"1\n"})
        installation = sandbox.world.installation("stagelock").id
        passed = [timedelta()]
        settings = GitHubSettings(
            key.app_id, Secret(key.private_key_pem), (), sandbox.url, sandbox.api_url, None
        )
        forge = open_forge(
            settings,
            clock=lambda: datetime.now(UTC) + passed[-1],  # noqa: TID251 # the sandbox's, ahead
            budget=Unlimited(),
            redactor=Redactor(),
        )
        tip = sandbox.world.tip(SHOP, "main")
        assert tip is not None
        sha = Sha(tip)
        repo = Repo(made.id, "acme", "shop", installation)
        yield Stand(sandbox, forge, repo, sha, key.app_id, passed)
        forge.close()
