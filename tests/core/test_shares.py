from app.core.model.facts import Role
from app.core.state.budget_shares import FEWEST, Importance, part, replies_an_hour, talk_part


def test_what_matters_more_may_use_more_of_what_is_left():
    assert [part(60, one) for one in Importance] == [57, 60, 60, 51, 48]
    assert [part(400, one) for one in Importance] == [380, 400, 400, 340, 320]


def test_talk_has_a_part_of_its_own_which_leaves_most_to_runs():
    assert [talk_part(60, one) for one in Importance] == [None, 24, 15, None, 18]
    assert [talk_part(400, one) for one in Importance] == [None, 160, 100, None, 120]


def test_who_may_do_more_has_more_replies():
    roles: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain")
    shares = [replies_an_hour(role) for role in roles]

    assert shares == sorted(set(shares))
    assert shares[0] == FEWEST
