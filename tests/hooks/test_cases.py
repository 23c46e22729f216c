"""Every push shape that we know of, as a real `git push` against the installed hook."""

from __future__ import annotations

import pytest

from tests.hooks.cases import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_push_is_judged(world, case):
    refspecs = case.make(world)

    pushed = world.push(*refspecs, who=case.who, options=case.options, env=case.env, how=case.how)

    assert pushed.accepted == (case.said is None), pushed.said
    assert case.said is None or case.said in pushed.said, pushed.said
    assert len(pushed.lines) <= 8
    assert all(line.isascii() and line.isprintable() for line in pushed.lines)
