"""Pull requests: found before made, merged only at the expected head."""

import pytest

from app.errors import Conflict, Rejected
from tests.adapters.github.scripted import BASE, REPO, SHA

PULLS = f"{BASE}/pulls"
HEAD = "stagelock/prod"


def pull(number: int = 3, **fields):
    head = {"ref": HEAD, "sha": SHA, "repo": {"id": 42}}
    return {"number": number, "state": "open", "head": head, "base": {"ref": "main"}, **fields}


def test_an_open_pull_request_is_found_before_one_is_made(forge, script):
    """The server here ignores the filters, so what it lists is looked at."""
    script.on("GET", PULLS, data=[
        pull(1, base={"ref": "dev"}),
        pull(2, head={"ref": HEAD, "sha": SHA, "repo": {"id": 1000}}),
        pull(3),
    ])  # fmt: skip
    assert forge.create_pull(REPO, HEAD, "main", "t", "b").number == 3
    assert script.calls("POST", PULLS) == []


def test_a_pull_request_that_somebody_else_opened_meanwhile_is_found(forge, script):
    said = {
        "message": "Validation Failed",
        "errors": [{"message": "A pull request already exists"}],
    }
    script.on("GET", PULLS, data=[])
    script.on("POST", PULLS, 422, said)
    script.on("GET", PULLS, data=[pull(4)])
    assert forge.create_pull(REPO, HEAD, "main", "t", "b").number == 4


def test_a_refused_pull_request_says_why(forge, script):
    script.on("GET", PULLS, data=[])
    script.on("POST", PULLS, 422, {"message": "Draft pull requests are not supported"})
    with pytest.raises(Rejected, match="are not supported"):
        forge.create_pull(REPO, HEAD, "main", "t", "b")


@pytest.mark.parametrize(
    "said",
    [
        {"message": "No commits between main and stagelock/prod"},
        {"message": "Validation Failed", "errors": [
            {"resource": "PullRequest", "field": "head", "code": "invalid"}]},
        {"message": "Validation Failed", "errors": [
            {"resource": "PullRequest", "field": "base", "code": "invalid"}]},
    ],
)  # fmt: skip
def test_what_was_merged_or_deleted_meanwhile_is_no_rule(forge, script, said):
    script.on("GET", PULLS, data=[])
    script.on("POST", PULLS, 422, said)
    with pytest.raises(Conflict):
        forge.create_pull(REPO, HEAD, "main", "t", "b")


EVENTS = [{"event": "head_ref_deleted"}, {"event": "merged", "commit_id": "m" * 40}]


def test_all_pull_requests_of_a_branch_are_listed_by_number(forge, script):
    """The server here ignores the filters, so what it lists is looked at."""
    script.on("GET", PULLS, data=[
        pull(5, state="closed"),
        pull(4, head={"ref": HEAD, "sha": SHA, "repo": {"id": 1000}}),
        pull(3, state="closed", merged_at="2026-01-01T00:00:00Z", base={"ref": "dev"}),
        pull(2, head={"ref": "other", "sha": SHA, "repo": {"id": 42}}),
    ])  # fmt: skip
    found = forge.pulls_from(REPO, HEAD)
    assert [(p.number, p.state, p.merged) for p in found] == [
        (3, "closed", True),
        (5, "closed", False),
    ]
    [call] = script.calls("GET", PULLS)
    assert call.query["state"] == "all"


def test_a_new_pull_request_has_title_text_head_and_base(forge, script):
    script.on("GET", PULLS, data=[])
    script.on("POST", PULLS, 201, pull(5, title="t"))
    assert forge.create_pull(REPO, HEAD, "main", "t\n" * 200, "b").number == 5
    body = script.calls("POST", PULLS)[0].body
    assert (body["head"], body["base"], body["body"]) == (HEAD, "main", "b")
    assert len(body["title"]) <= 256


@pytest.mark.parametrize(
    ("settings", "method"),
    [
        ({}, "merge"),
        ({"allow_merge_commit": False}, "squash"),
        ({"allow_merge_commit": False, "allow_squash_merge": False}, "rebase"),
    ],
)
def test_the_first_allowed_method_merges_at_the_expected_head(forge, script, settings, method):
    script.on("GET", BASE, data=settings)
    script.on("PUT", f"{PULLS}/3/merge", data={"sha": "m" * 40, "merged": True})
    assert forge.merge_pull(REPO, 3, SHA) == "m" * 40
    (call,) = script.calls("PUT", f"{PULLS}/3/merge")
    assert call.body == {"sha": SHA, "merge_method": method}


def test_a_moved_head_is_a_conflict(forge, script):
    script.on("GET", BASE, data={})
    script.on("PUT", f"{PULLS}/3/merge", 409, {"message": "Head branch was modified."})
    with pytest.raises(Conflict):
        forge.merge_pull(REPO, 3, SHA)


