"""
Flows run on SQLite; those of `test_both_databases` on PostgreSQL too.

At the end of each, what our texts tell people to type is typed (`suggested`; once for all of `make
test`, and not anew in `make hooked`: no text hangs on the hook), and what GitHub told us has the form
that it publishes.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.flows.harness import Flow, flowing
from tests.flows.settings import EVERYWHERE, VERSIONS
from tests.flows.suggested import Kinds, typed
from tests.sandbox.schema import assert_deliveries

PASSED = pytest.StashKey[bool]()
TOLD: set[str] = set()
"""The forms of payloads that this session has held against GitHub's schemas."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test itself passed."""
    report = yield
    if call.when == "call":
        item.stash[PASSED] = report.passed
    return report


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Some flows run in each version of GitHub's API already here; `make hooked` runs all in the old."""
    if "flow" in metafunc.fixturenames and getattr(metafunc.module, "EACH_VERSION", False):
        metafunc.parametrize("version", VERSIONS, indirect=True)


@pytest.fixture
def version(request: pytest.FixtureRequest) -> str:
    """The version of GitHub's API that the App asks for."""
    return str(getattr(request, "param", VERSIONS[-1]))


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Kinds:
    """The kinds of suggestions that this session has tried; its processes share the folder above."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    (shared / "typed").mkdir(exist_ok=True)
    return Kinds(shared / "typed")


@pytest.fixture
def flow(
    tmp_path: Path, request: pytest.FixtureRequest, version: str, seen: Kinds
) -> Iterator[Flow]:
    """
    A fresh GitHub with the App installed on whatever is created there.

    In modules with ``HOOKED = True`` the pre-receive hook stands before every repository; in those
    with ``EACH_VERSION = True`` each test runs in all versions of GitHub's API.
    """
    hooked = getattr(request.module, "HOOKED", EVERYWHERE)
    settings = {"STAGELOCK_GITHUB_API_VERSION": version}
    with flowing(tmp_path, hooked=hooked, environ=settings) as made:
        yield made
        assert_deliveries(made.world.deliveries, TOLD)
        speaks = not EVERYWHERE and not hasattr(request.module, "UNSPOKEN")
        if speaks and request.node.stash.get(PASSED, False):
            wrong = typed(made, seen)
            assert not wrong, "\n".join(wrong)
