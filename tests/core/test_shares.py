from app.core.model.facts import Role
from app.core.state.budget_shares import FEWEST, Importance, part, replies_an_hour


def test_what_matters_more_may_use_more_of_what_is_left():
    assert [part(60, one) for one in Importance] == [60, 54, 48, 45, 36]
    assert [part(400, one) for one in Importance] == [400, 360, 320, 300, 240]


def test_who_may_do_more_has_more_replies():
    roles: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain")
    shares = [replies_an_hour(role) for role in roles]

    assert shares == sorted(set(shares))
    assert shares[0] == FEWEST
