"""Check runs as GitHub takes and gives them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model.facts import Annotation, Button, CheckFact, RunDraft
from app.core.text.markup import fit
from app.core.text.summaries import footer
from app.errors import Missing, Rejected, Transient
from app.github import GitHubForge
from app.github.drafts import cut_text
from tests.adapters.github.scripted import BASE, REPO, SHA

DRAFT = RunDraft("stagelock / dev", SHA, "p1", "queued", None, "waits", "why")
RUNS = f"{BASE}/check-runs"
OF_COMMIT = f"{BASE}/commits/{SHA}"


def run(number: int, **fields):
    return {
        "id": number,
        "name": "stagelock / dev",
        "status": "completed",
        "conclusion": "success",
        "external_id": "p1",
        "app": {"id": 7, "slug": "stagelock"},
        "check_suite": {"id": 70},
        **fields,
    }


def test_a_run_that_is_not_completed_is_sent_without_conclusion(forge, script):
    """A conclusion would complete it, whatever the status says."""
    script.on("POST", RUNS, 201, {"id": 5})
    draft = replace(DRAFT, status="in_progress", conclusion="success")
    assert forge.create_run(REPO, draft) == 5
    assert script.calls("POST", RUNS)[0].body == {
        "name": "stagelock / dev",
        "head_sha": SHA,
        "external_id": "p1",
        "status": "in_progress",
        "output": {"title": "waits", "summary": "why"},
    }


def test_a_completed_run_carries_its_conclusion_and_at_most_three_short_buttons(forge, script):
    script.on("POST", RUNS, 201, {"id": 5})
    buttons = tuple(Button("L" * 30, "D" * 50, f"button-{n}" + "x" * 20) for n in range(4))
    draft = replace(DRAFT, status="completed", conclusion="neutral", buttons=buttons)
    forge.create_run(REPO, draft)
    body = script.calls("POST", RUNS)[0].body
    assert (body["status"], body["conclusion"]) == ("completed", "neutral")
    sizes = [tuple(len(action[key]) for key in ("label", "description", "identifier"))
             for action in body["actions"]]  # fmt: skip
    assert sizes == [(20, 40, 20)] * 3


def test_the_public_address_is_where_runs_link_to(forge, script):
    script.on("POST", RUNS, 201, {"id": 5})
    GitHubForge(forge._client, 7, "https://stagelock.acme.example").create_run(REPO, DRAFT)
    assert script.calls("POST", RUNS)[0].body["details_url"] == "https://stagelock.acme.example"


def test_details_lead_to_the_audit_entry(forge, script):
    script.on("POST", RUNS, 201, {"id": 5})
    draft = replace(DRAFT, event="abcdefgh")
    GitHubForge(forge._client, 7, "https://stagelock.acme.example").create_run(REPO, draft)
    where = script.calls("POST", RUNS)[0].body["details_url"]
    assert where == "https://stagelock.acme.example/events/abcdefgh"


def test_annotations_come_fifty_at_a_time(forge, script):
    script.on("POST", RUNS, 201, {"id": 5})
    script.on("PATCH", f"{RUNS}/5", data={})
    notes = tuple(Annotation("stagelock.yaml", n, 2, f"m{n}") for n in range(1, 121))
    forge.create_run(REPO, replace(DRAFT, annotations=notes))
    sent = [*script.calls("POST", RUNS), *script.calls("PATCH", f"{RUNS}/5")]
    batches = [one.body["output"]["annotations"] for one in sent]
    assert [len(batch) for batch in batches] == [50, 50, 20]
    assert [one["message"] for batch in batches for one in batch] == [
        f"m{n}" for n in range(1, 121)
    ]
    assert all(one.body["output"]["summary"] == "why" for one in sent)


def test_a_run_whose_later_annotations_failed_is_a_doubtful_answer(forge, script):
    """Else it would be created a second time; looked for, it is found, and an update adds the rest."""
    script.on("POST", RUNS, 201, {"id": 5})
    script.on("PATCH", f"{RUNS}/5", 403, {"message": "x"}, headers={"retry-after": "5"})
    draft = replace(DRAFT, annotations=(Annotation("f", 1, 1, "m"),) * 60)
    with pytest.raises(Transient) as caught:
        forge.create_run(REPO, draft)
    assert (caught.value.maybe_done, caught.value.retry_after) == (True, 5)


def test_an_update_adds_only_the_annotations_that_are_missing(forge, script):
    """GitHub appends them: sent again, each would stand there twice."""
    script.on("PATCH", f"{RUNS}/5", data={})
    script.on("GET", f"{RUNS}/5", data=run(5, output={"annotations_count": 2}))
    notes = tuple(Annotation("f", n, 1, f"m{n}") for n in range(3))
    forge.update_run(REPO, 5, replace(DRAFT, annotations=notes))
    first, second = script.calls("PATCH", f"{RUNS}/5")
    assert "annotations" not in first.body["output"]
    assert [annotation["message"] for annotation in second.body["output"]["annotations"]] == ["m2"]


@given(st.text(min_size=1), st.integers(70, 200))
def test_a_cut_text_fits_and_is_a_beginning(text, most):
    long = text * (most // len(text.encode("utf-8", "replace")) + 2)
    cut = cut_text(long, most)
    assert len(cut.encode()) <= most
    kept, _, note = cut.partition("\n\n*Cut here")
    assert note
    assert long.encode("utf-8", "replace").decode().startswith(kept)


def test_a_text_that_fits_is_left_alone():
    assert cut_text("ä" * 32767) == "ä" * 32767
    assert len(cut_text("ä" * 32768).encode()) <= 65_535


def test_the_longest_text_of_ours_keeps_the_link_to_its_audit_entry(forge, script):
    """The link is longer than the id that it is made of, and GitHub takes no byte more."""
    script.on("POST", RUNS, 201, {"id": 5})
    web = f"https://stagelock.{'a' * 60}.example/{'path/' * 10}end"
    long = fit("more of it\n" * 9000, footer("abcdefg2"))
    GitHubForge(forge._client, 7, web).create_run(REPO, replace(DRAFT, summary=long))
    said = script.calls("POST", RUNS)[0].body["output"]["summary"]
    assert said.endswith(f"<sub>event [`abcdefg2`]({web}/events/abcdefg2)</sub>\n")
    assert 60_000 < len(said.encode()) <= 65_535


def test_our_newest_run_with_the_key_is_found(forge, script):
    others = [run(9, app={"id": 8}), run(8, external_id="p2"), run(7, name="x"), run(6, app=None)]
    script.on("GET", f"{OF_COMMIT}/check-runs", data={"check_runs": [*others, run(3), run(4)]})
    found = forge.find_run(REPO, SHA, "stagelock / dev", "p1")
    assert found is not None
    assert (found.id, found.conclusion, found.suite_id) == (4, "success", 70)
    assert forge.find_run(REPO, SHA, "stagelock / dev", "p3") is None
    assert script.calls("GET", f"{OF_COMMIT}/check-runs")[0].query["filter"] == "all"


def test_statuses_count_as_checks_and_every_one_of_a_context_is_told(forge, script):
    script.on("GET", f"{OF_COMMIT}/check-runs", data={"check_runs": [run(30), run(20)]})
    script.on("GET", f"{OF_COMMIT}/statuses", data=[
        {"id": 25, "context": "ci", "state": "pending",
         "creator": {"login": "jenkins[bot]"}},
        {"id": 24, "context": "ci", "state": "success", "creator": {"login": "jenkins"}},
        {"id": 23, "context": "lint", "state": "error", "updated_at": "2026-03-01T11:00:00Z"},
    ])  # fmt: skip
    script.on("GET", f"{OF_COMMIT}/check-suites", data={"check_suites": [
        {"id": 70, "app": {"id": 7, "slug": "stagelock"}, "status": "completed",
         "conclusion": "success", "latest_check_runs_count": 2},
        {"id": 71, "app": None, "status": None},
    ]})  # fmt: skip
    checks = forge.checks(REPO, SHA)
    assert [(one.id, one.name, one.status, one.conclusion) for one in checks.runs] == [
        (20, "stagelock / dev", "completed", "success"),
        (23, "lint", "completed", "failure"),
        (24, "ci", "completed", "success"),
        (25, "ci", "in_progress", None),
        (30, "stagelock / dev", "completed", "success"),
    ]
    # A person may be called like an App: only an App's own account speaks for it.
    assert [one.app for one in checks.runs[2:4]] == ["", "jenkins"]
    assert [(suite.id, suite.status, suite.runs) for suite in checks.suites] == [
        (70, "completed", 2),
        (71, "queued", None),
    ]


def test_without_suites_and_statuses_the_runs_are_enough(forge, script):
    script.on("GET", f"{OF_COMMIT}/check-runs", data={"check_runs": [
        run(1), run(2, status="queued", conclusion=None), run(3, check_suite={"id": 71}),
        {"id": 4, "name": "bare"},
    ]})  # fmt: skip
    script.on("GET", f"{OF_COMMIT}/statuses", 501)
    checks = forge.checks(REPO, SHA)
    assert [(suite.id, suite.status, suite.runs) for suite in checks.suites] == [
        (70, "in_progress", 2),
        (71, "completed", 1),
    ]
    assert checks.runs[3].status == "queued"


def test_a_commit_that_github_does_not_know_is_missing(forge, script):
    said = {"message": f"No commit found for SHA: {SHA}"}
    script.on("GET", f"{OF_COMMIT}/check-runs", 422, said)
    with pytest.raises(Missing):
        forge.checks(REPO, SHA)


def check(**fields) -> CheckFact:
    known = {"id": 50, "name": "e2e", "status": "completed", "conclusion": "failure",
             "app": "github-actions", "app_id": 15368, "suite_id": 70}  # fmt: skip
    return CheckFact(**{**known, **fields})


FAILED = f"{BASE}/actions/runs/88/rerun-failed-jobs"


def test_failed_jobs_are_run_again_by_the_checks_address(forge, script):
    script.on("POST", FAILED, 201, {})
    forge.rerun(REPO, check(url="https://github.com/acme/shop/actions/runs/88/job/99"))
    assert len(script.calls("POST", FAILED)) == 1


def test_failed_jobs_are_run_again_by_the_suite(forge, script):
    script.on("GET", f"{BASE}/actions/runs", data={"workflow_runs": [
        {"id": 87, "check_suite_id": 69}, {"id": 88, "check_suite_id": 70},
    ]})  # fmt: skip
    script.on("POST", FAILED, 201, {})
    forge.rerun(REPO, check())
    assert len(script.calls("POST", FAILED)) == 1


def test_another_apps_check_is_requested_again(forge, script):
    script.on("POST", f"{RUNS}/50/rerequest", 201, {})
    forge.rerun(REPO, check(app="circleci", url="https://ci/x"))
    forge.rerun(REPO, check(url="https://github.com/acme/shop/actions/runs/1/job/2"))
    assert len(script.calls("POST", f"{RUNS}/50/rerequest")) == 2


def test_a_status_cannot_be_run_again(forge):
    with pytest.raises(Rejected):
        forge.rerun(REPO, check(suite_id=0))


@pytest.mark.parametrize(
    ("status", "cancelled"), [(202, True), (409, True), (403, False), (404, False)]
)
def test_a_workflow_is_cancelled_where_we_may(forge, script, status, cancelled):
    script.on("POST", f"{BASE}/actions/runs/88/cancel", status, {})
    assert forge.cancel_workflow(REPO, check(url="https://x/actions/runs/88")) is cancelled
    assert not forge.cancel_workflow(REPO, check(app="circleci"))
