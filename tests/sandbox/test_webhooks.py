"""Webhooks are signed, ordered, remembered, and can go wrong on demand."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from app.sandbox.people.world import World
from tests.sandbox.support import SECRET, Client, Ear


def test_deliveries_are_signed_and_named(client: Client, world: World, ear: Ear) -> None:
    world.flush()
    headers, body = ear.heard[0]
    expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={expected}"
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(client.credentials.app_id)
    guids = [h["X-GitHub-Delivery"] for h, _ in ear.heard]
    assert len(set(guids)) == len(guids)
    assert ear.events() == [
        "installation.created",
        "repository.created",
        "create",
        "push",
        "check_suite.requested",
    ]


def test_failed_deliveries_are_listed_and_redelivered(
    client: Client, world: World, ear: Ear
) -> None:
    world.flush()
    ear.answer = 500
    world.push("acme/shop", "main", {"a": "1"})
    world.flush()
    ear.answer = 202
    listed = client.app("GET", "/app/hook/deliveries?per_page=100").json
    failed = [d for d in listed if d["status_code"] == 500]
    assert {d["event"] for d in failed} == {"push", "check_suite"}
    push = next(d for d in failed if d["event"] == "push")
    assert client.app("POST", f"/app/hook/deliveries/{push['id']}/attempts").status == 202
    world.flush()
    newest = client.app("GET", "/app/hook/deliveries?per_page=1").json[0]
    assert (newest["guid"], newest["redelivery"]) == (push["guid"], True)
    assert newest["status_code"] == 202
    again = client.app("GET", f"/app/hook/deliveries/{newest['id']}").json
    assert again["request"]["payload"]["ref"] == "refs/heads/main"


def test_deliveries_page_by_cursor(client: Client, world: World) -> None:
    world.flush()
    first = client.app("GET", "/app/hook/deliveries?per_page=2")
    assert 'rel="next"' in first.headers["Link"]
    cursor = first.headers["Link"].partition("cursor=")[2].partition(">")[0]
    second = client.app("GET", f"/app/hook/deliveries?per_page=2&cursor={cursor}")
    ids = [d["id"] for d in first.json + second.json]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 4


def test_weather_loses_doubles_holds_and_shuffles(client: Client, world: World, ear: Ear) -> None:
    world.flush()
    ear.heard.clear()
    world.weather.lost = lambda d: d.event == "push"
    world.weather.doubled = lambda d: d.event == "check_suite"
    world.push("acme/shop", "main", {"a": "1"})
    world.flush()
    assert ear.events() == ["check_suite.requested"] * 2
    world.weather.lost = world.weather.doubled = None
    ear.heard.clear()
    world.hold_deliveries()
    shas = [world.push("acme/shop", "main", {"a": str(n)}) for n in range(5)]
    world.flush()
    assert ear.heard == []
    world.release_deliveries(shuffle=7)
    world.flush()
    heard = [p["after"] for p in ear.payloads("push")]
    assert heard != shas
    assert sorted(heard) == sorted(shas)


def test_a_suspended_installation_hears_nothing_more(
    client: Client, world: World, ear: Ear
) -> None:
    client.get("/repos/acme/shop")
    world.suspend_installation("stagelock")
    world.push("acme/shop", "main", {"a": "1"})
    world.flush()
    assert ear.events()[-1] == "installation.suspend"
    assert client.get("/repos/acme/shop").status == 403
    world.unsuspend_installation("stagelock")
    assert client.get("/repos/acme/shop").status == 200


def test_buttons_go_to_their_own_app_only(client: Client, world: World, ear: Ear) -> None:
    other = Ear()
    try:
        world.register_app("scanner", other.url, "s", {"checks": "write"})
        world.install("scanner", "acme/shop")
        sha = world.tip("acme/shop", "main")
        button = {"label": "Retry", "description": "Again", "identifier": "retry"}
        client.post("/repos/acme/shop/check-runs", {
            "name": "x", "head_sha": sha, "conclusion": "failure", "actions": [button],
        })  # fmt: skip
        world.press("acme/shop", (str(sha), "x"), "retry", by="bob")
        world.flush()
    finally:
        other.close()
    assert "check_run.completed" in other.events()
    assert "check_run.requested_action" not in other.events()
    pressed = ear.payloads("check_run")[-1]
    assert pressed["requested_action"] == {"identifier": "retry"}
    assert pressed["sender"]["login"] == "bob"
    assert json.dumps(pressed).count("webhook-secret") == 0


def test_webhooks_never_leave_this_machine(world: World) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        world.register_app("leaky", "http://example.com/hook", "s", {})
