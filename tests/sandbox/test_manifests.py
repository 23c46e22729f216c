"""Apps that are made from a manifest: https://docs.github.com/apps (the manifest flow)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.sandbox.github.model import Refusal
from app.sandbox.serve.server import Sandbox
from tests.sandbox.schema import assert_matches
from tests.setup.person import Person

MANIFEST: dict[str, Any] = {  # JSON
    "name": "Our Promoter",
    "url": "https://stagelock.acme.example",
    "hook_attributes": {"url": "http://127.0.0.1:9/github/webhook", "active": True},
    "redirect_url": "http://127.0.0.1:9/setup/callback",
    "setup_url": "http://127.0.0.1:9/setup",
    "public": False,
    "default_permissions": {"checks": "write", "contents": "write"},
    "default_events": ["push"],
}


class Time:
    def __init__(self):
        self.now = datetime(2026, 11, 27, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def sandbox(tmp_path, time):
    with Sandbox(tmp_path / "github", now=time) as made:
        yield made


def code_of(sandbox, **changed):
    """As a person confirms it; what comes back in the address."""
    asked = sandbox.world.asked({**MANIFEST, **changed}, "acme", "Organization", "a state")
    back = sandbox.world.confirmed(asked, asked.name)
    assert back.startswith("http://127.0.0.1:9/setup/callback?")
    return parse_qs(urlsplit(back).query)


def converted(sandbox, code):
    made = Person()
    made.opens(f"{sandbox.api_url}/app-manifests/{code}/conversions", b"")
    return made.status, json.loads(made.text)


def test_the_code_comes_back_with_the_state_and_is_good_for_the_app_once(sandbox):
    query = code_of(sandbox)
    assert query["state"] == ["a state"]

    status, told = converted(sandbox, query["code"][0])
    assert status == 201
    assert (told["slug"], told["owner"]["login"]) == ("our-promoter", "acme")
    assert told["permissions"] == {"metadata": "read", **MANIFEST["default_permissions"]}
    assert told["events"] == ["push"]
    assert told["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert told["webhook_secret"]
    assert told["client_secret"]
    assert_matches("apps/get-authenticated", 200, told, "2022-11-28")
    assert converted(sandbox, query["code"][0])[0] == 404
    assert converted(sandbox, "no-such")[0] == 404


def test_a_code_is_good_for_an_hour(sandbox, time):
    code = code_of(sandbox)["code"][0]
    time.now += timedelta(hours=1, seconds=1)
    assert converted(sandbox, code)[0] == 404


def test_a_ping_is_sent_to_the_new_webhook(sandbox):
    code_of(sandbox)
    sandbox.world.flush()

    [ping] = sandbox.world.deliveries
    assert (ping.event, ping.payload["hook"]["type"]) == ("ping", "App")
    assert ping.payload["hook"]["events"] == ["push"]


@pytest.mark.parametrize(
    "wrong",
    [{"url": None}, {"redirect_url": "nowhere"}, {"hook_attributes": {}}, {"hook_attributes": 1}],
)
def test_what_is_no_manifest_is_refused(sandbox, wrong):
    with pytest.raises(Refusal) as no:
        sandbox.world.asked({**MANIFEST, **wrong}, "acme", "Organization", "")
    assert no.value.status == 422


def test_a_name_is_taken_once(sandbox):
    code_of(sandbox)
    with pytest.raises(Refusal, match="already taken"):
        code_of(sandbox)


def test_it_is_installed_on_its_owners_repositories(sandbox):
    code_of(sandbox, setup_url="")
    for name in ("acme/shop", "acme/api", "other/lib"):
        sandbox.world.create_repo(name, {"a": "1"}, install=False)
    ana = Person().opens(f"{sandbox.url}/apps/our-promoter/installations/new")
    assert "other/lib" not in ana.text.partition("<main>")[2]
    ana.presses("Install")

    assert ana.status == 200
    one = sandbox.world.installation("our-promoter")
    names = {sandbox.hub.repos[number].full_name for number in one.repo_ids}
    assert names == {"acme/shop", "acme/api"}


def test_a_manifest_that_any_page_posts_changes_nothing(sandbox):
    before = set(sandbox.hub.apps)
    ana = Person()
    ana.opens(
        f"{sandbox.url}/organizations/acme/settings/apps/new?state=x",
        b"manifest=" + json.dumps(MANIFEST).replace("&", "%26").encode(),
    )
    assert "Create a GitHub App for acme" in ana.text
    assert set(sandbox.hub.apps) == before
    ana.silent = True  # as a page elsewhere may be
    assert ana.opens(f"{sandbox.url}/_register", b"ticket=x").status == 403
