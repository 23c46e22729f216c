"""Lock groups of an organisation: one queue over its repositories, from the contract's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.calling import Caller, served
from tests.flows.harness import REPO, Flow
from tests.flows.locking import locked
from tests.flows.organization import API, HOME, ONE, THIRD, defined, files, live, says
from tests.flows.pipelines import pipeline
from tests.flows.words import replies, say

LEAVING = ("archived", "transferred")


def leaves(flow: Flow, repo: str, how: str) -> str:
    """Nobody looks at it from now on; its name then."""
    moved = repo if how == "archived" else repo.replace("acme", "elsewhere")
    if how == "archived":
        flow.world.archive_repo(repo)
    else:
        flow.world.transfer_repo(repo, "elsewhere")  # where the App is not
    flow.settle()
    return moved


def comes_back(flow: Flow, moved: str, how: str) -> None:
    if how == "archived":
        flow.world.unarchive_repo(moved)
    else:
        flow.world.transfer_repo(moved, "acme")
    flow.sweep()


def test_two_repositories_share_one_queue_and_a_release_wakes_the_other(flow: Flow):
    defined(flow)
    first = flow.repo(files("one"))
    second = flow.repo(files("two"), API)

    assert live(flow, REPO) == [("one", "held")]
    assert live(flow, API) == [("two", "queued")]
    run = flow.shown(second, "lock / e2e-env", API)
    assert (run.title or "").startswith("1st of 1, held by another repository of acme since ")
    assert "shop" not in (run.title or "") + (run.summary or "")
    stage = flow.shown(second, "two", API)
    assert "shop" not in (stage.title or "") + (stage.summary or "")

    flow.finish(flow.landed("one", first), "one")
    assert live(flow, REPO) == []
    assert live(flow, API) == [("two", "held")]
    assert flow.shown(first, "lock / e2e-env").conclusion == "success"
    [mine] = flow.requests(REPO)
    [theirs] = flow.requests(API)
    assert [*theirs.tokens.values()] > [*mine.tokens.values()]


def test_a_public_repository_is_called_by_its_name(flow: Flow):
    defined(flow)
    flow.world.repo(HOME)
    flow.repo(files("one"))
    flow.world.repo(REPO).private = False
    flow.look()
    second = flow.repo(files("two"), API)
    title = flow.title(second, "lock / e2e-env", API)
    assert title.startswith(f"1st of 1, held by {REPO} one since ")


def test_after_a_crash_nobody_is_let_in_twice_and_the_queue_goes_on(flow: Flow):
    defined(flow)
    first = flow.repo(files("one"))
    flow.repo(files("two"), API)
    flow.reboot()
    flow.look()
    assert (live(flow, REPO), live(flow, API)) == ([("one", "held")], [("two", "queued")])
    flow.world.finish_check(REPO, flow.landed("one", first), "one", "success")
    flow.reboot()
    flow.settle()
    assert (live(flow, REPO), live(flow, API)) == ([], [("two", "held")])


def test_a_group_that_is_not_defined_there_is_refused_and_waited_for(flow: Flow):
    """Nothing is granted, nothing fails; once it is defined, both go on by themselves."""
    defined(flow, "version: 1\nlocks:\n  other: {permits: 1}\n")
    first = flow.repo(files("one"))

    run = flow.shown(first, "config")
    assert run.conclusion == "failure"
    assert "e2e-env is not defined in stagelock-locks.yaml of acme/.github" in (run.summary or "")
    assert live(flow, REPO) == [("one", "queued")]
    assert "is not defined in" in (flow.shown(first, "one").summary or "")

    says(flow, ONE)
    assert live(flow, REPO) == [("one", "held")]
    assert flow.shown(first, "config").conclusion == "success"


def test_without_the_app_there_nothing_is_granted(flow: Flow):
    first = flow.repo(files("one"))
    assert live(flow, REPO) == [("one", "queued")]
    text = flow.shown(first, "one").summary or ""
    assert "the App is not installed on acme/.github" in text

    defined(flow)
    assert live(flow, REPO) == [("one", "held")]


def test_an_invalid_file_leaves_the_newest_valid_version_in_force(flow: Flow):
    defined(flow)
    says(flow, "version: 1\nlocks:\n  e2e-env: {permits: none}\n")
    flow.repo(files("one"))
    assert live(flow, REPO) == [("one", "held")]


def test_a_file_that_goes_ends_no_grant_and_lets_nobody_in(flow: Flow):
    defined(flow)
    first = flow.repo(files("one"))
    second = flow.repo(files("two"), API)
    says(flow, None)
    assert (live(flow, REPO), live(flow, API)) == ([("one", "held")], [("two", "queued")])

    flow.finish(flow.landed("one", first), "one")
    assert (live(flow, REPO), live(flow, API)) == ([], [("two", "queued")])
    assert "is not defined in" in flow.summary(second, "two", API)
    says(flow, ONE)
    assert live(flow, API) == [("two", "held")]


def test_a_group_that_moves_to_the_organisation_is_held_in_both_until_it_ends(flow: Flow):
    """By the table of edits: another scope is a further group."""
    defined(flow)
    second = flow.repo(files("two"), API)  # holds it in the organisation
    own = pipeline(locked("one", "e2e-env") + "locks:\n  e2e-env: {permits: 1}\n")
    flow.repo({"stagelock.yaml": own, "apps/web/a": "1"})
    assert live(flow, REPO) == [("one", "held")]

    flow.push({"stagelock.yaml": files("one")["stagelock.yaml"]})
    [held] = [r for r in flow.requests(REPO) if r.ended_at is None]
    assert len(held.groups) == 2
    flow.world.finish_check(API, flow.landed("two", second, repo=API), "two", "success")
    flow.settle()
    flow.world.push(API, "main", {"apps/web/a": "2"})
    flow.settle()
    assert live(flow, API) == [("two", "queued")]


def test_a_person_takes_it_where_it_is_used_and_everybody_waits(flow: Flow):
    defined(flow)
    first = flow.repo({**files("one"), "apps/web/a": "1"})
    flow.finish(flow.landed("one", first), "one")
    say(flow, first, "/lock e2e-env debugging")
    assert "`e2e-env` is held by `@bob`" in replies(flow, first)[-1]

    second = flow.repo(files("two"), API)
    assert live(flow, API) == [("two", "queued")]
    title = flow.title(second, "lock / e2e-env", API)
    assert "bob" not in title
    assert "debugging" not in flow.summary(second, "lock / e2e-env", API)
    say(flow, first, "/unlock e2e-env")
    assert live(flow, API) == [("two", "held")]
    flow.world.finish_check(API, flow.landed("two", second, repo=API), "two", "success")
    flow.settle()
    say(flow, first, "/unlock e2e-env")
    assert replies(flow, first)[-1].startswith("Not done: nobody holds `e2e-env`, and")


def test_what_a_person_has_since_before_the_scope_was_edited_is_given_back_by_its_name(flow: Flow):
    defined(flow)
    flow.repo(files("two"), API)  # holds that of the organisation
    own = pipeline(locked("one", "e2e-env") + "locks:\n  e2e-env: {permits: 1}\n")
    sha = flow.repo({"stagelock.yaml": own})
    say(flow, sha, "/lock e2e-env debugging")
    flow.push({"stagelock.yaml": files("one")["stagelock.yaml"]})

    say(flow, sha, "/unlock e2e-env")
    assert replies(flow, sha)[-1].startswith("Done: `e2e-env` is free again; it was held by `@bob`")
    assert live(flow, API) == [("two", "held")]


def test_force_needs_maintain_where_it_is_held_or_in_the_organisations_own_repository(flow: Flow):
    defined(flow)
    flow.repo(files("two"), API)
    first = flow.repo(files("one"))
    flow.world.repo(REPO).roles["carol"] = "admin"
    say(flow, first, "/unlock e2e-env --force stuck", by="carol")
    text = replies(flow, first)[-1]
    assert "needs *maintain* where it is held, or in `acme/.github`; there you have" in text
    assert "another repository of acme" in text
    assert "api" not in text
    assert live(flow, API) == [("two", "held")]

    flow.world.repo(HOME).roles["carol"] = "maintain"
    say(flow, first, "/unlock e2e-env --force stuck", by="carol")
    assert "was taken away from `another repository of acme`" in replies(flow, first)[-1]
    assert (live(flow, API), live(flow, REPO)) == ([], [("one", "held")])


def test_force_goes_by_the_number_of_whoever_commanded_and_not_by_their_name(flow: Flow):
    """A name that passed on to somebody else before our look brings no right along."""
    defined(flow)
    flow.repo(files("two"), API)
    first = flow.repo(files("one"))
    flow.world.repo(REPO).roles["carol"] = "write"
    flow.world.comment(REPO, first, "/unlock e2e-env --force stuck", by="carol")
    flow.world.flush()  # it is known by now who said it
    flow.world.rename_user("carol", "caroline")
    flow.world.set_role(HOME, "carol", "admin")  # somebody else
    flow.settle()

    assert "needs *maintain* where it is held" in replies(flow, first)[-1]
    assert live(flow, API) == [("two", "held")]


def test_who_is_called_otherwise_now_may_still_force(flow: Flow):
    defined(flow)
    flow.repo(files("two"), API)
    first = flow.repo(files("one"))
    flow.world.repo(HOME).roles["carol"] = "maintain"
    flow.world.comment(REPO, first, "/unlock e2e-env --force stuck", by="carol")
    flow.world.flush()
    flow.world.rename_user("carol", "caroline")
    flow.settle()

    assert (live(flow, API), live(flow, REPO)) == ([], [("one", "held")])


@pytest.mark.parametrize("how", LEAVING)
def test_who_waits_in_a_repository_that_nobody_looks_at_stops_nobody(flow: Flow, how: str):
    """It could not take its turn; back again, it has its old place."""
    defined(flow)
    first = flow.repo(files("one"))
    flow.repo(files("two"), API)
    flow.repo(files("three"), THIRD)
    moved = leaves(flow, API, how)
    flow.finish(flow.landed("one", first), "one")
    flow.sweep()
    assert live(flow, THIRD) == [("three", "held")]
    assert live(flow, moved) == [("two", "queued")]

    flow.push({"apps/web/a": "2"})  # asks later than the one that was away
    comes_back(flow, moved, how)
    third = flow.newest(THIRD)
    flow.world.finish_check(THIRD, flow.landed("three", third, repo=THIRD), "three", "success")
    flow.settle()
    assert (live(flow, API), live(flow, REPO)) == ([("two", "held")], [("one", "queued")])


@pytest.mark.parametrize("how", LEAVING)
def test_a_grant_of_a_repository_that_nobody_looks_at_ends_by_force_alone(flow: Flow, how: str):
    """Its own plan, which ends a stage's grant elsewhere, is made by nobody."""
    defined(flow)
    second = flow.repo(files("two"), API)
    first = flow.repo(files("one"))
    moved = leaves(flow, API, how)
    flow.world.finish_check(moved, flow.landed("two", second, repo=moved), "two", "success")
    flow.sweep()
    assert (live(flow, moved), live(flow, REPO)) == ([("two", "held")], [("one", "queued")])

    flow.world.repo(HOME).roles["carol"] = "maintain"
    say(flow, first, "/unlock e2e-env --force it went away", by="carol")
    assert live(flow, REPO) == [("one", "held")]
    [taken] = flow.requests(moved)
    assert (taken.state, taken.ended_by) == ("forced", "carol")


