"""A person's browser at the set-up pages, and a GitHub that answers as a test says."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from app.errors import Missing
from app.ports.registrar import NewApp
from app.settings import kept
from app.setup.desk import Desk
from app.setup.watching import Look, Seen
from app.web.setup.pages import Surroundings
from app.web.setup.waiting import setup_app
from tests.keys import KEY

NEW = NewApp(
    id=4242,
    slug="stagelock-acme",
    owner="acme",
    page="https://github.com/apps/stagelock-acme",
    client_id="Iv1.1",
    private_key=KEY,
    webhook_secret="canary-hook",
    client_secret="canary-client",
)
NOWHERE = Look("stagelock-acme", (), "", (), None)
AT_ACME = Look("stagelock-acme", (), "", (Seen("acme", "", False, (), ("acme/shop",), 1),), None)
ANSWERS = {
    "public_url": "https://stagelock.acme.example",
    "server": "cloud",
    "owner": "organisation",
    "organisation": "acme",
    "anyway": "https://stagelock.acme.example",
}


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 27, 12, tzinfo=UTC)

    def __call__(self):
        return self.now

    def passes(self, **span):
        self.now += timedelta(**span)


@dataclass
class GitHub:
    """As `Registrar`: knows its codes, each for one answer; *fails* is raised instead, once each."""

    codes: list[str] = field(default_factory=lambda: ["the-code"])
    fails: list[Exception] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    looks: list[object] = field(default_factory=lambda: [NOWHERE])

    def registered(self, github_url, code):
        self.asked.append((github_url, code))
        if self.fails:
            raise self.fails.pop(0)
        if code not in self.codes:
            raise Missing("turn GitHub's code into the App: it answered 404 Not Found")
        self.codes.remove(code)
        return NEW

    def look(self):
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(found, Exception):
            raise found
        return found


class Server:
    """A server that is being set up: one start of it, over *data_dir*."""

    def __init__(self, data_dir, github, clock, **around):
        self.desk = Desk(data_dir, github, clock)
        around = {"look": github.look, "examine": list, **around}
        self.app = setup_app(self.desk, Surroundings(**around))
        self.token = self.desk.opened()

    def browser(self):
        return Browser(self)


class Browser:
    """Keeps its cookies, and shows what the last page said."""

    def __init__(self, server):
        self._client = server.app.test_client()

    def get(self, path):
        return self._got(self._client.get(path, base_url="https://stagelock.acme.example"))

    def post(self, path="/setup", **form):
        token = re.search(r'name="form" value="([^"]*)"', self.text)
        sent = {"form": html.unescape(token[1]) if token else "", **form}
        return self._got(
            self._client.post(path, data=sent, base_url="https://stagelock.acme.example")
        )

    def _got(self, answer):
        self.answer, self.text = answer, answer.get_data(as_text=True)
        return answer

    def finds(self, pattern):
        """What stands at the group of *pattern* in the page."""
        found = re.search(pattern, self.text)
        assert found is not None, self.text
        return html.unescape(found[1])

    @property
    def heading(self):
        return self.finds(r"<h1>(.*?)</h1>")

    def opens(self, server):
        self.get(f"/setup?token={server.token}")
        assert self.answer.status_code == 303, self.text
        return self.follows()

    def follows(self):
        assert self.answer.status_code == 303, self.text
        self.get(self.answer.headers["Location"])
        return self

    def says(self, **changed):
        """The answers; the state that goes to GitHub with the manifest."""
        self.get("/setup")
        self.post(**{**ANSWERS, **changed})
        assert 'id="forward"' in self.text, self.text
        return self.state

    @property
    def action(self):
        return self.finds(r'action="([^"]*)" class="card" id="forward"')

    @property
    def state(self):
        return parse_qs(urlsplit(self.action).query)["state"][0]

    def comes_back(self, state, code="the-code"):
        return self.get(f"/setup/callback?code={code}&state={state}")


def files(tmp_path):
    return {path.name: path.read_text() for path in kept.folder(tmp_path).iterdir()}


def untouched(tmp_path, github):
    """Nothing was stored, and GitHub was not asked."""
    assert not kept.is_there(tmp_path)
    assert github.asked == []
    return True
