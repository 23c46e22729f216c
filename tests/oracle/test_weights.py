"""Weights and named permits, in histories made by hand: each wrong one beside the right one."""

import json
from dataclasses import replace

from app.core.model.names import GroupName
from tests.oracle import holders, weights
from tests.oracle.histories import NOON, line, moment, request, row
from tests.oracle.pipeline import read

COPY = [{"uses": "copy", "with": {"from": "apps", "to": "web"}}]
E2E = GroupName("e2e")


def file(permits, **takes):
    stages = {
        name: {"path": f"stages/{name}", "steps": COPY, "lock": {"e2e": weight}}
        for name, weight in takes.items()
    }
    locks = {"e2e": {"permits": permits}}
    document = {"warehouses": {"web": {"paths": ["apps"]}}, "stages": stages, "locks": locks}
    return read(json.dumps(document).encode())


def held(stage, number, weight=1, names=(), **more):
    fields = {"weights": {E2E: weight}, "tokens": {E2E: number}, **more}
    permits = {E2E: names} if names else {}
    return replace(request(stage, "b", number=number), permits=permits, **fields)


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def now(plan, *requests):
    rows = [row(r.stage, "b", "c", state="verifying") for r in requests]
    return moment(plan, line("abc"), rows=rows, requests=requests)


def test_more_than_there_is_is_no_valid_file():
    assert file(2, dev=2) is not None
    assert file(2, dev=3) is None
    assert file(["a", "b"], dev="all") is not None


def test_a_grant_takes_what_the_file_says():
    plan = file(3, dev="all", qa=2)
    assert weights.granted(now(plan), held("dev", 1, 3), None) == []
    assert ids(weights.granted(now(plan), held("dev", 1, 1), None)) == ["F15"]
    assert weights.granted(now(plan), held("qa", 1, 2), None) == []


def test_a_client_has_what_it_asked_for():
    plan = file(3)
    assert weights.granted(now(plan), held("", 1, 3), weights.ALL) == []
    assert ids(weights.granted(now(plan), held("", 1, 2), 1)) == ["F15"]


def test_nobody_is_let_in_beside_who_takes_all_nor_all_beside_anybody():
    plan = file(3, dev="all", qa=2, prod=1)
    alone, two, third = held("dev", 1, 3), held("qa", 2, 2), held("prod", 3)
    assert holders.let_in(now(plan, two, third), third) == []
    assert ids(holders.let_in(now(plan, alone, third), third)) == ["I1"]
    late = held("dev", 4, 3)
    assert ids(holders.let_in(now(plan, third, late), late)) == ["I1"]


def test_a_named_permit_is_the_first_that_is_free_and_nobody_elses():
    plan = file(["a", "b", "c"], dev=1, qa=1)
    first, second = held("dev", 1, names=("a",)), held("qa", 2, names=("b",))
    assert weights.granted(now(plan, first, second), second, None) == []
    for names in (("a",), ("c",), ()):
        other = held("qa", 2, names=names)
        assert ids(weights.granted(now(plan, first, other), other, None)) == ["F27"]


def test_what_was_had_for_a_moment_may_be_passed_over():
    plan = file(["a", "b"], dev=1)
    second, over = held("dev", 2, names=("b",)), held("qa", 1, names=("a",), state="released")
    assert weights.granted(now(plan, second), second, None, [over]) == []
    assert ids(weights.granted(now(plan, second), second, None)) == ["F27"]


def test_a_visitor_takes_what_its_stage_takes_and_all_of_named_permits():
    visits = held("dev", 1, 2, out_of_turn=True)
    assert weights.visits(now(file(3, dev=2), visits), visits) == []
    named = now(file(["a", "b", "c"], dev=2), visits)
    assert ids(weights.visits(named, visits)) == ["L12"]
    whole = held("dev", 1, 3, out_of_turn=True)
    assert weights.visits(replace(named, records=now(named.plan, whole).records), whole) == []


def test_a_visitor_takes_what_its_stage_takes_by_either_file():
    old, new = file(3, dev=1), file(3, dev="all")
    whole = held("dev", 1, 3, out_of_turn=True)
    both = replace(now(new, whole), plans=lambda _sha: old)
    assert weights.visits(both, whole) == []
    light = held("dev", 1, 1, out_of_turn=True)
    assert ids(weights.visits(replace(both, records=now(new, light).records), light)) == ["L12"]


def test_an_edit_under_a_grant_takes_what_the_stage_takes():
    plan, grant = file(3, dev=2), held("dev", 1, 2, granted_at=NOON)
    assert weights.spread(now(plan, grant), grant, [E2E]) == []
    light = held("dev", 1, 1)
    assert ids(weights.spread(now(plan, light), light, [E2E])) == ["L12"]


def test_a_rollback_takes_over_what_its_stage_takes_of_what_was_granted():
    """rule E60."""
    plan = file(3, dev=2)
    was, heir = held("dev", 1, 3, state="released"), held("dev", 2, 2)
    assert weights.inherited(now(plan), heir, was) == []
    for wrong in (held("dev", 2, 1), held("dev", 2, 3)):
        assert ids(weights.inherited(now(plan), wrong, was)) == ["E60"]
    assert ids(weights.inherited(now(plan), heir, held("dev", 1, 1))) == ["E60"]
    assert ids(weights.inherited(now(plan), heir, replace(was, groups=()))) == ["E60"]


def test_a_rollback_keeps_the_named_permits_that_are_still_there():
    """rule E60."""
    plan = file(["b", "c", "d"], dev=1)
    was = held("dev", 1, 2, names=("a", "c"), state="released")
    assert weights.inherited(now(plan), held("dev", 2, names=("c",)), was) == []
    for names in (("a",), ("b",), ()):
        assert ids(weights.inherited(now(plan), held("dev", 2, names=names), was)) == ["E60"]
