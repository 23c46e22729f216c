"""What the App of a flow is started with: its settings, its key, and the versions of GitHub's API."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from app.sandbox.people.apps import new_private_key
from app.sandbox.serve.server import Sandbox
from app.settings.apiversions import API_VERSIONS

EVERYWHERE = "STAGELOCK_TEST_HOOKED" in os.environ
"""Every flow runs with the pre-receive hook before every repository (`make hooked`)."""
VERSIONS = tuple(filter(None, os.environ.get("STAGELOCK_TEST_API", "").split(","))) or API_VERSIONS
"""
The versions of GitHub's API, the newest last: flows run in that one, those of modules with
``EACH_VERSION = True`` in all. `make hooked` and `make flows API=...` run all flows in one of them.
"""


@functools.cache
def private_key() -> str:
    """The App's key, one for all flows: making one takes longer than most ticks."""
    return new_private_key()


def environ_of(
    sandbox: Sandbox, root: Path, app_id: int, secret: str, database_url: str | None
) -> dict[str, str]:
    """
    The environment of an App that is registered in *sandbox*.

    Its key and its data are below *root*; without *database_url*, so is its database.
    """
    found = {
        "STAGELOCK_APP_ID": str(app_id),
        "STAGELOCK_PRIVATE_KEY": str(root / "key.pem"),
        "STAGELOCK_WEBHOOK_SECRET": secret,
        "STAGELOCK_GITHUB_URL": sandbox.url,
        "STAGELOCK_GITHUB_API_URL": sandbox.api_url,
        "STAGELOCK_GITHUB_API_VERSION": VERSIONS[-1],
        "STAGELOCK_DATA_DIR": str(root / "data"),
        "STAGELOCK_QUIET_SECONDS": "60",
    }
    return found | ({"STAGELOCK_DATABASE_URL": database_url} if database_url else {})
