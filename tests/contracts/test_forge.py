"""What the engine relies on in a forge, over GitHub's REST API as the sandbox speaks it."""

import base64
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.model.facts import Annotation, Button, RunDraft
from app.core.model.names import Sha
from app.core.state.budget_shares import Importance
from app.errors import Conflict, Denied, Missing, Transient
from tests.contracts.standing import SHOP, Stand


def draft(stand: Stand, **fields) -> RunDraft:
    known = RunDraft("stagelock / dev", stand.sha, "p-1", "queued", None, "waits", "why")
    return replace(known, **fields)


def test_the_app_knows_itself_and_where_it_is_installed(stand):
    assert stand.forge.app_slug() == "stagelock"
    assert stand.forge.app_id() == stand.app_id
    (installation,) = stand.forge.installations()
    assert (installation.id, installation.account) == (stand.repo.installation_id, "acme")
    assert not installation.suspended
    (fact,) = stand.forge.repositories(installation.id)
    assert fact == stand.forge.repository(stand.repo)
    assert (fact.repo, fact.default_branch) == (stand.repo, "main")


def test_the_token_opens_git_over_http(stand):
    """The same token that REST uses: one place mints them."""
    token = stand.forge.git_token(stand.repo)
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    url = f"{stand.sandbox.url}/{SHOP}.git"
    command = ["git", "-c", f"http.extraHeader=Authorization: Basic {basic}", "ls-remote", url]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert stand.sha in listed


def test_a_run_is_created_found_and_updated(stand):
    run_id = stand.forge.create_run(stand.repo, draft(stand))
    found = stand.forge.find_run(stand.repo, stand.sha, "stagelock / dev", "p-1")
    assert found is not None
    assert (found.id, found.status, found.app_id) == (run_id, "queued", stand.app_id)
    done = draft(
        stand,
        status="completed",
        conclusion="failure",
        title="failed",
        buttons=(Button("Retry", "Try again", "retry"),),
    )
    stand.forge.update_run(stand.repo, run_id, done)
    shown = stand.world.check(SHOP, stand.sha, "stagelock / dev")
    assert (shown.id, shown.status, shown.conclusion) == (run_id, "completed", "failure")
    assert stand.forge.find_run(stand.repo, stand.sha, "stagelock / dev", "p-2") is None


def test_a_run_is_found_whatever_code_its_external_id_has_got(stand):
    """What it said last may not have been heard here: whether it has a code, and which."""
    run_id = stand.forge.create_run(stand.repo, draft(stand, external_id="dev:p1:1"))
    coded = draft(stand, external_id="dev:p1:1:check-failed")
    stand.forge.update_run(stand.repo, run_id, coded)

    def found(external_id):
        known = stand.forge.find_run(stand.repo, stand.sha, "stagelock / dev", external_id)
        return known and known.id

    assert found("dev:p1:1") == found("dev:p1:1:errored") == run_id
    assert found("dev:p1:2") is found("dev:p2:1") is found("e2e:p1:1") is None


def test_all_annotations_arrive_once(stand):
    notes = tuple(Annotation("stagelock.yaml", n, 1, f"m{n}") for n in range(1, 121))
    config = draft(stand, name="stagelock / config", status="completed",
                   conclusion="failure", annotations=notes)  # fmt: skip
    run_id = stand.forge.create_run(stand.repo, config)
    stand.forge.update_run(stand.repo, run_id, config)
    sent = [
        note
        for exchange in stand.sandbox.exchanges
        if exchange.method in {"POST", "PATCH"} and "/check-runs" in exchange.path
        for note in exchange.sent["output"].get("annotations", [])
    ]
    assert [note["message"] for note in sent] == [f"m{n}" for n in range(1, 121)]


def test_a_run_whose_answer_was_lost_is_found_by_its_key(stand):
    stand.world.faults.add("POST", "/check-runs$", "lost")
    with pytest.raises(Transient) as caught:
        stand.forge.create_run(stand.repo, draft(stand))
    assert caught.value.maybe_done
    assert stand.forge.find_run(stand.repo, stand.sha, "stagelock / dev", "p-1") is not None


@pytest.mark.parametrize("kind", ["limited", "secondary"])
def test_a_rate_limit_says_how_long_to_wait_and_nobody_is_asked_before(stand, kind):
    stand.world.faults.add("*", "/pulls", kind, retry_after=7)
    with pytest.raises(Transient) as caught:
        stand.forge.open_pulls(stand.repo)
    assert caught.value.retry_after is not None
    assert 5 < caught.value.retry_after <= 7
    before = len(stand.sandbox.exchanges)
    with pytest.raises(Transient, match="GitHub asks us to wait"):
        stand.forge.checks(stand.repo, stand.sha)
    assert len(stand.sandbox.exchanges) == before
    stand.passed.append(timedelta(seconds=7))
    assert stand.forge.open_pulls(stand.repo) == ()


def test_a_missing_permission_is_denied_and_named(stand):
    stand.world.set_permissions("stagelock", checks="read")
    with pytest.raises(Denied, match="checks: write"):
        stand.forge.create_run(stand.repo, draft(stand))


