"""Logs and metrics tell of one push from its delivery to its check run, by ids alone."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from app.observe import Redactor, set_up, stage_id
from app.sandbox.demo.launch import SLUG
from tests.flows.harness import ONE_BRANCH, REPO, Flow
from tests.flows.words import say

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
Line = dict[str, object]


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """What the App logs, as a collector gets it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up(stream, Redactor(), "json")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[Line]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def told(found: list[Line], action: str, **fields: object) -> list[Line]:
    return [line for line in found if line["action"] == action and fields.items() <= line.items()]


def metric(flow: Flow, name: str, **labels: object) -> float:
    """The sum of the samples with these labels."""
    total = 0.0
    for line in flow.app.metrics.render().decode().splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? ([\d.e+-]+)", line)
        if found and found[1] == name:
            has = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
            total += (
                float(found[3])
                if {k: str(v) for k, v in labels.items()}.items() <= has.items()
                else 0
            )
    return total


def test_a_push_is_followed_from_its_delivery_to_its_check_run(flow: Flow, heard: io.StringIO):
    flow.repo(FILES)
    heard.truncate(0)
    heard.seek(0)

    sha = flow.push({"apps/web/index.html": "two"})

    found = lines(heard)
    received = told(found, "delivery.received", event="push", outcome="accepted")[0]
    guid, repository = received["delivery"], received["repository"]
    taken = told(found, "delivery.taken", delivery=guid)[0]
    in_tick = [line for line in found if line.get("tick") == taken["tick"]]
    assert told(in_tick, "tick.claimed", repository=repository)
    assert told(in_tick, "tick.ended", outcome="done")
    wrote = told(in_tick, "act.write")[0]
    promotion = wrote["promotion"]
    about = [line for line in in_tick if line.get("promotion") == promotion]
    assert {line["delivery"] for line in about} == {wrote["delivery"]}
    assert str(guid) in str(wrote["delivery"])
    landed = told(about, "push.landed", kind="promotion")[0]
    assert landed["commit"] == flow.landed("dev", sha)
    assert told(about, "rest.call", endpoint="create_run", status="201")
    shown = {line["run"] for line in told(about, "run.written", check="stagelock / dev")}
    run = flow.run(sha, "dev")
    assert run is not None
    assert run.id in shown
    assert told(about, "freight.verified", stage="dev")
    for line in in_tick[1:]:
        assert line["repository"] == repository, line


def test_metrics_tell_of_a_push_by_ids_alone(flow: Flow):
    first = flow.repo(FILES)
    repo_id = flow.world.repo(REPO).id

    assert metric(flow, "stagelock_ticks_total", kind="repo", outcome="done") >= 1
    assert metric(flow, "stagelock_plan_seconds_count") >= 2
    assert metric(flow, "stagelock_survey_seconds_count") >= 2
    assert metric(flow, "stagelock_pushes_total", kind="promotion", outcome="landed") >= 2
    assert metric(flow, "stagelock_rest_calls_total", endpoint="create_run", status=201) >= 2
    assert metric(flow, "stagelock_deliveries_total", event="push", outcome="accepted") >= 1
    dev = {"repository": repo_id, "stage": stage_id(repo_id, "dev")}
    assert metric(flow, "stagelock_lead_seconds_count", **dev) == 1
    assert metric(flow, "stagelock_lock_requests", state="held") == 1
    assert metric(flow, "stagelock_freights", state="verifying") == 1
    assert 0 < metric(flow, "stagelock_budget_left", window="hour") < 400

    flow.passes(minutes=2)
    flow.finish(flow.landed("e2e", first), "e2e")

    assert metric(flow, "stagelock_promotion_state_seconds_sum", state="verifying") >= 120
    assert metric(flow, "stagelock_lead_seconds_sum") >= 120
    assert metric(flow, "stagelock_lock_requests", state="held") == 0
    text = flow.app.metrics.render().decode()
    for name in ("acme", "shop", "alice", "e2e", first):
        assert name not in text


LEFT: Mapping[str, Callable[[Flow], object]] = {
    "uninstalled": lambda flow: flow.world.uninstall(SLUG),
    "removed": lambda flow: flow.world.remove(SLUG, REPO),
    "deleted": lambda flow: flow.world.delete_repo(REPO),
}


@pytest.mark.parametrize("left", ["uninstalled", "removed", "deleted"])
def test_a_repositorys_series_end_with_it_and_others_go_on(flow: Flow, left: str):
    flow.repo(FILES)
    flow.world.create_repo("acme/other", files=dict(FILES))
    flow.settle()
    gone = {"repository": flow.world.repo(REPO).id}
    stays = {"repository": flow.world.repo("acme/other").id}
    assert metric(flow, "stagelock_lead_seconds_count", **gone) == 1
    assert metric(flow, "stagelock_lead_seconds_count", **stays) == 1
    LEFT[left](flow)
    flow.settle()

    assert metric(flow, "stagelock_lead_seconds_count", **gone) == 0
    expected = 0 if left == "uninstalled" else 1
    assert metric(flow, "stagelock_lead_seconds_count", **stays) == expected
    budgets = "stagelock_budget_left{" in flow.app.metrics.render().decode()
    assert budgets is (left != "uninstalled")


def test_a_push_that_a_rule_refused_is_counted_as_such(flow: Flow):
    flow.repo(FILES)
    flow.world.protect(REPO, "main", "Pull requests only.", allowed=["alice"])

    flow.push({"apps/web/index.html": "two"})

    assert metric(flow, "stagelock_pushes_total", kind="promotion", outcome="refused") == 1


def test_the_audit_has_each_effect_and_each_refusal_under_the_id_that_people_see(flow: Flow):
    sha = flow.repo(FILES)
    audit = flow.app.store.audit
    kinds = {entry.entry["kind"] for entry in audit.newest()}
    assert {"use-config", "mint", "write", "grant", "run"} <= kinds
    (write,) = [
        e
        for e in audit.newest()
        if e.entry["kind"] == "write" and "dev" in str(e.entry["promotions"])
    ]
    assert flow.landed("dev", sha) in str(write.entry["promotions"])
    assert audit.find(write.event) == [write]

    say(flow, sha, "/promote nowhere")

    reply = flow.world.comments(REPO)[-1].body
    (event,) = re.findall(r"`([a-z2-7]{8})`", reply)
    (entry,) = audit.find(event)
    assert (entry.entry["kind"], entry.entry["effective"]) == ("command", False)
    assert entry.entry["command"] == "/promote nowhere"
    assert "nowhere" in str(entry.entry["answer"])
    assert entry.repo == REPO
