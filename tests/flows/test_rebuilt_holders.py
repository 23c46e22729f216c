"""Who held a lock without a trace when the database was lost is in there still, until a person says otherwise."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from app.core.locks.quota import Quota
from app.core.model.lock_requests import DirectRequest
from app.core.model.names import GroupName
from tests.flows.calling import Caller, served
from tests.flows.harness import REPO, Flow
from tests.flows.lock_clients import FILES, Client
from tests.flows.rebuilding import FILES as STAGES
from tests.flows.rebuilding import answered, free, lose, rebuild
from tests.flows.words import say

GRANTS = 130
"""More than the room that is left above the tokens that can be seen afterwards."""


def held(flow: Flow) -> tuple[Client, int]:
    """The last of many clients holds `busy`, with its token."""
    locks, now, name = flow.app.store.direct_locks, flow.clock(), GroupName("busy")
    repo = flow.world.repo(REPO).id
    for number in range(1, GRANTS):
        wanted = DirectRequest(
            0, repo, REPO, "client", "ci", (name,), 0, "queued", now, timedelta(minutes=1)
        )
        asked = locks.ask(wanted, Quota())
        assert isinstance(asked, DirectRequest)
        grant = locks.take(asked.id, {name: 1}, now)
        assert locks.release(grant.id, number, now).state == "released"
    client = Client(flow, "busy", "before")
    granted = client.ask().json()
    assert (granted["state"], granted["token"]) == ("held", GRANTS)
    return client, GRANTS


def begun_again(flow: Flow) -> None:
    """The database was lost and rebuilt, and the App looks at everything."""
    lose(flow)
    rebuild(flow)
    flow.boot()
    flow.sweep()


def test_a_client_that_outlives_the_database_is_alone_until_a_maintainer_frees_its_lock(
    tmp_path: Path,
):
    with served(tmp_path) as flow:
        flow.repo(FILES)
        before, token = held(flow)
        lose(flow)
        [report] = rebuild(flow)
        assert report.made is not None
        assert "busy" in [group for one in report.made.unknown for group in one.groups]
        flow.boot()
        flow.sweep()

        assert before.post("heartbeat", token).status_code == 404, "it is not ended by that"
        following = Client(flow, "busy", "after")
        waits = following.ask(ttl="30m")
        assert (waits.status_code, waits.json()["state"]) == (202, "queued")
        assert following.where != before.where
        holder = waits.json()["holder"]
        assert (holder["kind"], holder["state"]) == ("unknown", "suspect")
        [no] = answered(flow, flow.tip(), "/unlock busy", REPO)
        assert no.startswith("Not done: `busy` is held by `an unknown holder`")
        free(flow, [report], "busy")
        granted = following.see().json()
        assert granted["state"] == "held"
        assert granted["token"] > holder["token"] > token
        assert before.post("release", token).status_code == 404


def test_nobody_joins_an_unknown_holder(tmp_path: Path):
    """rule L104: every answer names its token, and nobody was ever given it."""
    with served(tmp_path) as flow:
        flow.repo(FILES)
        begun_again(flow)
        client = Client(flow, "busy", "after")
        holder = client.ask(ttl="30m").json()["holder"]
        assert holder["kind"] == "unknown"
        refused = client.ask(join=holder["token"])
        assert (refused.status_code, refused.json()["error"]) == (409, "conflict")
        assert client.see().json()["state"] == "queued"


def test_what_waits_for_a_person_after_a_rebuild_is_listed_with_what_to_do(tmp_path: Path):
    with served(tmp_path) as flow:
        flow.repo(FILES)
        begun_again(flow)
        flow.passes(hours=30)  # no time frees it
        [busy] = [g for g in Caller(flow).get("/locks")["locks"] if g["group"] == "busy"]
        [holder] = busy["holders"]
        assert (busy["free"], holder["name"]) == (0, "unknown")
        assert "the records were rebuilt" in holder["reason"]
        [told] = answered(flow, flow.tip(), "/stagelock status", REPO)
        assert f"`/unlock busy#{holder['token']} --force reason`" in told


def test_who_waits_for_an_unknown_holder_has_the_button_that_frees_it(tmp_path: Path):
    """rule N61: once what promotions are found to hold has ended."""
    with served(tmp_path) as flow:
        first = flow.repo(STAGES)
        flow.finish(flow.landed("e2e", first), "e2e")
        begun_again(flow)
        waits = flow.push({"apps/web/a": "2"})
        say(flow, waits, "/resume dev\n/resume e2e")
        assert [r.state for r in flow.requests() if not r.ended_at] == ["queued"]
        shown = flow.shown(waits, "lock / floor")
        assert shown.title == "blocked: floor is suspect; a maintainer must press Release"
        assert [action["identifier"] for action in shown.actions] == ["release"]
        flow.world.press(REPO, shown, "release", by="bob")
        flow.settle()
        assert "which needs *maintain*" in (flow.shown(waits, "lock / floor").summary or "")
        flow.world.press(REPO, flow.shown(waits, "lock / floor"), "release", by="alice")
        flow.settle()
        assert flow.landed("e2e", waits)


def test_a_lock_that_a_person_took_keeps_its_group_until_a_maintainer_frees_it(flow: Flow):
    """rule N61: the server takes no lock requests over HTTP; the reply to `/lock` is still there."""
    first = flow.repo(STAGES)
    flow.finish(flow.landed("e2e", first), "e2e")
    say(flow, first, "/lock floor for 30m debugging")
    lose(flow)
    [report] = rebuild(flow)
    assert report.made is not None
    assert [group for one in report.made.unknown for group in one.groups] == ["floor"]
