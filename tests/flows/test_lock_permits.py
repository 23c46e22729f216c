"""Named permits and weights, seen on GitHub."""

from __future__ import annotations

from tests.flows.harness import REPO, Flow
from tests.flows.holding import people
from tests.flows.locking import groups, live, locked
from tests.flows.pipelines import pipeline
from tests.flows.words import ours, replies, say


def test_a_named_permit_stands_in_the_run_the_status_and_the_reply(flow: Flow):
    named = "locks:\n  floor: {permits: [e2e-1, e2e-2]}\n"
    first = flow.repo(
        {"stagelock.yaml": pipeline(locked("one", "floor") + named), "apps/web/a": "1"}
    )

    say(flow, first, "/lock floor debugging\n/stagelock status")

    title = flow.shown(first, "lock / floor").title or ""
    assert title.endswith(", token 1, e2e-1")
    assert people(flow) == [("@bob", "held")]
    granted = replies(flow, first)[-1]
    assert "token 2, permit `e2e-2`" in granted
    say(flow, first, "/stagelock status")
    assert "held (2 of 2 taken)" in replies(flow, first)[-1]
    assert "(`e2e-1`)" in replies(flow, first)[-1]


def test_who_takes_all_waits_until_the_group_is_empty_and_nobody_passes(flow: Flow):
    wide = groups("floor").replace("permits: 1", "permits: 2")
    first = flow.repo(
        {
            "stagelock.yaml": pipeline(
                locked("one", "floor") + locked("two", "{floor: all}") + wide
            ),
            "apps/web/a": "1",
        }
    )
    assert live(flow) == [("one", "held"), ("two", "queued")]
    say(flow, first, "/lock floor debugging")
    assert people(flow) == [("@bob", "queued")]

    flow.finish(flow.landed("one", first), "one")
    assert live(flow) == [("two", "held")]
    assert people(flow) == [("@bob", "queued")]
    flow.finish(flow.landed("two", first), "two")
    assert people(flow) == [("@bob", "held")]


NAMED = "locks:\n  floor: {permits: [e2e-1, e2e-2], max-hold: 30m}\n"


def filling(name: str, more: str = "") -> str:
    """A stage that writes the freight, and which permit it was granted."""
    values = 'values: {env: "${{ lock.floor }}", tag: "${{ freight.short }}"}'
    return (
        f"  {name}:\n    path: stages/{name}\n    lock: floor\n"
        f"    verify: {{checks: [{name}]}}\n    steps:\n"
        f"      - {{uses: yaml-set, with: {{file: v.yaml, {values}}}}}\n{more}"
    )


def said(flow: Flow, stage: str, at: str = "main") -> dict[str, str]:
    text = flow.world.tree(REPO, at)[f"stages/{stage}/v.yaml"].decode()
    return {
        key: value.strip("'") for key, value in (line.split(": ") for line in text.splitlines())
    }


def files(stages: str, *names: str) -> dict[str, str]:
    empty = {f"stages/{name}/v.yaml": "env: ''\ntag: ''\n" for name in names}
    return {"stagelock.yaml": pipeline(stages + NAMED), "apps/web/a": "1", **empty}


def trailers(flow: Flow, sha: str) -> list[str]:
    message = next(one.message for one in flow.world.log(REPO, "main") if one.sha == sha)
    lines = message.splitlines()
    return [line for line in lines if line.startswith(("Stagelock-Fence", "Stagelock-Permit"))]


def test_a_step_writes_which_permit_was_granted_and_a_later_grant_another(flow: Flow):
    names = ("one", "two", "three")
    first = flow.repo(files("".join(map(filling, names)), *names))
    assert (said(flow, "one")["env"], said(flow, "two")["env"]) == ("e2e-1", "e2e-2")
    assert trailers(flow, flow.landed("two", first)) == [
        "Stagelock-Fence: floor=2",
        "Stagelock-Permit: floor=e2e-2",
    ]

    flow.finish(flow.landed("one", first), "one")
    assert said(flow, "three") == {"env": "e2e-1", "tag": first[:7]}
    second = flow.push({"apps/web/a": "2"})
    assert said(flow, "one") == {"env": "e2e-1", "tag": first[:7]}
    flow.finish(flow.landed("two", first), "two")
    assert said(flow, "one") == {"env": "e2e-2", "tag": second[:7]}
    assert len([line for line in flow.subjects() if line.endswith("to one")]) == 2


def test_a_pull_request_names_the_permit_from_its_grant_on(flow: Flow):
    """Until then its head has what is there; with the grant it is rewritten, once."""
    stage = filling("one", "    via: pull-request\n    merge-within: 20m\n")
    flow.repo(files(stage, "one"))
    pull = ours(flow)
    assert live(flow) == [("one", "held")]
    assert said(flow, "one", "stagelock/one")["env"] == "e2e-1"
    head = pull.head_sha
    assert "as it is until then" in (pull.body or "")

    flow.passes(minutes=21)
    flow.settle()
    assert live(flow) == [("one", "held")]  # given back, and granted anew
    assert pull.head_sha == head
