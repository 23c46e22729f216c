"""Groups of an organisation, in histories made by hand: each wrong one beside the right one."""

from dataclasses import replace

from app.core.model.names import GroupName
from tests.oracle import organizations
from tests.oracle.histories import request
from tests.oracle.organizations import Shared, qualified

E2E = GroupName(qualified(9, "e2e"))
ONE = Shared(True, {E2E: 1})


def asked(repo, state="queued", number=1, **more):
    row = request("dev", "b", state, number)
    return replace(row, id=number, repo_id=repo, groups=(E2E,), **more)


def ids(wrong):
    return [words.split(":")[0] for words in wrong]


def test_the_file_is_read_or_it_is_not_valid():
    found = organizations.read(9, b'{"version": 1, "locks": {"e2e": {"permits": ["a", "b"]}}}')
    assert found == Shared(True, {E2E: 2}, {E2E: ("a", "b")})
    assert organizations.read(9, b"no json") is None
    assert organizations.read(9, None) is None


def test_nothing_is_granted_while_the_file_cannot_be_read_or_does_not_define_it():
    grant = asked(1, "held")
    assert organizations.granted(ONE, grant) == []
    assert ids(organizations.granted(replace(ONE, readable=False), grant)) == ["L52"]
    assert ids(organizations.granted(Shared(), grant)) == ["L51"]


def test_a_place_is_kept_while_nobody_knows_what_there_is():
    before = asked(1)
    over, silent = replace(before, state="rejected"), replace(ONE, readable=False)
    assert organizations.ended(ONE, before, over) == []
    assert ids(organizations.ended(silent, before, over)) == ["L52"]
    assert ids(organizations.ended(Shared(), before, over)) == ["L51"]
    assert organizations.ended(silent, before, replace(before, state="cancelled")) == []


def test_whoever_waits_elsewhere_is_woken_by_what_ends():
    over, waits, own = asked(1, "released"), asked(2, number=2), asked(1, number=3)
    assert organizations.unwoken([over], [waits, own], {2}) == []
    assert ids(organizations.unwoken([over], [waits, own], set())) == ["L49"]


def test_whose_turn_it_is_in_the_other_repository_is_owed_its_group():
    def owed(shared, *live):
        return ids(sentence for _, sentence in organizations.owing(shared, live, {1}))

    waits = asked(2, number=2)
    assert owed(ONE, waits) == ["L49"]
    assert owed(ONE, asked(1), waits) == []
    assert owed(ONE, asked(1, "held"), waits) == []
    assert owed(replace(ONE, permits={E2E: 2}), asked(1, "held"), waits) == ["L49"]
    assert owed(replace(ONE, permits={E2E: 2}), asked(1, "held", weights={E2E: 2}), waits) == []
    assert owed(replace(ONE, readable=False), waits) == []
    assert owed(ONE, asked(1, number=2)) == []