def test_a_merge_whose_answer_was_lost_is_found_done(forge, script):
    script.on("GET", BASE, data={})
    script.on("PUT", f"{PULLS}/3/merge", 405, {"message": "Pull Request is not mergeable"})
    merged = pull(state="closed", merged=True, merge_commit_sha="x" * 40)
    script.on("GET", f"{PULLS}/3", data=merged)
    script.on("GET", f"{BASE}/issues/3/events", data=EVENTS)
    assert forge.merge_pull(REPO, 3, SHA) == "m" * 40


def test_a_moved_base_is_a_conflict_and_a_missing_check_is_not(forge, script):
    script.on("GET", BASE, data={})
    script.on("GET", f"{PULLS}/3", data=pull())
    path = f"{PULLS}/3/merge"
    script.on("PUT", path, 405, {"message": "Base branch was modified. Try the merge again."})
    script.on("PUT", path, 405, {"message": "Required status check is expected."})
    with pytest.raises(Conflict):
        forge.merge_pull(REPO, 3, SHA)
    with pytest.raises(Rejected, match="Required status check"):
        forge.merge_pull(REPO, 3, SHA)
    assert len(script.calls("PUT", path)) == 2


def test_a_rule_against_one_method_leaves_the_next(forge, script):
    path = f"{PULLS}/3/merge"
    script.on("GET", BASE, data={})
    script.on("GET", f"{PULLS}/3", data=pull())
    script.on("PUT", path, 405, {"message": "Merge commits are not allowed on this repository."})
    script.on("PUT", path, data={"sha": "m" * 40})
    assert forge.merge_pull(REPO, 3, SHA) == "m" * 40
    assert [call.body["merge_method"] for call in script.calls("PUT", path)] == ["merge", "squash"]


def test_a_merged_pull_request_names_its_commit_and_who_merged(forge, script):
    """A list has `merged_at` only; what it became is in the event of the merge, in all versions."""
    script.on("GET", f"{BASE}/issues/3/events", data=EVENTS)
    data = [
        pull(3, state="closed", merged_at="2026-03-01T11:00:00Z", merge_commit_sha="x" * 40,
             merged_by={"login": "ada"}, closed_at="2026-03-01T11:00:00Z"),
        pull(4, merge_commit_sha="x" * 40, head={"ref": "r", "sha": SHA, "repo": None}),
    ]  # fmt: skip
    script.on("GET", f"{BASE}/commits/{SHA}/pulls", data=data)
    done, other = forge.pulls_of(REPO, SHA)
    assert (done.merged, done.merge_sha, done.actor, done.state) == (
        True,
        "m" * 40,
        "ada",
        "closed",
    )
    assert (other.merged, other.merge_sha, other.head_repo_id) == (False, None, None)


def test_reviews_are_in_the_order_of_submission(forge, script):
    script.on("GET", f"{PULLS}/3/reviews", data=[
        {"id": 2, "user": {"login": "x[bot]"}, "state": "approved", "commit_id": SHA},
        {"id": 1, "user": {"login": "ada", "type": "User"}, "state": "CHANGES_REQUESTED"},
    ])  # fmt: skip
    first, second = forge.reviews(REPO, 3)
    assert (first.user, first.state, first.commit, first.is_bot) == (
        "ada", "CHANGES_REQUESTED", None, False,
    )  # fmt: skip
    assert (second.state, second.is_bot) == ("APPROVED", True)


RULES = f"{BASE}/rules/branches/env%2Fprod"


@pytest.mark.parametrize(
    ("rules", "count"),
    [
        ([], 0),
        ([{"type": "pull_request"}], 0),
        ([{"type": "update"}, {"type": "pull_request", "parameters": {}}], 0),
        ([{"type": "pull_request", "parameters": {"required_approving_review_count": 1}}], 1),
        (
            [
                {"type": "pull_request", "parameters": {"required_approving_review_count": n}}
                for n in (1, 3, 2)
            ],
            3,
        ),
    ],
)
def test_the_strictest_ruleset_says_how_many_reviews_are_required(forge, script, rules, count):
    script.on("GET", RULES, data=rules)
    assert forge.required_reviews(REPO, "env/prod") == count


@pytest.mark.parametrize("status", [403, 404, 422])
def test_a_server_that_does_not_tell_its_rules_requires_no_review(forge, script, status):
    script.on("GET", RULES, status, {"message": "Not Found"})
    assert forge.required_reviews(REPO, "env/prod") == 0


@pytest.mark.parametrize(
    ("state", "mergeable"),
    [("clean", True), ("unstable", True), ("has_hooks", True)]
    + [(word, False) for word in ("blocked", "behind", "dirty", "draft", "unknown", None)],
)
def test_what_github_says_of_a_merge_beforehand(forge, script, state, mergeable):
    script.on("GET", f"{PULLS}/3", data=pull(mergeable_state=state))
    assert forge.pull(REPO, 3).mergeable is mergeable
