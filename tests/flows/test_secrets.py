"""Invariant 12: secrets are nowhere but in memory and in the headers that carry them."""

from __future__ import annotations

import logging
import re
import threading
from pathlib import Path

import pytest

from app.observe import Redactor
from app.sandbox.demo.launch import SLUG
from app.settings import Settings
from tests.flows.harness import ONE_BRANCH, REPO, Flow, flowing
from tests.flows.words import say
from tests.keys import openssh_key

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
SIGNING_KEY = openssh_key()
CANARIES = {
    "STAGELOCK_API_TOKENS": "ci:read+lock:canary-token-b1946ac92492d2347c6235b4d2611184",
    "STAGELOCK_SIGNING_KEY": SIGNING_KEY,
}

WORDS = [*re.findall(r"canary-[a-z0-9-]+", " ".join(CANARIES.values())), SIGNING_KEY.split("\n")[3]]


class Watch(threading.Thread):
    """Reads the command lines and environments of all processes while something runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.002):
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = file.read_bytes()
                except OSError:
                    continue
                if b"git" in line:
                    self.seen.add(line)

    def end(self) -> set[bytes]:
        self._over.set()
        self.join()
        return self.seen


def secrets_of(flow: Flow) -> list[str]:
    """Every secret that there was: what was set, and each token that GitHub gave."""
    key = Path(flow.environ["STAGELOCK_PRIVATE_KEY"]).read_text().splitlines()
    tokens = list(flow.world.hub.tokens)
    assert tokens
    return [flow.secret, *WORDS, key[3], *tokens]


def test_no_secret_leaves_its_place(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """The main story with trouble in it, everything logged: nothing that is written holds one."""
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    watch.start()
    with flowing(tmp_path, environ=CANARIES) as flow:
        first = flow.repo(FILES)
        flow.world.faults.add("*", ".", "error", times=4)
        flow.world.set_permissions(SLUG, contents="read")
        flow.push({"apps/web/index.html": "two"})
        flow.world.set_permissions(SLUG, contents="write")
        flow.passes(minutes=6)
        say(flow, first, "/stagelock status\n/why e2e\n/promote prod")
        flow.world.suspend_installation(SLUG)
        flow.settle()
        lines = watch.end()
        secrets = secrets_of(flow)
        shown = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
        shown += [repr(vars(flow.app.forge)), repr(flow.app), repr(flow.app.settings)]
        shown += [repr((e.path, e.query, e.sent)) for e in flow.sandbox.exchanges]
        shown += [
            repr(e.answered) for e in flow.sandbox.exchanges if not e.path.endswith("access_tokens")
        ]
        shown += [f"{c.body}" for c in flow.world.comments(REPO)]
        shown += [
            f"{r.title} {r.summary} {r.text}"
            for sha in {c.sha for c in flow.world.log(REPO, "main")}
            for r in flow.world.checks(REPO, sha)
        ]
        shown += [c.message for c in flow.world.log(REPO, "main")]
        files = [
            p for p in (tmp_path / "data").rglob("*") if p.is_file() and p.stat().st_size < 10**7
        ]
        kept = b"".join(p.read_bytes() for p in files)
    assert lines, "no git process was ever seen"
    for secret in secrets:
        assert not [text for text in shown if secret in text]
        assert secret.encode() not in b"".join(lines)
        assert secret.encode() not in kept


def test_settings_and_their_errors_show_no_secret(tmp_path: Path):
    """What is printed when a setting is wrong names the setting, never its value."""
    key = "-----BEGIN RSA PRIVATE KEY-----\ncanary-key-77-of-a-line-as-long-as-a-keys\n-----END RSA PRIVATE KEY-----"
    settings = Settings.load(
        {
            **CANARIES,
            "STAGELOCK_APP_ID": "7",
            "STAGELOCK_PRIVATE_KEY": key,
            "STAGELOCK_WEBHOOK_SECRET": "canary-hook-88",
            "STAGELOCK_DATABASE_URL": "postgresql://app:canary-db-99@localhost/x",
            "STAGELOCK_DATA_DIR": str(tmp_path),
        }
    )
    shown = repr(settings) + str(settings)
    assert "canary" not in shown
    revealed = [secret.reveal() for secret in settings.secrets()]
    text = Redactor(revealed)(
        "a canary-key-77-of-a-line-as-long-as-a-keys b canary-hook-88 c canary-db-99 "
        + " ".join(WORDS)
    )
    assert "canary" not in text
