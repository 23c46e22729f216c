"""`/lock` and `/unlock` as they are typed."""

from datetime import timedelta

import pytest

from app.core.commands import Command, CommandProblem
from app.core.text import refusals
from tests.core.commanding import only

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("body", "group", "length", "reason"),
    [
        ("/lock e2e-env debugging the login", "e2e-env", None, "debugging the login"),
        ("/Lock E2E-env FOR 30M Debugging", "e2e-env", HOUR / 2, "Debugging"),
        ("/lock db for 24h because", "db", 24 * HOUR, "because"),
        ("/lock db for 1d because", "db", 24 * HOUR, "because"),
        ("/lock db for debugging", "db", None, "for debugging"),
        ("/lock db for", "db", None, "for"),
    ],
)
def test_a_lock_has_a_reason_and_may_say_for_how_long(body, group, length, reason):
    expected = Command("lock", body, "write", group=group, length=length, reason=reason)
    assert only(body) == expected


@pytest.mark.parametrize(
    ("body", "group", "token", "reason"),
    [
        ("/unlock db", "db", None, ""),
        ("/unlock DB#17", "db", 17, ""),
        ("/unlock db --force the runner died", "db", None, "the runner died"),
        ("/unlock db#17 --Force it", "db", 17, "it"),
    ],
)
def test_an_unlock_may_name_the_grant_and_force_it(body, group, token, reason):
    found = only(body)
    assert (found.group, found.token, found.reason) == (group, token, reason)
    assert found.force is bool(reason)
    assert found.role == ("maintain" if reason else "read")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("/lock", "needs a lock group"),
        ("/unlock", "needs a lock group"),
        ("/lock db", "needs a reason"),
        ("/lock db for 30m", "needs a reason"),
        ("/lock db for 0m x", "is not between a second and 24 hours"),
        ("/lock db for 25h x", "is not between a second and 24 hours"),
        ("/lock db for 999999999d x", "is not between a second and 24 hours"),
        ("/lock db for 2w x", "write a duration"),
        ("/lock db for 2\u017f x", "write a duration"),
        ("/unlock db#x", "is not a fencing token"),
        ("/unlock db# --force x", "is not a fencing token"),
        ("/unlock db now", "takes no further arguments"),
        ("/unlock db --force", "needs a reason"),
    ],
)
def test_what_is_misread_says_what_is_wrong(body, words):
    found = only(body)
    assert isinstance(found, CommandProblem)
    assert words in refusals.misread(found)
    assert (found.suggestion or "").startswith(body.split()[0])
