"""Webhook deliveries: only GitHub's count, and whatever happens to them, the trees are the same."""

from __future__ import annotations

import http.client
import itertools
import json
from urllib.parse import urlsplit

import pytest

from tests.flows.harness import ONE_BRANCH, REPO, Flow, flowing
from tests.processes import PATIENCE, signed

FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
GUIDS = (f"by-hand-{number}" for number in itertools.count())


def send(flow: Flow, body: bytes, event: str = "push", **headers: str) -> int:
    """Deliver by hand; the status."""
    where = urlsplit(flow.webhook)
    link = http.client.HTTPConnection(where.netloc, timeout=PATIENCE)
    named = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": next(GUIDS),
    }
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    link.request("POST", where.path, body, named)
    answer = link.getresponse()
    answer.read()
    link.close()
    return answer.status


def stored(flow: Flow) -> int:
    """How many deliveries are in the database."""
    with flow.app.store.database.read("count") as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM deliveries").scalar() or 0


def payload(flow: Flow) -> bytes:
    """What a real push looked like."""
    return json.dumps(next(d.payload for d in flow.world.deliveries if d.event == "push")).encode()


def test_what_github_did_not_sign_changes_nothing(flow: Flow):
    """Forged, unsigned, by SHA-1, by another secret, or signed for another body."""
    flow.repo(FILES)
    body, before = payload(flow), stored(flow)
    for headers in (
        {},
        {"X_Hub_Signature_256": "sha256=" + "0" * 64},
        {"X_Hub_Signature": signed(flow.secret, body, "sha1")},
        {"X_Hub_Signature_256": signed(flow.secret, body, "sha1")},
        {"X_Hub_Signature_256": signed("another", body)},
        {"X_Hub_Signature_256": signed(flow.secret, body + b" ")},
        {"X_Hub_Signature_256": signed("", body)},
    ):
        assert send(flow, body, **headers) == 401
    assert stored(flow) == before
    assert flow.worker.run_until_idle(5) == 0


def test_what_cannot_be_read_is_refused(flow: Flow):
    flow.repo(FILES)
    before = stored(flow)
    for body in (b"", b"{", b"[]", b"\xff", b"[" * 5000):
        assert send(flow, body, X_Hub_Signature_256=signed(flow.secret, body)) == 400
    large = b" " * (27 * 1024 * 1024)
    assert send(flow, large, X_Hub_Signature_256=signed(flow.secret, large)) == 413
    assert stored(flow) == before


def test_unknown_events_and_actions_are_recorded_and_ignored(flow: Flow):
    flow.repo(FILES)
    before, calls = stored(flow), len(flow.sandbox.exchanges)
    thing = json.loads(payload(flow)) | {"action": "invented"}
    body = json.dumps(thing).encode()
    for event in ("star", "invented", "issue_comment", "pull_request"):
        signature = signed(flow.secret, body)
        assert send(flow, body, event, X_Hub_Signature_256=signature) == 202
    flow.settle()
    assert stored(flow) == before + 4
    assert len(flow.sandbox.exchanges) == calls


def test_a_payload_that_lacks_what_we_need_does_no_harm(flow: Flow):
    """Signed and JSON, but not of GitHub's shape: noted, and the next push goes on."""
    flow.repo(FILES)
    repo_id = flow.world.repo(REPO).id
    for event in ("issue_comment", "check_run", "push", "repository"):
        thing = {"action": "created", "repository": {"id": repo_id, "full_name": 7}}
        body = json.dumps(thing).encode()
        assert send(flow, body, event, X_Hub_Signature_256=signed(flow.secret, body)) == 202
    second = flow.push({"apps/web/index.html": "two"})
    assert flow.landed("dev", second)


def test_both_secrets_count_during_a_rotation(tmp_path):
    with flowing(tmp_path) as flow:
        flow.environ = {
            **flow.environ,
            "STAGELOCK_WEBHOOK_SECRET": f"{flow.environ['STAGELOCK_WEBHOOK_SECRET']},newer",
        }
        flow.boot()
        client = flow.app.web().test_client()
        for secret, status in ((flow.secret, 202), ("newer", 202), ("older", 401)):
            body = json.dumps({"zen": secret}).encode()
            answer = client.post(
                "/github/webhook",
                data=body,
                content_type="application/json",
                headers={
                    "X-GitHub-Event": "star",
                    "X-GitHub-Delivery": next(GUIDS),
                    "X-Hub-Signature-256": signed(secret, body),
                },
            )
            assert answer.status_code == status


def e2e_passes(flow: Flow) -> None:
    """The check of whatever landed in e2e ends well; then everything comes to rest."""
    for _ in range(3):
        for promotion in flow.promotions():
            if promotion.stage == "e2e" and promotion.landed and promotion.state == "verifying":
                flow.world.finish_check(REPO, promotion.landed, "e2e")
        flow.passes(minutes=6)
        flow.sweep()


@pytest.mark.parametrize("weather", ["lost", "doubled", "shuffled"])
def test_weather_changes_nothing_about_where_things_end(flow: Flow, weather: str):
    """Pushes and checks dropped, doubled and shuffled: the same trees at rest."""
    turns = itertools.count()
    if weather == "lost":
        flow.world.weather.lost = lambda d: not d.redelivery and next(turns) % 3 != 0
    if weather == "doubled":
        flow.world.weather.doubled = lambda _: True
    flow.repo(FILES)
    e2e_passes(flow)
    if weather == "shuffled":
        flow.world.hold_deliveries()
    for text in ("two", "three"):
        flow.world.push(REPO, "main", {"apps/web/index.html": text})
    flow.world.release_deliveries(shuffle=7)
    flow.settle()
    e2e_passes(flow)

    tree = flow.world.tree(REPO, "main")
    for stage in ("dev", "e2e", "prod"):
        assert tree[f"stages/{stage}/web/index.html"] == b"three"
    promoted = [subject for subject in flow.subjects() if subject.startswith("Promote")]
    assert len(promoted) == len(set(promoted))


ONE_STAGE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
    verify: {checks: [smoke]}
"""


def test_no_look_follows_what_a_look_has_shown(flow: Flow):
    """Rule N43: the runs that it wrote are delivered to us, too, and are no news."""
    flow.world.ci.job("smoke", paths=("stages/dev",), lasts=None)
    first = flow.repo({"stagelock.yaml": ONE_STAGE, "apps/web/index.html": "one"})

    flow.ends(flow.landed("dev", first), "smoke")

    calls = [(call.method, call.path) for call in flow.sandbox.exchanges]
    shown = max(n for n, (method, _) in enumerate(calls) if method in {"POST", "PATCH"})
    assert calls[shown][1].rpartition("/check-runs")[1], calls[shown]
    assert flow.state(first, "dev") == "success"
    assert calls[shown + 1 :] == []
