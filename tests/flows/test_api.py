"""The HTTP API reads what the App knows: over real HTTP, from the real App."""

from __future__ import annotations

from datetime import datetime

from app.cli.locks import line
from app.core.model.names import GroupName
from tests.flows.calling import Caller, assert_form
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import pipeline
from tests.flows.reading import FILES, flow, still
from tests.flows.words import say

__all__ = ["flow", "still"]


def at(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


def test_a_group_shows_its_holder_and_its_queue(still: Flow):
    number = still.world.repo(REPO).id
    caller = Caller(still)
    held, queued = (r for r in still.requests() if r.ended_at is None)

    group = caller.get(f"/locks/repo-{number}/floor")

    assert group.keys() == {"scope", "group", "permits", "free", "holders", "queue"}
    assert (group["scope"], group["group"]) == (f"repo-{number}", "floor")
    assert (group["permits"], group["free"]) == (1, 0)
    [holder], [waits] = group["holders"], group["queue"]
    known = {"id", "kind", "name", "repository", "since", "reason", "state", "token", "permit"}
    assert holder.keys() == known
    assert waits.keys() == known | {"position"}
    assert (holder["kind"], holder["name"], holder["repository"]) == ("stage", "one", REPO)
    assert (holder["state"], holder["token"]) == ("held", held.tokens[GroupName("floor")])
    assert holder["permit"] is None
    assert held.granted_at is not None
    assert abs((at(holder["since"]) - held.granted_at).total_seconds()) < 0.01
    assert (waits["name"], waits["state"], waits["position"]) == ("two", "queued", 1)
    assert waits["token"] is None
    assert abs((at(waits["since"]) - queued.requested_at).total_seconds()) < 0.01
    assert caller.get("/locks") == {"locks": [group]}


def test_a_persons_lock_past_its_time_is_told_as_overdue(flow: Flow):
    first = flow.repo(FILES)
    say(flow, first, "/lock e2e-env for 30m debugging")
    flow.finish(flow.landed("e2e", first), "e2e")
    group, caller = f"/locks/repo-{flow.world.repo(REPO).id}/e2e-env", Caller(flow)
    assert [h["state"] for h in caller.get(group)["holders"]] == ["held"]

    flow.passes(minutes=31)

    found = caller.get(group)
    [holder] = found["holders"]
    assert (holder["kind"], holder["name"], holder["state"]) == ("person", "bob", "overdue")
    assert line(found).endswith(f"token {holder['token']}, overdue")
    description = caller.get("/openapi.json")
    assert_form(description, "get", "/api/v1/locks/{scope}/{group}", found, 200)


def test_a_free_group_and_a_suspect_one_are_told(flow: Flow):
    first = flow.repo(FILES)
    number = flow.world.repo(REPO).id
    caller = Caller(flow)
    landed = flow.landed("e2e", first)
    flow.world.start_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()
    flow.passes(hours=3)
    suspect = caller.get(f"/locks/repo-{number}/e2e-env")
    assert [h["state"] for h in suspect["holders"]] == ["suspect"]
    assert "max-hold" in suspect["holders"][0]["reason"]
    assert suspect["free"] == 0
    flow.world.finish_check(REPO, landed, "e2e", app="jenkins")
    flow.settle()

    free = caller.get(f"/locks/repo-{number}/e2e-env")

    assert (free["permits"], free["free"], free["holders"], free["queue"]) == (1, 1, [], [])


def test_the_pipeline_is_told_stage_by_stage(flow: Flow):
    first = flow.repo(FILES)
    caller = Caller(flow)
    told = caller.get(f"/repos/{REPO}/pipeline")

    assert told["repository"] == REPO
    assert told["repository_id"] == flow.world.repo(REPO).id
    assert told["config"]["status"] == "valid"
    assert [w["name"] for w in told["warehouses"]] == ["web"]
    stages = {stage["name"]: stage for stage in told["stages"]}
    assert list(stages) == ["dev", "e2e", "prod"]
    assert stages["e2e"]["needs"] == ["dev"]
    assert stages["e2e"]["locks"] == ["e2e-env"]
    assert stages["dev"]["current"]["freight"] == f"web@{first}"
    assert stages["dev"]["current"]["state"] == "verified"
    assert stages["e2e"]["next"]["phase"] == "verifying"
    assert stages["prod"]["current"] is None
    assert stages["prod"]["next"]["reason"] == "upstream-unverified"
    scope = f"repo-{told['repository_id']}"
    assert told["locks"] == [{"group": "e2e-env", "scope": scope, "permits": 1}]

    flow.finish(flow.landed("e2e", first), "e2e")
    stages = {s["name"]: s for s in caller.get(f"/repos/{REPO}/pipeline")["stages"]}
    assert {s["current"]["state"] for s in stages.values()} == {"verified"}
    assert [s["next"] for s in stages.values()] == [None, None, None]
    told = caller.get(f"/repos/{REPO}/stages/dev/why")
    assert (told["phase"], told["freight"]) == ("verified", f"web@{first}")


def test_why_tells_every_gate_and_the_next_look(flow: Flow):
    first = flow.repo(FILES)
    told = Caller(flow).get(f"/repos/{REPO}/stages/prod/why")

    assert (told["stage"], told["freight"], told["phase"]) == ("prod", f"web@{first}", "waiting")
    gates = {gate["gate"]: gate for gate in told["gates"]}
    assert gates["needs"]["state"] == "wait"
    assert gates["needs"]["reason"] == "upstream-unverified"
    assert "e2e" in gates["needs"]["text"]
    assert gates["needs"]["next"]
    assert told["title"]
    for digits in (first, first[:7], f"web@{first[:7]}"):
        again = Caller(flow).get(f"/repos/{REPO}/stages/prod/why?freight={digits}")
        assert again == told


def test_freight_and_promotions_come_in_pages_newest_first(flow: Flow):
    flow.repo({"stagelock.yaml": pipeline("  dev: {path: stages/dev}\n"), "apps/web/a": "0"})
    pushed = [flow.push({"apps/web/a": str(n)}) for n in range(1, 5)]
    caller = Caller(flow)

    pages = caller.pages(f"/repos/{REPO}/freight?limit=2", "freight")
    assert [len(page) for page in pages] == [2, 2, 1]
    found = [one for page in pages for one in page]
    assert [one["sha"] for one in found][:4] == list(reversed(pushed))
    assert found[0]["id"] == f"web@{pushed[-1]}"
    assert found[0].keys() == {"id", "warehouse", "sha", "minted_at"}
    assert caller.pages(f"/repos/{REPO}/freight", "freight") == [found]

    promotions = caller.pages(f"/repos/{REPO}/promotions?limit=3&stage=dev", "promotions")
    assert [len(page) for page in promotions] == [3, 2]
    newest = promotions[0][0]
    assert (newest["stage"], newest["freight"]) == ("dev", f"web@{pushed[-1]}")
    assert (newest["state"], newest["commit"]) == ("verified", flow.landed("dev", pushed[-1]))
    assert caller.pages(f"/repos/{REPO}/promotions?stage=none", "promotions") == [[]]


def test_events_come_in_pages_without_a_gap(still: Flow):
    caller = Caller(still)
    every = caller.get("/events?limit=1000")
    found, following = [], "/events?limit=3"
    while following:
        answer = caller("GET", following)
        assert len(answer.json()) <= 3
        found += answer.json()
        following = answer.links.get("next", {}).get("url", "")

    assert len(every) > 6
    assert found == every


def test_an_entry_says_what_was_asked_of_which_stage_and_group(flow: Flow):
    """Programs need not read the words of a comment, nor the name of a run."""
    first = flow.repo(FILES)
    say(flow, first, "/hold dev until 2h a release is on")
    say(flow, first, f"/promote prod {first[:9]}", by="carol")
    say(flow, first, "/unlock e2e-env --force it hangs", by="alice")
    say(flow, first, "/resume dev\n/hold prod the database moves")
    told = Caller(flow).get("/events?limit=1000")

    def asked(actor: str) -> list[tuple[object, ...]]:
        fields = ("verb", "stage", "freight", "group", "reason", "outcome")
        said = [one for one in reversed(told) if one["via"] == "comment" and one["actor"] == actor]
        return [tuple(one[name] for name in fields) for one in said]

    assert asked("bob") == [
        ("hold", "dev", None, None, "a release is on", "done"),
        ("command", None, None, None, None, "done"),
    ]
    assert asked("carol") == [("promote", "prod", first[:9], None, None, "refused")]
    assert asked("alice") == [("unlock", None, None, "e2e-env", "it hangs", "done")]
    effects = {one["verb"]: one for one in told if one["via"] == "app"}
    assert effects["grant"]["group"] == "e2e-env"
    ended = effects["end-request"]
    assert (ended["group"], ended["actor"], ended["reason"]) == ("e2e-env", "alice", "it hangs")
    runs = {(one["stage"], one["group"]) for one in told if one["verb"] == "run"}
    assert {("dev", None), ("e2e", None), (None, "e2e-env")} <= runs


def test_a_repository_at_rest_is_described_without_a_write(flow: Flow):
    first = flow.repo(FILES)
    flow.finish(flow.landed("e2e", first), "e2e")
    told = Caller(flow).get(f"/repos/{REPO}/pipeline")

    with flow.app.store.database.write("write no more") as connection:
        for verb in ("INSERT", "UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER no_{verb} BEFORE {verb} ON views"
                " BEGIN SELECT RAISE(ABORT, 'a write at rest'); END"
            )

    flow.sweep()
    flow.passes(hours=5)

    assert Caller(flow).get(f"/repos/{REPO}/pipeline") == told


def test_without_a_pipeline_file_there_is_nothing_to_read(flow: Flow):
    flow.repo({"stagelock.yaml": pipeline("  dev: {path: stages/dev}\n"), "apps/web/a": "0"})
    assert Caller(flow)("GET", f"/repos/{REPO}/pipeline").status_code == 200
    flow.push({"stagelock.yaml": None})

    assert Caller(flow)("GET", f"/repos/{REPO}/pipeline").status_code == 404
    assert Caller(flow).get("/locks") == {"locks": []}


def test_every_answer_has_the_form_that_the_description_gives(still: Flow):
    caller = Caller(still)
    description = caller.get("/openapi.json")
    values = {
        "{scope}": f"repo-{still.world.repo(REPO).id}",
        "{group}": "floor",
        "{owner}/{repo}": REPO,
        "{stage}": "two",
        "{event}": caller.get("/events")[0]["id"],
    }
    tried = set()
    for path, operations in description["paths"].items():
        if "get" not in operations or "{request}" in path or "{command}" in path:
            continue
        url = path
        for name, value in values.items():
            url = url.replace(name, value)
        answer = caller("GET", url, prefix="")
        assert answer.status_code == 200, (url, answer.text)
        assert_form(description, "get", path, answer.json(), 200)
        tried.add(path)
    assert len(tried) == 8
    refused = Caller(still, "")("GET", "/locks").json()
    assert_form(description, "get", "/api/v1/locks", refused, 401)
