"""More than 100 of everything: lists are read to their end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.sandbox.demo.launch import SLUG
from tests.contracts.standing import SHOP

MANY = 103


def test_all_check_runs_and_statuses_of_a_commit_are_read(stand):
    for number in range(MANY):
        stand.world.finish_check(SHOP, stand.sha, f"job {number}")
        stand.world.set_status(SHOP, stand.sha, f"status {number}", "success")
    names = {run.name for run in stand.forge.checks(stand.repo, stand.sha).runs}
    assert names == {f"{kind} {n}" for kind in ("job", "status") for n in range(MANY)}


def test_all_open_pull_requests_are_read(stand):
    for number in range(MANY):
        stand.world.branch(SHOP, f"b{number}")
        stand.world.push(SHOP, f"b{number}", {f"f{number}": b"1"})
        stand.world.open_pull(SHOP, f"b{number}")
    assert len({pull.number for pull in stand.forge.open_pulls(stand.repo)}) == MANY


def test_all_comments_are_read(stand):
    before = datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251 # the sandbox's clock
    stand.world.branch(SHOP, "b")
    stand.world.push(SHOP, "b", {"f": b"1"})
    pull = stand.world.open_pull(SHOP, "b")
    for number in range(MANY):
        stand.world.comment(SHOP, pull.number, f"pull {number}")
        stand.world.comment(SHOP, stand.sha, f"commit {number}")
    bodies = {comment.body for comment in stand.forge.comments_since(stand.repo, before)}
    assert bodies == {f"{kind} {n}" for kind in ("pull", "commit") for n in range(MANY)}


def test_all_repositories_and_installations_are_read(stand):
    for number in range(MANY):
        stand.world.create_repo(f"acme/r{number}")
        stand.world.create_repo(f"org{number}/r")
    found = stand.forge.repositories(stand.repo.installation_id)
    assert {fact.repo.name for fact in found} == {"shop"} | {f"r{n}" for n in range(MANY)}
    accounts = {installation.account for installation in stand.forge.installations()}
    assert accounts == {"acme"} | {f"org{n}" for n in range(MANY)}


def test_an_empty_repository_has_nothing_and_raises_nothing(stand):
    made = stand.world.create_repo("acme/empty")
    [fact] = [
        f for f in stand.forge.repositories(stand.repo.installation_id) if f.repo.id == made.id
    ]
    assert stand.forge.open_pulls(fact.repo) == ()
    long_ago = datetime.now(UTC) - timedelta(days=1)  # noqa: TID251
    assert stand.forge.comments_since(fact.repo, long_ago) == ()


def test_checks_of_many_apps_are_read(stand):
    """A suite each: the newest attempt is judged by its suite."""
    for number in range(MANY):
        stand.world.finish_check(SHOP, stand.sha, "job", app=f"ci-{number}")
    found = stand.forge.checks(stand.repo, stand.sha)
    assert len({run.suite_id for run in found.runs if run.name == "job"}) == MANY


def test_all_reviews_of_a_pull_request_are_read(stand):
    stand.world.branch(SHOP, "b")
    stand.world.push(SHOP, "b", {"many": b"1"})
    pull = stand.world.open_pull(SHOP, "b")
    for number in range(MANY):
        stand.world.review(SHOP, pull.number, "COMMENT", f"{number}", by="alice")
    stand.world.review(SHOP, pull.number, "APPROVE", by="carol")

    reviews = stand.forge.reviews(stand.repo, pull.number)
    assert len(reviews) == MANY + 1
    assert reviews[-1].state == "APPROVED"


def test_all_pull_requests_of_a_commit_are_read(stand):
    stand.world.branch(SHOP, "head")
    sha = stand.world.push(SHOP, "head", {"f": b"1"})
    for number in range(MANY):
        stand.world.branch(SHOP, f"base{number}")
        stand.world.open_pull(SHOP, "head", base=f"base{number}")
    assert len({pull.number for pull in stand.forge.pulls_of(stand.repo, sha)}) == MANY


def test_all_failed_deliveries_are_found(stand):
    before = datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251
    stand.world.set_webhook(SLUG, "http://127.0.0.1:9/github/webhook")
    stand.world.weather.lost = lambda _: True
    for number in range(MANY):
        stand.world.set_status(SHOP, stand.sha, f"status {number}", "success")
    stand.world.flush()
    sent = {delivery.guid for delivery in stand.world.deliveries if delivery.event == "status"}
    assert len(sent) == MANY
    assert sent <= {guid for _, guid in stand.forge.failed_deliveries(before)}
