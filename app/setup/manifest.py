"""
The manifest that GitHub makes the App from: `app.yml`, with this server's addresses.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import yaml

from app.setup.progress import Answers

TEMPLATE = Path(__file__).with_name("app.yml")
NAME_MOST = 34
"""Characters of an App's name: https://docs.github.com/apps/creating-github-apps"""
CALLBACK = "/setup/callback"
WEBHOOK = "/github/webhook"


def manifest(answers: Answers, back: str) -> dict[str, Any]:
    """
    What is posted; *back* is where the person's browser finds this server.

    Who installs the App later comes to our page afterwards, where everybody's browser finds it.
    """
    template: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    del template["setup_url"]
    name = f"stagelock-{answers.organisation}" if answers.organisation else "stagelock"
    after = {"setup_url": f"{back}/setup"} if back == answers.public_url else {}
    return {
        **template,
        "name": name[:NAME_MOST].rstrip("-"),
        "url": answers.public_url,
        "hook_attributes": {"url": f"{answers.public_url}{WEBHOOK}", "active": True},
        "redirect_url": f"{back}{CALLBACK}",
        "public": False,
        **after,
    }


def address(answers: Answers, state: str) -> str:
    """Where the manifest is posted to: https://docs.github.com/apps (the manifest flow)."""
    owner = f"/organizations/{quote(answers.organisation, safe='')}" * bool(answers.organisation)
    return f"{answers.github_url}{owner}/settings/apps/new?{urlencode({'state': state})}"


def install_page(github_url: str, slug: str, *, cloud: bool) -> str:
    """Where the App is installed on an account."""
    kind = "apps" if cloud else "github-apps"
    return f"{github_url}/{kind}/{quote(slug, safe='')}/installations/new"


_BEGINS = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Create the App</title>'


def is_sending_page(text: str) -> bool:
    """Whether *text* is a page that `sending_page` made."""
    return text.startswith(_BEGINS)


def sending_page(action: str, sent: Mapping[str, Any]) -> str:
    """A page of one button, which posts the manifest from any machine; nothing in it is secret."""
    return (
        f'{_BEGINS}<meta name="viewport" content="width=device-width">'
        f'<form method="post" action="{escape(action)}">'
        f'<input type="hidden" name="manifest" value="{escape(json.dumps(sent))}">'
        f"<button>Go to {escape(urlsplit(action).netloc)}</button></form></html>\n"
    )
