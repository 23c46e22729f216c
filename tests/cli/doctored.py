"""A server of ours that is well, against the stand-in for GitHub, for `stagelock doctor` to look at."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from werkzeug.serving import make_server

from app import wiring
from app.__main__ import main
from app.core.model.webhook_events import HANDLED_EVENTS
from app.sandbox.demo.launch import PERMISSIONS, SLUG
from app.sandbox.serve.server import Sandbox
from app.settings import Settings
from tests.processes import SECRET

SHOP = "acme/shop"
PIPELINE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
  prod: {needs: [dev], path: stages/prod, via: pull-request}
"""


@dataclass
class Server:
    """What a test may break before it asks the doctor."""

    sandbox: Sandbox
    environ: dict[str, str]
    app_id: int
    at: str
    lines: dict[str, dict[str, str]] = field(default_factory=dict)
    code: int = -1

    @property
    def world(self):
        return self.sandbox.world

    @property
    def app(self):
        return self.sandbox.hub.app(SLUG)

    def asked(self, monkeypatch, capsys, **changed) -> dict[str, tuple[str, str]]:
        """What the doctor says of each line: its state, and all its words."""
        for name, value in {**self.environ, **changed}.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        self.code = main(["doctor", "--format", "json"])
        found = json.loads(capsys.readouterr().out)
        self.lines = {one["name"]: one for one in found}
        return {one["name"]: (one["state"], f"{one['said']} {one['do']}") for one in found}


@contextmanager
def well(root: Path, key: str, **sandbox):
    """Everything as it should be: one repository with a pipeline, one without, a delivery taken."""
    with Sandbox(root / "github", **sandbox) as github:
        world = github.world
        permissions = {**PERMISSIONS, "workflows": "write"}
        made = world.register_app(SLUG, None, SECRET, permissions, sorted(HANDLED_EVENTS), key)
        environ = {
            "STAGELOCK_DATA_DIR": str(root / "data"),
            "STAGELOCK_APP_ID": str(made.app_id),
            "STAGELOCK_PRIVATE_KEY": key,
            "STAGELOCK_WEBHOOK_SECRET": SECRET,
            "STAGELOCK_GITHUB_URL": github.url,
            "STAGELOCK_GITHUB_API_URL": github.api_url,
        }
        settings = Settings.load(environ)
        store = wiring.reached(settings, wiring.open_store(settings))
        store.migrate()
        store.close()
        listening = make_server("127.0.0.1", 0, wiring.build_web(settings), threaded=True)
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        at = f"http://127.0.0.1:{listening.port}"
        environ["STAGELOCK_PUBLIC_URL"] = at
        world.set_webhook(SLUG, f"{at}/github/webhook")
        world.create_repo(SHOP, {"stagelock.yaml": PIPELINE, "apps/web/a": "1\n"})
        world.create_repo("acme/lib", {"README.md": "x\n"})
        world.protect(
            SHOP,
            "main",
            allowed=[f"{SLUG}[bot]", "alice"],
            required_checks=["stagelock / plan"],
            required_app=made.app_id,
        )
        world.push(SHOP, "main", {"apps/web/a": "2\n"})
        world.flush()
        try:
            yield Server(github, environ, made.app_id, at)
        finally:
            listening.shutdown()
            listening.server_close()


def wrong(found):
    """The lines on which something must be done."""
    return {name for name, (state, _) in found.items() if state == "todo"}
