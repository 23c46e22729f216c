"""A lock group whose external lock service has to grant it, too: over real HTTP, behind a proxy that loses answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.github import endpoints as at
from app.sandbox.demo.launch import SLUG
from tests.flows.calling import Caller
from tests.flows.doors import begins, job
from tests.flows.harness import REPO, Flow
from tests.flows.locking import live, locked
from tests.flows.losing import losing
from tests.flows.outside import FILES, SERVED, Outside, beside
from tests.flows.pipelines import pipeline
from tests.lock_servers.faults import DENIED


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Flow, Outside]]:
    with beside(tmp_path) as made:
        yield made


def test_a_stage_waits_for_the_service_gets_it_verifies_and_gives_it_back(both):
    """rule L31: queued until the service has granted, with its place; the five minutes begin then."""
    flow, outside = both
    outside.leases.take("floor", "nightly-42")
    first = flow.repo(FILES)

    assert live(flow) == [("one", "queued"), ("two", "queued")]
    assert flow.shown(first, "one").status == "queued"
    assert flow.shown(first, "one").title == "waiting for leases: floor; held by nightly-42"
    assert (
        flow.shown(first, "lock / floor").title == "waiting for leases: floor; held by nightly-42"
    )
    flow.passes(minutes=20)  # nothing was granted, so nothing is unused
    assert live(flow) == [("one", "queued"), ("two", "queued")]
    assert outside.holder == "nightly-42"

    outside.leases.free("floor")
    flow.passes(minutes=1)
    assert live(flow) == [("one", "held"), ("two", "queued")]
    ours = outside.holder
    assert ours is not None
    assert ours.startswith("stagelock-")
    flow.passes(seconds=25)
    assert outside.asked("POST") >= 1  # renewed within its minute

    flow.finish(flow.landed("one", first), "one")
    assert flow.state(first, "one") == "success"
    assert dict(live(flow)) == {"two": "held"}
    assert outside.holder not in (None, ours)
    flow.finish(flow.landed("two", first), "two")
    assert outside.holder is None
    assert flow.records().claims == ()


@pytest.mark.parametrize("fault", ["timeout", "error"])
def test_an_answer_that_was_lost_is_inspected_and_asked_for_once(both, fault: str):
    """rule L27: what may be held is looked at before anything is asked for again."""
    flow, outside = both
    outside.proxy.fault = fault
    first = flow.repo(FILES)
    assert live(flow) == [("one", "queued"), ("two", "queued")]
    assert "no clear answer" in (flow.shown(first, "one").title or "")
    assert outside.asked("PUT") == 1

    outside.proxy.fault = None
    flow.passes(minutes=6)
    assert live(flow)[0] == ("one", "held")
    assert outside.asked("PUT") == 1


def test_a_place_that_is_left_gives_back_what_was_perhaps_granted(both):
    """rule L27: cancelled while nobody knows: given back until the service has said that it is gone."""
    flow, outside = both
    outside.proxy.fault = "cut"
    flow.repo(FILES)
    assert outside.holder is not None

    flow.push({"stagelock.yaml": pipeline(locked("one", "[]").replace("    lock: []\n", ""))})
    assert [r for r in flow.requests() if r.ended_at is None] == []
    assert len(flow.records().claims) == 1
    outside.proxy.fault = None
    flow.passes(minutes=6)
    assert outside.holder is None
    flow.passes(minutes=2)
    assert flow.records().claims == ()


def test_a_service_that_refuses_is_named_with_what_to_do_and_grants_once_it_is_mended(both):
    """rule L70: nothing is in doubt, and who waits is not told to wait on for nothing."""
    flow, outside = both
    outside.proxy.fault = DENIED
    first = flow.repo(FILES)
    assert live(flow) == [("one", "queued"), ("two", "queued")]
    shown = flow.shown(first, "one")
    assert shown.title == "waiting for leases: floor; it answered 403"
    assert "**To do:** ask the server's administrator to check" in (shown.summary or "")
    assert outside.asked("PUT") == 0

    outside.proxy.fault = None
    flow.passes(minutes=6)
    assert live(flow)[0] == ("one", "held")
    assert outside.asked("GET") == 0, "nothing had to be inspected"


def test_an_outage_concerns_the_groups_of_that_service_alone(both):
    """rule L42: other groups and stages go on, and what is held is renewed or given back later."""
    flow, outside = both
    outside.proxy.down = True
    own = "locks:\n  floor: {service: leases}\n  roof: {}\n"
    files = {
        **FILES,
        "stagelock.yaml": pipeline(locked("one", "floor") + locked("two", "roof") + own),
    }
    first = flow.repo(files)
    assert dict(live(flow)) == {"one": "queued", "two": "held"}
    flow.finish(flow.landed("two", first), "two")
    assert flow.state(first, "two") == "success"


def test_a_release_that_is_cut_off_is_repeated_until_it_is_known(both):
    flow, outside = both
    first = flow.repo(FILES)
    outside.proxy.down = True
    flow.finish(flow.landed("one", first), "one")
    assert flow.state(first, "one") == "success"
    ours = outside.holder
    assert ours is not None
    assert dict(live(flow)) == {"two": "queued"}

    outside.proxy.down = False
    flow.passes(minutes=6)
    flow.passes(minutes=6)
    assert dict(live(flow)) == {"two": "held"}
    assert outside.holder not in (None, ours)


def test_a_crash_between_the_effect_and_its_row_leaves_nothing_held_twice_or_for_ever(both):
    """rule L27: the owner is in the row before the service is asked, so the next look finds its own."""
    flow, outside = both
    outside.proxy.fault = "timeout"
    flow.repo(FILES)
    [claim] = flow.records().claims
    assert claim.owner == outside.holder

    outside.proxy.fault = None
    flow.reboot()
    flow.passes(minutes=6)
    assert live(flow)[0] == ("one", "held")
    assert outside.holder == claim.owner


def test_a_grant_is_renewed_by_work_of_its_own(both):
    """rule L46: no look at the repository is needed, so none of GitHub or Git."""
    flow, outside = both
    flow.repo(FILES)
    writes, asked = len(flow.sandbox.exchanges), outside.asked("POST")
    flow.clock.ahead += timedelta(seconds=25)
    flow.app.store.work.touch(f"services-{flow.world.repo(REPO).id}")
    flow.settle()
    assert outside.asked("POST") == asked + 1
    assert len(flow.sandbox.exchanges) == writes
    assert live(flow)[0] == ("one", "held")


def test_what_the_service_took_away_before_the_merge_is_asked_for_anew(both):
    """rule L41: no write under a grant that the service no longer vouches for."""
    flow, outside = both
    review = "    via: pull-request\n    merge: people\n"
    files = {**FILES, "stagelock.yaml": pipeline(locked("one", "floor") + review + SERVED)}
    first = flow.repo(files)
    [pull] = [p for p in flow.world.pulls(REPO) if p.state == "open"]
    assert live(flow) == [("one", "held")]
    assert flow.state(pull.head_sha, "plan") == "success"

    outside.leases.take("floor", "somebody")
    flow.passes(seconds=25)
    assert live(flow) == [("one", "queued")]
    assert flow.state(pull.head_sha, "plan") != "success"
    assert outside.holder == "somebody"
    assert flow.state(first, "one") != "success"


def test_no_job_is_let_in_under_a_grant_that_the_service_took_away(both):
    """rule L41: GitHub did not take the answer, and when it does the lock is somebody else's there."""
    flow, outside = both
    locks = SERVED.replace("service: leases", "service: leases, environments: [e2e]")
    stage = locked("one", "floor").replace("    lock: floor\n", "")
    flow.repo({"stagelock.yaml": pipeline(stage + locks), "apps/README.md": "x"})
    flow.world.guard(REPO, "e2e", SLUG)
    flow.world.ci.job("smoke", paths=("ci",), lasts=None, environment="e2e")
    with losing(flow, at.REVIEW_JOBS, kind="error"):
        sha = flow.push({"ci/a": "1"})
        outside.leases.take("floor", "somebody")
        flow.passes(seconds=25)
    flow.passes(minutes=6)
    assert job(flow, sha).status == "waiting"

    outside.leases.free("floor")
    flow.passes(minutes=2)
    begins(flow, sha)
    assert outside.holder not in (None, "somebody")
    flow.ends(sha, "smoke")
    assert outside.holder is None


