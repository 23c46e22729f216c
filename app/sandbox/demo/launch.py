"""The real App beside the stand-in: a `stagelock serve` of its own, pointed at this machine."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.model.webhook_events import HANDLED_EVENTS
from app.errors import Transient
from app.sandbox.serve.server import Sandbox

SLUG = "stagelock"
READY = "stagelock is ready on "
START_SECONDS = 90.0
STOP_SECONDS = 10.0
PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "deployments": "write",
    "issues": "write",
    "members": "read",
    "merge_queues": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "read",
}
"""What `app.yml` asks for; a test holds the two together."""


@dataclass(frozen=True, slots=True)
class Running:
    """The App at work: where it listens, and its process."""

    url: str
    process: subprocess.Popen[str]
    log: Path


@contextmanager
def app_beside(sandbox: Sandbox, folder: Path) -> Iterator[Running]:
    """
    Register the App with *sandbox* and run it for as long as the block lasts.

    Everything it keeps is in *folder*. `Transient` if it does not come up, with its log's end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_hex(20)
    credentials = sandbox.world.register_app(
        SLUG, None, secret, PERMISSIONS, sorted(HANDLED_EVENTS)
    )
    key = folder / "app.pem"
    key.touch(mode=0o600)
    key.write_text(credentials.private_key_pem, encoding="ascii")
    environment = _environment(sandbox, folder, credentials.app_id, key, secret)
    log = folder / "app.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "serve"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            url = _wait_until_ready(process, log)
            sandbox.world.set_webhook(SLUG, f"{url}/github/webhook")
            yield Running(url, process, log)
        finally:
            _end(process)


def _environment(
    sandbox: Sandbox, folder: Path, app_id: int, key: Path, secret: str
) -> Mapping[str, str]:
    """Only what the App needs: nothing of the surroundings points it anywhere else."""
    keep = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR")
    kept = {name: os.environ[name] for name in keep if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(
            [
                str(Path(__file__).resolve().parents[3]),
                *kept.get("PYTHONPATH", "").split(os.pathsep),
            ]
        ).rstrip(os.pathsep),
        "STAGELOCK_APP_ID": str(app_id),
        "STAGELOCK_DATA_DIR": str(folder / "data"),
        "STAGELOCK_GITHUB_API_URL": sandbox.api_url,
        "STAGELOCK_GITHUB_URL": sandbox.url,
        "STAGELOCK_HOST": "127.0.0.1",
        "STAGELOCK_PORT": "0",
        "STAGELOCK_PRIVATE_KEY": str(key),
        "STAGELOCK_QUIET_SECONDS": "2",
        "STAGELOCK_SWEEP_SECONDS": "30",
        "STAGELOCK_WEBHOOK_SECRET": secret,
        "STAGELOCK_LOG_FORMAT": "text",
    }


def _wait_until_ready(process: subprocess.Popen[str], log: Path) -> str:
    """The address that the App announces on its standard output."""
    stream = process.stdout
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    try:
        for line in stream or ():
            if line.startswith(READY):
                return line.removeprefix(READY).strip()
    finally:
        timer.cancel()
    last = "\n".join(log.read_text(encoding="utf-8").splitlines()[-5:])
    raise Transient(f"the App did not start within {START_SECONDS:.0f} s:\n{last}")


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()
