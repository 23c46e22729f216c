"""The sandbox's page in a real browser, with the real App behind it: what a person would do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.person import patient
from tests.flows.harness import REPO, Flow, flowing

PIPELINE = """\
version: 1
warehouses:
  web: {paths: [apps/web/]}
stages:
  dev:
    path: stages/dev
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
  ready:
    needs: [dev]
    path: stages/ready
    auto: false
  prod:
    needs: [dev]
    path: stages/prod
    via: pull-request
"""


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """A repository whose first commit has travelled as far as it can without people."""
    with flowing(tmp_path_factory.mktemp("browser")) as made:
        made.repo({"stagelock.yaml": PIPELINE, "apps/web/index.html": "one"})
        yield made


@pytest.fixture
def page(chromium, flow: Flow) -> Iterator[Page]:
    """A fresh profile; whatever the page logs as an error fails the test."""
    opened = patient(chromium.new_page())
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(f"{flow.sandbox.url}/{REPO}")
    yield opened
    opened.close()
    assert errors == []


def posts(page: Page, button: str) -> None:
    """Click it, until the server has answered: what it does is done."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name=button, exact=True).click()


def test_the_commit_list_is_the_pipeline(page: Page):
    """Every stage is a line below the commit, with its answer: no click is needed."""
    first = page.locator("ol.commits > li").last
    assert "stagelock / dev" in first.inner_text()
    assert "verified" in first.inner_text()
    assert "ready for ready: /promote ready" in first.inner_text()


def test_a_comment_is_answered_on_the_page_without_a_reload(page: Page, flow: Flow):
    """The reply appears by itself, with the table of stages."""
    page.locator(f"a[href='/{REPO}/pull/1']").first.click()
    page.get_by_label("Comment as alice").fill("/stagelock status")
    posts(page, "Comment")
    flow.settle()

    reply = page.locator("article.comment.bot")
    reply.wait_for()
    assert "dev" in reply.inner_text()
    assert reply.locator("table").count() == 1


def test_the_promote_button_promotes(page: Page, flow: Flow):
    """A person starts what waits for one, on the check run itself."""
    page.locator("a.chip", has_text="stagelock / ready").last.click()
    posts(page, "Promote")
    flow.settle()

    assert flow.world.tree(REPO, "main", "stages/ready") == {"stages/ready/web/index.html": b"one"}


def test_a_person_merges_production(page: Page, flow: Flow):
    """The pull request's page says that nothing stands against it, and merges it."""
    page.locator(f"a[href='/{REPO}/pull/1']").first.click()
    posts(page, "Merge")
    flow.settle()

    page.goto(f"{flow.sandbox.url}/{REPO}")
    assert "merged" in page.locator(".state").first.inner_text()
    assert flow.world.tree(REPO, "main", "stages/prod")


def test_a_reader_is_told_why_a_button_did_nothing(page: Page, flow: Flow):
    """Switching to carol, who may read only: the click is answered, nothing is promoted."""
    flow.push({"apps/web/index.html": "two"})
    before = flow.world.tree(REPO, "main", "stages/ready")  # as other tests have left it, if any
    page.get_by_label("You are").select_option("carol")
    page.locator("a.chip", has_text="stagelock / ready").first.click()
    posts(page, "Promote")

    page.locator("main").get_by_text("only read access").wait_for()
    flow.settle()
    assert flow.world.tree(REPO, "main", "stages/ready") == before