def test_what_was_taken_away_while_its_job_runs_stays_held_here_and_is_asked_for_again(both):
    flow, outside = both
    first = flow.repo(FILES)
    landed = flow.landed("one", first)
    outside.leases.take("floor", "somebody")
    flow.passes(seconds=25)

    assert live(flow) == [("one", "held"), ("two", "queued")]
    assert "The lock service took `" in (flow.shown(landed, "lock / floor").summary or "")
    outside.leases.free("floor")
    flow.passes(minutes=1)
    assert outside.holder is not None
    assert outside.holder.startswith("stagelock-")
    assert "taken away" not in (flow.shown(landed, "lock / floor").summary or "")


@pytest.mark.parametrize(
    ("more", "service", "said"),
    [
        (
            "",
            "{name: leases, resource: other}",
            "the lock service leases is not for the resource other",
        ),
        ("", "jenkins", "this server has no lock service jenkins"),
        (
            "    organizations: [globex]\n",
            "leases",
            "the lock service leases is not for this organization",
        ),
    ],
)
def test_what_this_server_does_not_serve_is_said_and_granted_to_nobody(
    tmp_path: Path, more: str, service: str, said: str
):
    """rule L43: in the file's check, and as the reason of the stage; the service is never asked."""
    with beside(tmp_path, more) as (flow, outside):
        locks = SERVED.replace("service: leases", f"service: {service}")
        first = flow.repo({**FILES, "stagelock.yaml": pipeline(locked("one", "floor") + locks)})

        assert live(flow) == [("one", "queued")]
        assert flow.shown(first, "one").title == said
        config = flow.shown(first, "config")
        assert config.conclusion == "failure"
        assert f"lock group `floor` is never granted: {said}" in (config.summary or "")
        assert outside.leases.log == []
        assert flow.world.log(REPO, "main")[0].sha == first


