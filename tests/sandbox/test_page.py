"""The page shows what happened, and lets people act."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.sandbox.page.markdown import render
from app.sandbox.people.world import World
from app.sandbox.serve.server import Sandbox
from tests.sandbox.support import Client

BUTTON = {"label": "Retry", "description": "Try it again", "identifier": "retry"}


@pytest.fixture
def browser(client: Client, sandbox: Sandbox) -> FlaskClient:
    return sandbox.flask.test_client()


def test_a_commit_shows_its_checks(browser: FlaskClient, world: World) -> None:
    sha = world.push("acme/shop", "main", {"a": "1"}, message="Sell <b>socks</b>")
    world.finish_check("acme/shop", sha, "build", output={"title": "12 tests", "summary": "ok"})
    text = browser.get("/acme/shop").text
    assert "Sell &lt;b&gt;socks" in text
    assert "12 tests" in text
    assert browser.get(f"/acme/shop/commit/{sha[:8]}").status_code == 200
    assert browser.get("/", follow_redirects=True).status_code == 200
    assert browser.get("/acme/shop/deliveries").status_code == 200


def test_people_comment_as_whom_they_choose(browser: FlaskClient, world: World) -> None:
    sha = str(world.tip("acme/shop", "main"))
    browser.post("/_me", data={"who": "carol", "back": "/acme/shop"})
    form = {"sha": sha, "body": "/why prod", "back": f"/acme/shop/commit/{sha}"}
    answer = browser.post("/acme/shop/_comment", data=form)
    assert answer.status_code == 303
    assert [(c.user.login, c.body) for c in world.comments("acme/shop", sha)] == [
        ("carol", "/why prod")
    ]
    assert "/why prod" in browser.get(f"/acme/shop/commit/{sha}").text


def test_a_button_is_pressed_by_those_who_may(
    browser: FlaskClient, client: Client, world: World
) -> None:
    sha = world.tip("acme/shop", "main")
    body = {"name": "x", "head_sha": sha, "conclusion": "failure", "actions": [BUTTON]}
    number = client.post("/repos/acme/shop/check-runs", body).json["id"]
    form = {"run": str(number), "identifier": "retry", "back": f"/acme/shop/runs/{number}"}
    assert "Try it again" in browser.get(f"/acme/shop/runs/{number}").text
    assert browser.post("/acme/shop/_press", data=form).status_code == 303
    assert world.deliveries[-1].action == "requested_action"
    browser.post("/_me", data={"who": "carol"})
    refused = browser.post("/acme/shop/_press", data=form)
    assert refused.status_code == 403
    assert "only read access" in refused.text


def test_a_pull_request_is_reviewed_merged_and_closed(browser: FlaskClient, world: World) -> None:
    world.push("acme/shop", "topic", {"b": "1"}, parent=world.tip("acme/shop", "main"))
    pull = world.open_pull("acme/shop", "topic", title="Add b")
    assert "Squash and merge" in browser.get("/acme/shop/pull/1").text
    back = {"number": "1", "back": "/acme/shop/pull/1"}
    browser.post("/acme/shop/_review", data={**back, "event": "APPROVE"})
    browser.post("/acme/shop/_state", data={**back, "state": "closed"})
    assert pull.state == "closed"
    browser.post("/acme/shop/_state", data={**back, "state": "open"})
    form = {**back, "method": "squash", "sha": pull.head_sha}
    assert browser.post("/acme/shop/_merge", data=form).status_code == 303
    assert pull.merged_at is not None
    assert browser.post("/acme/shop/_merge", data=form).status_code == 405


def test_the_version_moves_when_something_happens(browser: FlaskClient, world: World) -> None:
    before = browser.get("/_version").json
    world.push("acme/shop", "main", {"a": "1"})
    assert browser.get("/_version").json != before


def test_forms_return_to_this_server_only(browser: FlaskClient) -> None:
    tricks = ("/\t/evil.example", "/\n/evil.example", "/x\\..\\evil.example", "\t//evil.example")
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", *tricks):
        answer = browser.post("/_me", data={"who": "bob", "back": back})
        assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ('[x](https://a/"onclick=1)', '<p><a href="https://a/%22onclick=1">x</a></p>'),
        ("**b** `*c*`", "<p><strong>b</strong> <code>*c*</code></p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("```\n<x>\n```", "<pre><code>&lt;x&gt;</code></pre>"),
        ("# T", "<h3>T</h3>"),
        (
            "| a | b |\n|---|---|\n| 1 | `x` |",
            "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td><code>x</code></td></tr></tbody></table>",
        ),
        ("stages_dev_x is kept", "<p>stages_dev_x is kept</p>"),
        ("see <!-- hidden --> it", "<p>see  it</p>"),
        ("a <img src=x onerror=a()>", "<p>a &lt;img src=x onerror=a()&gt;</p>"),
        ("<!-- a --> <script>", "&lt;!-- a --&gt; &lt;script&gt;"),
        ("<sub>x</sub>", "<p><sub>x</sub></p>"),
    ],
)
def test_markdown_becomes_safe_html(text: str, html: str) -> None:
    assert str(render(text)).replace("\n", "") == html
