from datetime import UTC, datetime

import pytest

from app.core.model.names import Sha
from app.core.model.repository_change import RepoChange
from app.core.model.webhook_events import HANDLED_EVENTS
from app.engine.queue.work_keys import LISTENED, dirty_key
from tests.engine.arriving import APP, NOW, REPOSITORY, House

SHA = Sha("a" * 40)
PERSON = {"id": 11, "login": "ada", "type": "User"}
BOT = {"id": 12, "login": "stagelock[bot]", "type": "Bot"}


def comment(**changed):
    given = {
        "id": 900,
        "body": "/promote prod",
        "user": PERSON,
        "created_at": "2026-03-02T14:01:00Z",
        **changed,
    }
    return {
        "action": "created",
        "comment": given,
        "issue": {"number": 5, "pull_request": {"url": "https://example.org"}},
        "sender": PERSON,
    }


def click(**changed):
    return {
        "action": "requested_action",
        "requested_action": {"identifier": "retry"},
        "check_run": {
            "id": 77,
            "name": "stagelock / dev",
            "head_sha": SHA,
            "app": {"id": APP},
            **changed,
        },
        "sender": PERSON,
    }


@pytest.fixture
def house(store):
    return House(store)


def test_the_events_listened_to_are_those_the_manifest_asks_for():
    assert set(LISTENED) == HANDLED_EVENTS


def test_a_delivery_makes_its_repository_known(house):
    summary = house.take_in("push", {})

    assert len(summary.deliveries) == 1
    assert (house.record.owner, house.record.name) == ("acme", "shop")
    assert (house.record.installation_id, house.record.default_branch) == (3, "main")
    assert house.store.inbox.pending(7, None) == []


def test_a_new_name_is_learnt_and_what_is_remembered_is_kept(house):
    house.take_in("push", {})
    house.store.repos.change(7, RepoChange(tips={"main": SHA}))
    renamed = {**REPOSITORY, "full_name": "acme/store"}

    house.take_in("repository", {"action": "renamed", "repository": renamed})

    assert (house.record.name, house.record.tips) == ("store", {"main": SHA})


@pytest.mark.parametrize("action", ["deleted", "archived"])
def test_a_repository_that_is_gone_is_left_alone_with_a_reason(house, action):
    house.take_in("repository", {"action": action})

    assert action in house.record.unavailable


def test_an_unarchived_repository_is_looked_at_again(house):
    house.take_in("repository", {"action": "archived"})
    house.take_in("repository", {"action": "unarchived"})

    assert house.record.unavailable == ""


def test_a_comment_of_a_person_is_kept_as_a_command(house):
    summary = house.take_in("issue_comment", comment())

    (command,) = house.commands
    assert summary.commands == 1
    assert (command.key, command.order, command.kind) == ("issue-900", 900, "issue")
    assert (command.user, command.pull, command.body) == ("ada", 5, "/promote prod")
    assert command.created_at == datetime(2026, 3, 2, 14, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("created", "late"),
    [
        ("2026-02-23T14:02:00Z", False),
        ("2026-02-23T14:01:59Z", True),
        ("2026-03-02T14:01:00Z", False),
    ],
)
def test_a_comment_is_late_if_it_was_7_days_old_when_its_delivery_came(house, created, late):
    """rule C9: whenever it is worked on."""
    house.take_in("issue_comment", comment(created_at=created))
    [command] = house.store.history.open_commands(7)
    assert command.seen_at == NOW
    assert command.is_late is late


def test_a_comment_on_a_commit_is_kept_with_the_commit(house):
    house.take_in("commit_comment", comment(commit_id=SHA))

    (command,) = house.commands
    assert (command.key, command.sha, command.pull) == ("commit-900", SHA, None)


def test_the_same_comment_twice_is_one_command(house):
    house.take_in("issue_comment", comment())

    assert house.take_in("issue_comment", comment()).commands == 0
    assert len(house.commands) == 1


@pytest.mark.parametrize(
    "payload",
    [
        {**comment(), "action": "edited"},
        {**comment(), "sender": {**PERSON, "id": 99}},
        {**comment(user=BOT), "sender": BOT},
        {**comment(), "issue": {"number": 5}},
        comment(body="nothing to see"),
    ],
    ids=["edited", "not its author", "a bot", "a plain issue", "no command"],
)
def test_a_comment_that_may_command_nothing_is_let_go(house, payload):
    """Each would let somebody command in another's name, or answer where nobody asked."""
    summary = house.take_in("issue_comment", payload)

    assert (len(summary.deliveries), summary.malformed, list(house.commands)) == (1, 0, [])


def test_a_long_comment_is_cut_at_githubs_own_limit(house):
    house.take_in("issue_comment", comment(body="/why prod " + "x" * 100_000))

    assert len(house.commands[0].body) == 65_536


def test_a_click_on_our_run_is_a_command(house):
    house.take_in("check_run", click(external_id="p-1"))

    (command,) = house.commands
    assert (command.kind, command.verb, command.user) == ("click", "retry", "ada")
    assert (command.run_id, command.run_name, command.sha) == (77, "stagelock / dev", SHA)
    assert command.key == "click-guid-1"
    assert command.run_key == "p-1"


