"""The table of pushes over the transports that servers use: SSH with gitolite, and smart HTTP."""

from __future__ import annotations

import pytest

from tests.hooks.cases import CASES
from tests.hooks.transports import Gitolite, as_gitolite_says_it, over_http
from tests.hooks.world import ANN, BOT, EVE

REMOTE = [case for case in CASES if not case.env and case.who in (BOT, ANN, EVE)]
"""A client sets no variables of the server, and is somebody: the other cases are about that."""
PART = 9
"""By SSH a push takes half a second, so every ninth case is tried, unless `--every-push`."""


def pytest_generate_tests(metafunc):
    cases = REMOTE if metafunc.config.getoption("every_push") else REMOTE[::PART]
    metafunc.parametrize("case", cases, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def gitolite(tmp_path_factory):
    with Gitolite(tmp_path_factory.mktemp("gitolite")).running() as server:
        yield server


def judge(world, case):
    pushed = world.push(*case.make(world), who=case.who, options=case.options, how=case.how)

    assert pushed.accepted == (case.said is None), pushed.said
    assert case.said is None or case.said in pushed.said, pushed.said
    assert len(pushed.lines) <= 8
    assert all(line.isascii() and line.isprintable() for line in pushed.lines)


def test_a_push_over_http_is_judged_alike(seeded, tmp_path, case):
    with over_http(seeded, tmp_path / "http") as world:
        judge(world, case)


def test_a_push_over_ssh_to_gitolite_is_judged_alike(seeded, gitolite, case):
    judge(gitolite.world(seeded), as_gitolite_says_it(case))
