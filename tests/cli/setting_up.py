"""A person at `stagelock setup`: what is typed there, and what is done in a browser elsewhere."""

from __future__ import annotations

import io
import urllib.error

import pytest

from tests.setup.person import Person


class Typed(io.TextIOBase):
    """Lines that somebody types; one may be a function that is called when it is asked for."""

    def __init__(self, lines):
        self._lines = list(lines)

    def readline(self, *_):
        if not self._lines:
            return ""
        line = self._lines.pop(0)
        return f"{line() if callable(line) else line}\n"


def options(sandbox):
    """Nobody listens at the public address: GitHub's answer stays in the address bar."""
    return (
        "--public-url=http://127.0.0.1:9",
        f"--github-url={sandbox.url}",
        "--organisation=acme",
    )


def confirmed(sandbox, tmp_path):
    """What a person does elsewhere; the address that the browser shows at the end."""
    ana = Person().opens((tmp_path / "page.html").as_uri())
    ana.forwarded()
    with pytest.raises(urllib.error.URLError):  # the browser cannot open our address
        ana.presses("Create GitHub App")
    [code] = sandbox.hub.codes
    state = ana.visited[1].partition("state=")[2]
    return f"http://127.0.0.1:9/setup/callback?code={code}&state={state}"


def set_up_elsewhere(sandbox, tmp_path):
    """The same, and the App is installed on all repositories of acme."""
    address = confirmed(sandbox, tmp_path)
    sandbox.world.install_everywhere("stagelock-acme", "acme")
    return address