def test_re_run_is_a_click_too(house):
    house.take_in("check_run", {**click(), "action": "rerequested"})

    assert house.commands[0].verb == "rerequested"


def test_clicks_keep_the_order_of_their_arrival(house):
    house.take_in("check_run", click())
    first = house.commands[0].order

    assert first == int(NOW.timestamp() * 1000)


@pytest.mark.parametrize(
    "payload",
    [click(app={"id": APP + 1}), {**click(), "sender": BOT}, {**click(), "action": "completed"}],
    ids=["another App's run", "a bot", "no click"],
)
def test_no_click_of_a_person_on_our_run_is_no_command(house, payload):
    assert house.take_in("check_run", payload).commands == 0


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("issue_comment", {"action": "created", "comment": None, "sender": PERSON}),
        ("issue_comment", comment(id="900")),
        ("issue_comment", comment(created_at="yesterday")),
        ("commit_comment", comment(commit_id="not a commit")),
        ("push", {"repository": {"id": 7, "full_name": "no-slash"}}),
        ("push", []),
        ("check_run", click(head_sha=None)),
    ],
)
def test_a_malformed_delivery_is_done_with_and_stops_nothing(house, event, payload):
    """Else one bad delivery would be tried for ever, and everything behind it with it."""
    if event in {"issue_comment", "commit_comment", "check_run"} and isinstance(payload, dict):
        payload = {"action": "created", **payload}
    house.deliver(event, payload)
    house.deliver("issue_comment", comment(id=901))

    summary = house.intake.repository(7)

    assert (summary.malformed, summary.commands) == (1, 1)
    assert house.store.inbox.pending(7, None) == []


def test_an_installation_makes_its_repositories_known_and_due(house):
    listed = [{"id": 7, "full_name": "acme/shop"}, {"id": 8, "full_name": "acme/api"}]

    house.installed("installation", {"action": "created", "repositories": listed})

    assert [record.name for record in house.store.repos.of_installation(3)] == ["shop", "api"]
    assert house.due() == {"repo-7", "repo-8"}


@pytest.mark.parametrize(
    ("action", "word"), [("deleted", "not installed"), ("suspend", "suspended")]
)
def test_an_installation_that_ends_leaves_its_repositories_alone(house, action, word):
    house.take_in("push", {})

    house.installed("installation", {"action": action})

    assert word in house.record.unavailable


def test_a_late_delivery_of_an_old_installation_changes_nothing_and_lets_github_be_asked(house):
    """Uninstalled and installed again, or transferred: what belongs where is what GitHub says."""
    house.take_in("push", {})
    renamed = {**REPOSITORY, "full_name": "acme/old-name"}

    house.take_in("push", {"repository": renamed}, installation=2)
    house.take_in("repository", {"action": "deleted"}, installation=2)

    assert (house.record.installation_id, house.record.name) == (3, "shop")
    assert house.record.unavailable == ""
    assert "installation-2" in house.due()


def test_the_late_end_of_an_old_installation_leaves_what_moved_to_another_alone(house):
    house.take_in("push", {}, installation=4)

    house.installed("installation", {"action": "deleted"})
    entry = [{"id": 7, "full_name": "acme/shop"}]
    house.installed(
        "installation_repositories", {"action": "removed", "repositories_removed": entry}
    )

    assert (house.record.installation_id, house.record.unavailable) == (4, "")


@pytest.mark.parametrize("action", ["unsuspend", "new_permissions_accepted"])
def test_an_installation_that_comes_back_is_looked_at_at_once(house, action):
    house.take_in("push", {})
    house.installed("installation", {"action": "suspend"})
    house.due()

    house.installed("installation", {"action": action})

    assert house.record.unavailable == ""


def test_a_repository_taken_out_of_the_installation_is_left_alone_until_it_is_back(house):
    house.take_in("push", {})
    entry = [{"id": 7, "full_name": "acme/shop"}]

    house.installed(
        "installation_repositories", {"action": "removed", "repositories_removed": entry}
    )
    assert "taken out" in house.record.unavailable

    house.installed("installation_repositories", {"action": "added", "repositories_added": entry})
    assert house.record.unavailable == ""


def test_what_makes_nothing_due():
    assert dirty_key("star", "created", 7, 3) is None
    assert dirty_key("issue_comment", "edited", 7, 3) is None
    assert dirty_key("push", "", None, 3) is None
    assert dirty_key("installation", "created", None, None) is None


def test_a_push_tells_which_tips_its_branch_had(house):
    old, none = "b" * 40, "0" * 40
    house.take_in("push", {"ref": "refs/heads/main", "before": old, "after": SHA})
    house.take_in("push", {"ref": "refs/heads/new", "before": none, "after": SHA})
    house.take_in("push", {"ref": "refs/tags/v1", "before": none, "after": SHA})
    heard = [(h.branch, h.sha) for h in house.store.lines.heard(7)]
    assert heard == [("main", old), ("main", SHA), ("new", SHA)]