def test_a_suspended_installation_is_denied(stand):
    stand.world.suspend_installation("stagelock")
    with pytest.raises(Denied):
        stand.forge.open_pulls(stand.repo)
    assert stand.forge.installations()[0].suspended


def test_checks_and_statuses_of_a_commit(stand):
    stand.world.start_check(SHOP, stand.sha, "build")
    stand.world.finish_check(SHOP, stand.sha, "build")
    stand.world.start_check(SHOP, stand.sha, "e2e")
    stand.world.set_status(SHOP, stand.sha, "lint", "pending")
    stand.world.set_status(SHOP, stand.sha, "lint", "error")
    checks = stand.forge.checks(stand.repo, stand.sha)
    assert {(run.name, run.status, run.conclusion) for run in checks.runs} == {
        ("build", "completed", "success"),
        ("e2e", "in_progress", None),
        ("lint", "in_progress", None),  # each status is an attempt of its own
        ("lint", "completed", "failure"),
    }
    suites = {run.suite_id for run in checks.runs if run.suite_id}
    assert suites <= {suite.id for suite in checks.suites}
    assert [run.id for run in checks.runs] == sorted(run.id for run in checks.runs)


def test_checks_of_an_unknown_commit_are_missing(stand):
    with pytest.raises(Missing):
        stand.forge.checks(stand.repo, Sha("f" * 40))


def propose(stand: Stand) -> Sha:
    """A branch with one change, as ours would be."""
    stand.world.branch(SHOP, "stagelock/prod")
    return Sha(stand.world.push(SHOP, "stagelock/prod", {"b.txt": b"2\n"}))


def test_a_pull_request_is_opened_once_and_merged_at_its_head(stand):
    head = propose(stand)
    first = stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "Promote", "text")
    again = stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "Promote", "text")
    assert first.number == again.number
    assert (first.head_sha, first.base_ref, first.head_repo_id) == (head, "main", stand.repo.id)
    with pytest.raises(Conflict):
        stand.forge.merge_pull(stand.repo, first.number, Sha("f" * 40))
    landed = stand.forge.merge_pull(stand.repo, first.number, head)
    assert stand.world.tip(SHOP, "main") == landed
    assert stand.forge.merge_pull(stand.repo, first.number, head) == landed
    merged = stand.forge.pull(stand.repo, first.number)
    assert (merged.merged, merged.merge_sha, merged.state) == (True, landed, "closed")
    assert merged.number in {pull.number for pull in stand.forge.pulls_of(stand.repo, landed)}


def test_a_merge_whose_answer_was_lost_is_done_once(stand):
    head = propose(stand)
    number = stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "P", "t").number
    stand.world.faults.add("PUT", "/merge$", "lost")
    with pytest.raises(Transient):
        stand.forge.merge_pull(stand.repo, number, head)
    assert stand.forge.merge_pull(stand.repo, number, head) == stand.world.tip(SHOP, "main")


def test_a_pull_request_is_edited_and_closed(stand):
    propose(stand)
    number = stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "P", "t").number
    stand.forge.update_pull(stand.repo, number, "Promote 4f2a91c", "text")
    assert stand.forge.pull(stand.repo, number).title == "Promote 4f2a91c"
    stand.forge.close_pull(stand.repo, number)
    assert stand.forge.open_pulls(stand.repo) == ()


def test_a_pull_request_without_a_change_is_rejected(stand):
    stand.world.branch(SHOP, "same")
    with pytest.raises(Conflict):
        stand.forge.create_pull(stand.repo, "same", "main", "P", "t")


def test_the_pull_requests_of_a_branch_are_listed_in_all_states(stand):
    head = propose(stand)
    first = stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "P", "t").number
    stand.forge.close_pull(stand.repo, first)
    second = stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "P", "t").number
    found = stand.forge.pulls_from(stand.repo, "stagelock/prod")
    assert [(p.number, p.state, p.head_sha) for p in found] == [
        (first, "closed", head),
        (second, "open", head),
    ]


def test_comments_are_found_since_a_moment_and_answered(stand):
    propose(stand)
    number = stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "P", "t").number
    before = datetime.now(UTC) - timedelta(seconds=2)  # noqa: TID251
    stand.world.comment(SHOP, number, "/promote prod", by="bob")
    stand.world.comment(SHOP, stand.sha, "/why prod", by="carol")
    first, second = stand.forge.comments_since(stand.repo, before)
    assert (first.kind, first.pull, first.body, first.user) == (
        "issue", number, "/promote prod", "bob",
    )  # fmt: skip
    assert (second.kind, second.sha, second.is_bot) == ("commit", stand.sha, False)
    stand.forge.react(stand.repo, first.kind, first.id, "eyes")
    stand.forge.react(stand.repo, first.kind, first.id, "eyes")
    reply = stand.forge.create_comment(stand.repo, number, "started")
    stand.forge.update_comment(stand.repo, "issue", reply, "landed")
    ours = stand.forge.comment(stand.repo, "issue", reply)
    assert (ours.body, ours.is_bot, ours.user) == ("landed", True, "stagelock[bot]")
    later = datetime.now(UTC) + timedelta(hours=1)  # noqa: TID251
    assert stand.forge.comments_since(stand.repo, later) == ()