def test_a_profile_that_was_taken_away_stops_nothing_but_what_needs_it(both):
    """rule L43: the job ends, nothing is granted, and what is outside is given back once it is known again."""
    flow, outside = both
    first = flow.repo(FILES)
    landed, ours = flow.landed("one", first), outside.holder
    known = flow.environ
    flow.environ = {k: v for k, v in known.items() if k != "STAGELOCK_LOCK_SERVICES"}
    flow.reboot()
    flow.passes(minutes=2)
    assert live(flow) == [("one", "held"), ("two", "queued")]
    flow.finish(landed, "one")
    assert flow.state(first, "one") == "success"
    assert live(flow) == [("two", "queued")]
    assert flow.shown(first, "two").title == "this server has no lock service leases"
    assert outside.holder == ours

    flow.environ = known
    flow.reboot()
    flow.passes(minutes=6)
    flow.passes(minutes=6)
    assert live(flow) == [("two", "held")]
    assert outside.holder not in (None, ours)


def test_a_client_goes_the_same_way(both):
    """rule L31: asked for through the API, it is queued until the service has granted."""
    flow, outside = both
    outside.leases.take("floor", "nightly-42")
    flow.repo(
        {
            **FILES,
            "stagelock.yaml": pipeline(
                locked("one", "floor").replace("    lock: floor\n", "") + SERVED
            ),
        }
    )
    ci = Caller(flow, "lock-me")
    where = f"/locks/repo-{flow.world.repo(REPO).id}/floor/requests"
    asked = ci("POST", where, {"owner": "job-1", "ttl": "20m"})
    assert asked.status_code == 202
    flow.settle()
    assert ci("GET", asked.headers["location"]).json()["state"] == "queued"

    outside.leases.free("floor")
    flow.passes(minutes=1)
    granted = ci("GET", asked.headers["location"]).json()
    assert granted["state"] == "held"
    assert outside.holder is not None
    ci("POST", f"{asked.headers['location']}/release", {"token": granted["token"]})
    flow.settle()
    assert outside.holder is None


def test_no_secret_of_a_profile_is_shown_anywhere(both, caplog: pytest.LogCaptureFixture):
    flow, outside = both
    outside.proxy.fault = "error"
    first = flow.repo(FILES)
    secrets = outside.leases.environ.values()
    shown_texts = [f"{run.title} {run.summary}" for run in flow.world.checks(REPO, first)]
    for secret in secrets:
        assert all(secret not in text for text in (*shown_texts, caplog.text))
