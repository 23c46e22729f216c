"""Every call exists on every server that we support, and we read nothing that one of them lacks."""

from __future__ import annotations

import pytest

from app.github.endpoints import ENDPOINTS, START_WORKFLOW
from app.github.rules import RULES
from app.settings.apiversions import API_VERSIONS
from tests.calls.page import PAGE, answered, made, there
from tests.calls.recording import Reads, reads

DONE_WITHOUT = {(START_WORKFLOW, "html_url"), (START_WORKFLOW, "workflow_run_id")}
"""A server that does not tell which run it started has it found: `test_unheard_starts.py`."""


@pytest.fixture(scope="module", params=API_VERSIONS)
def found(request, tmp_path_factory) -> Reads:
    return reads(tmp_path_factory.mktemp("calls") / "hub", request.param)


def test_no_field_is_read_that_a_supported_version_lacks(found):
    """What no version has is what one shape reads of lists and of single things alike."""
    partly = {
        f"{endpoint.method} {endpoint.path}: {name} ({version})"
        for endpoint, names in found.items()
        for name in names
        for version, known in answered(endpoint).items()
        if (endpoint, name) not in DONE_WITHOUT
        if name not in known and any(name in other for other in answered(endpoint).values())
    }
    assert partly == set()


def test_something_is_read_of_each_list_and_each_thing(found):
    """So the recording is no empty one."""
    assert len({name for names in found.values() for name in names}) > 60
    assert {
        endpoint.path for endpoint in ENDPOINTS if endpoint.method == "GET" and not found[endpoint]
    } == set()


@pytest.mark.parametrize(
    "endpoint", [*ENDPOINTS, *RULES], ids=lambda one: f"{one.method} {one.path}"
)
def test_every_call_exists_on_every_server_that_we_support(endpoint):
    assert set(there(endpoint).values()) == {True}


def test_the_page_says_what_is_called_and_read(found):
    """`python -m tests.calls.page` writes it anew."""
    text = PAGE.read_text(encoding="utf-8")
    assert made(text, found) == text


def test_the_page_names_the_servers_that_we_support():
    text = PAGE.read_text(encoding="utf-8")
    for server in there(ENDPOINTS[0]):
        assert server.removeprefix("GHES ") in text.partition("<!-- made")[0]
