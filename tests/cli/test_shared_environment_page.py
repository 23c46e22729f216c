"""The tutorial on a shared environment: its files are the pipeline's, its commands are typed as they stand."""

import re
import shlex
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.asking import ROOT, ended, stagelock
from tests.flows.calling import served
from tests.flows.harness import REPO
from tests.flows.organization import API, HOME, live

__all__ = ["stagelock"]

PAGE = (ROOT / "docs/share-an-environment.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
[GROUPS] = [text for kind, text in BLOCKS if kind == "text"]
[PIPELINE] = [text for kind, text in BLOCKS if kind == "yaml" and "stages:" in text]
[WORKFLOW] = [text for kind, text in BLOCKS if kind == "yaml" and "jobs:" in text]
CONSOLES = [text for kind, text in BLOCKS if kind == "console"]
FILES = {"stagelock.yaml": PIPELINE, "apps/web/a": "1"}


@pytest.fixture
def flow(tmp_path):
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def types(flow, stagelock):
    """Types a line of the page while the App works; what it shows."""

    def typed(line, token="lock-me"):
        process = stagelock(*shlex.split(line)[1:], token=token, repo="")
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(ended, process)
            while not done.done():
                flow.settle()
        _, out, err = done.result()
        return out + err

    return typed


def same(text):
    """*text* with one time, one token and one number for all."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    text = re.sub(r"\b(\d{4}-\d\d-\d\d )?\d\d:\d\d UTC", "TIME", text)
    return re.sub(r"(token|org-) ?\d+", r"\1 N", text)


def test_the_commands_say_what_the_page_shows(flow, types):
    flow.repo({"README": "ours", "stagelock-locks.yaml": GROUPS}, HOME)
    typed = 0
    for console in CONSOLES[:2]:
        for line, shows in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", console, re.MULTILINE):
            token = "rule-me" if line.startswith("stagelock locks") else "lock-me"
            assert same(types(line, token)) == same(shows), line
            typed += 1
    assert typed == 5


def test_the_two_stages_of_the_page_take_turns_and_force_frees_it(flow, types):
    first = flow.repo({"README": "ours", "stagelock-locks.yaml": GROUPS}, HOME)
    assert flow.shown(first, "config", HOME).title == "valid: 1 lock group"
    one = flow.repo(FILES)
    other = flow.repo(FILES, API)
    assert (live(flow, REPO), live(flow, API)) == ([("e2e", "held")], [("e2e", "queued")])
    title = flow.shown(other, "lock / e2e-env", API).title
    assert same(title) == same("1st of 1, held by another repository of acme since 14:02 UTC")
    assert "held by another repository of acme since 14:02 UTC" in PAGE
    flow.finish(flow.landed("e2e", one), "e2e")
    assert live(flow, API) == [("e2e", "held")]

    [force] = re.findall(r"^\$ (.*)$", CONSOLES[2], re.MULTILINE)
    assert "was taken away" in types(force, "keep-me")
    assert live(flow, API) == []


def test_the_command_of_the_workflow_is_one(flow, types):
    flow.repo({"README": "ours", "stagelock-locks.yaml": GROUPS}, HOME)
    [command] = re.findall(r"- run: (stagelock .*) -- make e2e", WORKFLOW)
    assert types(f"{command} -- echo ran") == "ran\n"