def test_a_ci_job_shares_the_queue_with_the_stages_of_two_repositories(tmp_path: Path):
    """Over real HTTP, by the organisation's number or name; a lock-only token learns no name."""
    with served(tmp_path) as flow:
        defined(flow)
        number = flow.world.repo(HOME).owner.id
        job, other = Caller(flow, "lock-you"), Caller(flow, "read-me")
        where = f"/locks/org-{number}/e2e-env"
        granted = job("POST", f"{where}/requests", {"owner": "job-1"}).json()
        assert granted["state"] == "held"
        first = flow.repo(files("one"))
        assert live(flow, REPO) == [("one", "queued")]
        [holder] = other("GET", where).json()["holders"]
        assert (holder["kind"], holder["token"]) == ("client", granted["token"])

        late = job("POST", f"{where}/requests", {"owner": "job-2"})
        assert (late.status_code, late.json()["position"]) == (202, 2)
        address = f"{where}/requests/{granted['id']}/release"
        assert job("POST", address, {"token": granted["token"]}).status_code == 200
        flow.settle()
        assert live(flow, REPO) == [("one", "held")]
        seen = job("GET", late.headers["location"].removeprefix("/api/v1")).json()
        assert (seen["holder"]["repository"], seen["holder"]["name"]) == (None, None)
        assert other("GET", where).json()["holders"][0]["repository"] == REPO

        flow.finish(flow.landed("one", first), "one")
        seen = job("GET", late.headers["location"].removeprefix("/api/v1")).json()
        assert seen["state"] == "held"
        listed = other("GET", "/locks").json()["locks"]
        assert [one["group"] for one in listed if one["scope"] == f"org-{number}"] == ["e2e-env"]


def test_a_requests_answer_names_no_private_repositorys_stage_to_any_stored_token(tmp_path: Path):
    """What a request is told ends in a job's log; who may read everything asks about the group."""
    with served(tmp_path) as flow:
        defined(flow)
        where = f"/locks/org-{flow.world.repo(HOME).owner.id}/e2e-env"
        flow.repo(files("one"))
        assert live(flow, REPO) == [("one", "held")]
        for token in ("lock-me", "lock-you", "rule-me", "keep-me"):
            asked = Caller(flow, token)("POST", f"{where}/requests", {"owner": token}).json()
            told = [asked["holder"][key] for key in ("repository", "name", "reason")]
            assert told == [None, None, None], token
            assert asked["holder"]["since"]

        for token, named in (("lock-you", None), ("keep-me", None), ("read-me", REPO)):
            [holder] = Caller(flow, token).get(where)["holders"]
            assert holder["repository"] == named, token

        flow.world.repo(REPO).private = False
        flow.look()
        again = Caller(flow, "lock-you")("POST", f"{where}/requests", {"owner": "lock-you"}).json()
        assert (again["holder"]["repository"], again["holder"]["name"]) == (REPO, "one")