def test_the_comments_on_a_pull_request_say_which_app_wrote_them(stand):
    propose(stand)
    number = stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "P", "t").number
    stand.world.comment(SHOP, number, "mine", by="bob")
    stand.world.comment(SHOP, stand.sha, "elsewhere", by="bob")
    made = stand.forge.create_comment(stand.repo, number, "ours", Importance.CARD)
    theirs, ours = stand.forge.comments_on(stand.repo, number)
    assert (theirs.body, theirs.app_id) == ("mine", 0)
    assert (ours.id, ours.body, ours.app_id) == (made, "ours", stand.forge.app_id())


def test_what_our_app_wrote_is_known_by_number_whatever_apps_are_called(stand):
    propose(stand)
    number = stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "P", "t").number
    made = [stand.forge.create_comment(stand.repo, on, "ours") for on in (number, stand.sha)]
    stand.world.rename_app("stagelock", "gatekeeper")
    thief = stand.world.register_app("stagelock", None, "", {"issues": "write"})
    name = stand.world.hub.apps[thief.app_id].bot.login
    for on in (number, stand.sha):
        stand.world.comment(SHOP, on, "theirs", by=name)
        stand.world.comment(SHOP, on, "a person's", by="bob")

    before = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251
    found = stand.forge.comments_since(stand.repo, before)

    assert len(found) == 6
    assert [c.id for c in found if stand.forge.is_ours(stand.repo, c)] == made


def test_roles_are_asked_of_github(stand):
    people = {name: stand.forge.permission(stand.repo, name) for name in ("alice", "bob", "carol")}
    assert people == {"alice": "maintain", "bob": "write", "carol": "read"}
    assert stand.forge.permission(stand.repo, "nobody-here") == "none"


def test_reviews_are_listed(stand):
    head = propose(stand)
    number = stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "P", "t").number
    stand.world.review(SHOP, number, "APPROVE", by="bob")
    (review,) = stand.forge.reviews(stand.repo, number)
    assert (review.user, review.state, review.commit) == ("bob", "APPROVED", head)


def test_a_file_is_read_at_a_commit(stand):
    assert stand.forge.read_file(stand.repo, stand.sha, "a.txt") == b"1\n"
    assert stand.forge.read_file(stand.repo, stand.sha, "no.txt") is None


def test_a_renamed_repository_is_found_by_its_number(stand):
    stand.world.rename_repo(SHOP, "store")
    now = stand.forge.repository(stand.repo).repo
    assert (now.id, now.full_name) == (stand.repo.id, "acme/store")
    run_id = stand.forge.create_run(now, draft(stand))
    assert stand.world.check("acme/store", stand.sha, "stagelock / dev").id == run_id


def test_a_deleted_repository_is_missing(stand):
    stand.forge.open_pulls(stand.repo)
    stand.world.delete_repo(SHOP)
    with pytest.raises((Missing, Denied)):
        stand.forge.repository(stand.repo)


def test_an_unchanged_list_is_a_conditional_request(stand):
    stand.forge.open_pulls(stand.repo)
    stand.forge.open_pulls(stand.repo)
    seen = [exchange for exchange in stand.sandbox.exchanges if exchange.path.endswith("/pulls")]
    assert len(seen) == 2
    propose(stand)
    stand.forge.create_pull(stand.repo, "stagelock/prod", "main", "P", "t")
    assert len(stand.forge.open_pulls(stand.repo)) == 1


def test_a_delivery_that_did_not_arrive_is_found(stand):
    """Nobody listens at the App's address: every delivery fails."""
    since = datetime.now(UTC) - timedelta(minutes=1)  # noqa: TID251
    stand.world.set_webhook("stagelock", "http://127.0.0.1:1/hook")
    stand.world.push(SHOP, "main", {"c.txt": b"3\n"})
    stand.world.flush()
    failed = stand.forge.failed_deliveries(since)
    assert failed
    stand.forge.redeliver(failed[0][0])


def test_our_own_runs_are_listed_with_their_re_runs_and_nobody_elses(stand):
    """Whatever they are called: whose they are is said by their App."""
    first = stand.forge.create_run(stand.repo, draft(stand))
    other = stand.forge.create_run(stand.repo, draft(stand, name="stagelock / prod"))
    again = stand.forge.create_run(stand.repo, draft(stand, external_id="p-2", title="again"))
    stand.world.start_check(SHOP, stand.sha, "stagelock / dev", app="jenkins")

    found = stand.forge.own_runs(stand.repo, stand.sha)

    assert [run.id for run in found] == [first, other, again]
    assert (found[2].external_id, found[2].title) == ("p-2", "again")
    assert found[2].started_at is not None
    assert list(stand.forge.own_runs(stand.repo, Sha("0" * 40))) == []
