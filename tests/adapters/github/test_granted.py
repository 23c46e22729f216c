"""Tokens where an installation grants less than is asked for: as few calls as where it does not."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.core.model.facts import RunDraft
from app.core.model.names import Repo
from app.errors import Denied, Missing, Transient
from app.github.permissions import needed
from tests.adapters.github.scripted import REPO, SHA, Reply, Script

DRAFT = RunDraft("stagelock / dev", SHA, "p1", "queued", None, "waits", "why")
INSTALLATION = "/app/installations/9"
MINUTE = timedelta(minutes=1)
HOUR = 60
LIVES = 2
"""Tokens that are kept for fifty minutes each, in an hour of work without a pause."""


def without(*names: str) -> dict[str, str]:
    return {name: level for name, level in needed().items() if name not in names}


def made(script: Script) -> Counter[tuple[int | None, str]]:
    """How many tokens were asked for, by repository and purpose."""
    found: Counter[tuple[int | None, str]] = Counter()
    for call in script.calls("POST", script.token_path):
        ids, permissions = call.body.get("repository_ids", [None]), call.body["permissions"]
        levels = "+".join(sorted(set(permissions.values())))
        found[ids[0], "git" if set(permissions) == {"contents"} else levels] += 1
    return found


@pytest.fixture
def granting(answering: Script) -> Script:
    """An installation that grants all that is asked for."""
    answering.granted = needed()
    return answering


def work(forge, repo: Repo) -> None:
    """Of each purpose a call."""
    forge.pull(repo, 3)
    forge.create_run(repo, DRAFT)
    forge.git_token(repo)


@pytest.mark.parametrize(
    "lacking",
    [(), ("members",), ("actions",), ("merge_queues",), ("actions", "deployments", "members")],
    ids="+".join,
)
def test_in_an_hour_each_repository_needs_one_token_a_purpose_and_life_whatever_is_lacking(
    forge, granting, time, lacking
):
    granting.granted = without(*lacking)
    repos = [Repo(number, "acme", "shop", 9) for number in (42, 43, 44)]
    for _ in range(HOUR):
        forge.repositories(9)
        for repo in repos:
            work(forge, repo)
        time.now += MINUTE
    purposes = [(repo.id, purpose) for repo in repos for purpose in ("read", "write", "git")]
    expected = Counter(dict.fromkeys([(None, "read"), *purposes], LIVES))
    refused = made(granting) - expected
    assert made(granting) - refused == expected
    # What is lacking is found out by a refusal, once; then it is read, at most once a minute.
    assert refused.total() == bool(set(lacking) - {"merge_queues"})
    assert len(granting.calls("GET", INSTALLATION)) <= (HOUR if refused else 0)


def test_what_was_not_granted_is_left_out_and_asked_for_again_within_a_minute(
    forge, granting, time
):
    granting.granted = {**without("actions"), "checks": "read"}
    forge.create_run(REPO, DRAFT)
    refused, got = (call.body["permissions"] for call in calls(granting))
    assert (refused["actions"], refused["checks"]) == ("write", "write")
    left = {name: level for name, level in refused.items() if name != "actions"}
    assert got == {**left, "checks": "read"}
    granting.granted = needed()
    time.now += MINUTE
    forge.create_run(REPO, DRAFT)
    assert [call.body["permissions"] for call in calls(granting)] == [refused, got, refused]


def calls(script: Script):
    return script.calls("POST", script.token_path)


def test_what_a_list_of_installations_says_was_granted_counts_at_once(forge, granting):
    granting.granted = without("actions")
    forge.create_run(REPO, DRAFT)
    granting.on("GET", "/app/installations", data=[{"id": 9, "permissions": needed()}])
    granting.granted = needed()
    forge.installations()
    forge.create_run(REPO, DRAFT)
    assert "actions" in calls(granting)[-1].body["permissions"]
    assert len(granting.calls("GET", INSTALLATION)) == 1


def test_what_a_list_of_installations_leaves_out_is_asked_for_until_github_refuses_it(
    forge, granting
):
    granting.on("GET", "/app/installations", data=[{"id": 9, "permissions": {"checks": "write"}}])
    forge.installations()
    work(forge, REPO)
    assert not granting.calls("GET", INSTALLATION)
    assert "actions" in calls(granting)[0].body["permissions"]


def test_a_list_of_installations_that_says_nothing_of_grants_takes_nothing_away(forge, granting):
    granting.on("GET", "/app/installations", data=[{"id": 9}])
    forge.installations()
    work(forge, REPO)
    assert not granting.calls("GET", INSTALLATION)


def test_of_a_token_that_is_not_taken_any_more_it_is_asked_what_is_granted_now(forge, granting):
    granting.granted = without("actions")
    token = forge.git_token(REPO)
    forge.pull(REPO, 3)
    granting.granted = needed()
    assert forge.renewed_git_token(REPO, token) != token
    forge.create_run(REPO, DRAFT)
    assert "actions" in calls(granting)[-1].body["permissions"]


def test_a_permission_that_is_granted_elsewhere_renews_no_token(forge, granting, time):
    granting.granted = without("deployments", "members")
    forge.git_token(REPO)
    forge.pull(REPO, 3)
    before = len(calls(granting))
    granting.granted = without("deployments")
    time.now += MINUTE
    forge.git_token(REPO)
    forge.pull(REPO, 3)
    assert len(calls(granting)) == before


def test_what_is_taken_away_while_tokens_live_is_left_out_of_the_next(forge, granting, time):
    granting.granted = without("members")
    forge.repositories(9)
    granting.granted = without("members", "actions")
    time.now += MINUTE / 2
    forge.pull(REPO, 3)
    refused, got = (call.body["permissions"] for call in calls(granting)[-2:])
    assert set(refused) - set(got) == {"actions"}


def test_a_permission_without_which_there_is_no_token_is_named(forge, granting):
    granting.granted = {"metadata": "read"}
    for _ in range(2):
        with pytest.raises(Denied, match="contents: write"):
            forge.git_token(REPO)
    assert len(calls(granting)) == 1


def test_no_token_is_asked_for_that_names_no_permission(forge, granting):
    """GitHub would read that as all that the installation grants."""
    granting.granted = {"metadata": "read"}
    for call in (lambda: forge.create_run(REPO, DRAFT), lambda: forge.git_token(REPO)):
        with pytest.raises(Denied):
            call()
    assert all(one.body["permissions"] for one in calls(granting))


@pytest.mark.parametrize("lacking", [(), ("actions",)], ids="+".join)
def test_a_repository_that_left_the_installation_is_missing(forge, granting, lacking):
    granting.granted = without(*lacking)
    granting.repositories = {43}
    for call in (lambda: forge.pull(REPO, 3), lambda: forge.git_token(REPO)):
        with pytest.raises(Missing):
            call()
    forge.pull(Repo(43, "acme", "shop", 9), 3)


def test_a_renamed_repository_keeps_its_token(forge, granting):
    forge.git_token(REPO)
    forge.git_token(Repo(REPO.id, "acme", "store", 9))
    assert len(calls(granting)) == 1


def test_a_repository_that_got_the_name_of_another_gets_a_token_of_its_own(forge, granting):
    first = forge.git_token(REPO)
    assert forge.git_token(Repo(43, REPO.owner, REPO.name, 9)) != first
    assert [call.body["repository_ids"] for call in calls(granting)] == [[42], [43]]


def test_a_transferred_repository_gets_a_token_of_its_new_installation(forge, granting):
    """Its number stays; the installation that it came from opens it no more."""
    there = "/app/installations/10/access_tokens"
    granting.on("POST", there, 201, {"token": "ghs_ten"})
    forge.git_token(REPO)
    assert forge.git_token(Repo(REPO.id, "umbrella", "shop", 10)) == "ghs_ten"
    assert [call.body["repository_ids"] for call in granting.calls("POST", there)] == [[42]]


def test_while_what_is_granted_cannot_be_read_tokens_are_used_as_they_are(forge, granting, time):
    granting.granted = without("actions")
    forge.pull(REPO, 3)
    granting.granted = None
    granting.again("GET", INSTALLATION, Reply(502))
    before = len(calls(granting))
    for _ in range(3):
        time.now += MINUTE
        forge.pull(REPO, 3)
        forge.pull(REPO, 3)
    assert len(calls(granting)) == before
    assert len(granting.calls("GET", INSTALLATION)) == 1 + 3, "asked once a minute, no more"


def test_where_we_are_not_installed_any_more_that_is_said(forge, granting, time):
    granting.granted = without("actions")
    forge.pull(REPO, 3)
    granting.granted = None
    granting.again("GET", INSTALLATION, Reply(404, {"message": "Not Found"}))
    time.now += MINUTE
    with pytest.raises(Denied, match="not installed"):
        forge.pull(REPO, 3)


def test_grants_that_change_at_each_look_are_waited_for(forge, answering):
    """Refused each time, and less each time: it ends, and says that it may be tried again."""
    names = sorted(set(needed()) - {"members", "merge_queues", "metadata"})
    fewer = [dict.fromkeys(names[:count], "read") for count in range(len(names) - 1, 2, -1)]
    answering.again("POST", answering.token_path, Reply(422, {"message": "not granted"}))
    replies = [Reply(200, {"id": 9, "permissions": one}) for one in fewer]
    answering.again("GET", INSTALLATION, *replies)
    with pytest.raises(Transient):
        forge.pull(REPO, 3)


def test_of_many_threads_one_finds_out_what_is_not_granted(forge, granting):
    granting.granted = without("actions")
    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(lambda _: forge.pull(REPO, 3).number, range(24)))
    assert numbers == [3] * 24
    assert len(calls(granting)) == 2
    assert len(granting.calls("GET", INSTALLATION)) == 1
