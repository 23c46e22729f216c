"""Debian's Chromium, a GitHub without an App of ours, and a server as an operator starts it."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.person import patient
from tests.cli.conftest import app_key, environ, sandbox, start

__all__ = ["app_key", "environ", "sandbox", "start"]

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium")
    assert path, "Chromium is missing: install the package chromium"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path, args=list(QUIET), chromium_sandbox=False
        )
        yield running
        running.close()


@pytest.fixture
def page(chromium):
    """A fresh profile."""
    opened = patient(chromium.new_page())
    yield opened
    opened.close()
