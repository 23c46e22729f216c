"""The gate `approval` and who may command a stage, as pure decisions: a table, and at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.commands import Command, commanders
from app.core.gates.approval import approval
from app.core.gates.gate import Entry
from app.core.model.facts import ReviewFact
from app.core.model.names import StageName
from app.core.model.people import Approval, Approve, People, Person, Standing
from app.core.model.questions import (
    AuthorsQuestion,
    CannotAsk,
    MemberQuestion,
    StandingQuestion,
    Unanswered,
)
from app.core.model.verdicts import Reason
from app.core.state.ledger import Ledger
from app.core.state.reviews import standing
from app.core.state.rights import may
from app.core.text.gates import sentence
from app.core.text.titles import title
from tests.core.saying import AT, LAW, NOW, freight, minted, pipeline, verdict

ANN, BOB, CAT = (Person(number, name) for number, name in enumerate(("ann", "bob", "cat"), 1))
PEOPLE = (ANN, BOB, CAT)


def gave(person: Person, number: int = 1, stage: str = "prod", at=AT) -> Approval:
    return Approval(StageName(stage), freight(number), person.id, person.login, at)


def world(asked: Approve | None, *approvals: Approval, allow=None, **facts):
    """(ledger, view): prod asks so, and these approvals are on record."""
    named = pipeline("prod")
    stage = replace(named.stages["prod"], approve=asked, allow=allow or People())
    made = minted(1, 2)
    facts.setdefault("standings", {p.id: Standing(p.login, "write") for p in PEOPLE})
    facts.setdefault("authors", {("prod", freight()): frozenset({99})})
    shown = replace(made, records=replace(made.records, approvals=approvals), **facts)
    ledger = Ledger(shown, replace(named, stages={"prod": stage}))
    return ledger, ledger.views[StageName("prod")]


def answered(asked, *approvals, alone=True, **facts):
    ledger, view = world(asked, *approvals, **facts)
    return approval(Entry(ledger, view, freight(), alone))


def test_a_stage_that_asks_for_none_has_no_such_gate():
    assert answered(None, gave(ANN)) is None


@pytest.mark.parametrize(
    ("asked", "given", "facts", "counted"),
    [
        (Approve(), (), {}, None),
        (Approve(), (ANN,), {}, ("ann",)),
        (Approve(count=2), (ANN,), {}, None),
        (Approve(count=2), (ANN, BOB), {}, ("ann", "bob")),
        (Approve(count=2), (ANN, BOB, CAT), {}, ("ann", "bob")),
        (Approve(), (ANN,), {"standings": {1: Standing("ann", "read")}}, None),
        (Approve(), (ANN,), {"standings": {1: Standing("ann", "triage")}}, None),
        (Approve(), (ANN,), {"standings": {1: Standing("ann", "maintain")}}, ("ann",)),
        (Approve(), (ANN,), {"authors": {("prod", freight()): frozenset({1})}}, None),
        (Approve(), (ANN,), {"authors": {("prod", freight()): frozenset({1, 2})}}, ("ann",)),
        (Approve(), (ANN,), {"authors": {("prod", freight()): frozenset({1, 0})}}, ("ann",)),
        (Approve(), (ANN,), {"authors": {("prod", freight()): frozenset()}}, ("ann",)),
        (
            Approve(allow_author=True),
            (ANN,),
            {"authors": {("prod", freight()): frozenset({1})}},
            ("ann",),
        ),
        (Approve(People(users=("bob",))), (ANN,), {}, None),
        (Approve(People(users=("bob",))), (ANN, BOB), {}, ("bob",)),
        (
            Approve(People(users=("BOB",))),
            (BOB,),
            {"standings": {2: Standing("bob", "read")}},
            ("bob",),
        ),
        (
            Approve(People(users=("bob",))),
            (BOB,),
            {"standings": {2: Standing("bob", "none")}},
            None,
        ),
        (
            Approve(People(users=("bob",))),
            (BOB,),
            {"standings": {2: Standing("robert", "admin")}},
            None,
        ),
        (
            Approve(People(users=("robert",))),
            (BOB,),
            {"standings": {2: Standing("robert", "read")}},
            ("bob",),
        ),
        (Approve(People(teams=("ops",))), (ANN,), {"members": {("ops", 1): True}}, ("ann",)),
        (Approve(People(teams=("ops",))), (ANN,), {"members": {("ops", 1): False}}, None),
        (
            Approve(People(teams=("ops", "qa"))),
            (ANN,),
            {"members": {("ops", 1): False, ("qa", 1): True}},
            ("ann",),
        ),
        (Approve(), (ANN,), {"allow": People(users=("bob",))}, None),
        (Approve(), (BOB,), {"allow": People(users=("bob",))}, ("bob",)),
        (
            Approve(People(users=("ann",))),
            (ANN,),
            {"allow": People(users=("bob",))},
            ("ann",),
        ),
    ],
)
def test_who_counts(asked, given, facts, counted):
    found = answered(asked, *(gave(one) for one in given), **facts)

    assert found.state == ("pass" if counted else "wait")
    assert found.reason is (Reason.PASSED if counted else Reason.NOT_APPROVED)
    if counted:
        assert found.names == tuple(f"@{login}" for login in counted)
        assert found.since == AT


def test_approvals_of_other_freight_and_other_stages_are_none():
    assert answered(Approve(), gave(ANN, 2), gave(BOB, stage="qa")).state == "wait"


def test_it_says_whose_approval_counts_no_more_and_who_may_give_one():
    asked = Approve(People(("ops",), ("ann", "cat")), count=2)
    facts = {
        "standings": {p.id: Standing(p.login, "write") for p in PEOPLE},
        "members": {("ops", 2): False},
        "authors": {("prod", freight()): frozenset({3})},
    }

    found = answered(asked, *(gave(one) for one in PEOPLE), **facts)

    assert found.tally == (2, ("ann",), ("bob",), ("cat",), ("@ann", "@cat", "@acme/ops"))
    said = sentence(found)
    assert said.startswith("needs 1 more approval. ")
    assert all(name in said for name in ("ann", "bob", "cat"))


@pytest.mark.parametrize(
    ("count", "given", "words"),
    [
        (1, (), "waiting: needs an approval: /approve prod"),
        (2, (), "waiting: needs 2 approvals: /approve prod"),
        (2, (ANN,), "waiting: needs 1 more approval: /approve prod"),
        (3, (ANN,), "waiting: needs 2 more approvals: /approve prod"),
    ],
)
def test_its_title_says_how_many_are_missing_and_what_to_type(count, given, words):
    gate = answered(Approve(count=count), *(gave(one) for one in given))
    waiting = verdict("waiting", gate.reason, stage="prod", gates=(gate,))

    assert title(waiting) == words


@pytest.mark.parametrize(
    ("facts", "question"),
    [
        ({"standings": {}}, StandingQuestion(ANN)),
        ({"members": {}}, MemberQuestion("ops", ANN)),
        ({"authors": {}}, AuthorsQuestion(StageName("prod"), freight())),
    ],
)
def test_what_is_not_known_is_asked_and_opens_nothing(facts, question):
    asked = Approve(People(teams=("ops",)))
    known = {"members": {("ops", 1): True}, **facts}
    ledger, view = world(asked, gave(ANN), **known)

    found = approval(Entry(ledger, view, freight(), alone=True))
    assert found is not None
    assert found.state == "wait"
    assert ledger.questions == {question}
    none = Unanswered("cannot", "GitHub cannot be asked", NOW, NOW + timedelta(seconds=10))
    ledger, view = world(asked, gave(ANN), unanswered={question: none}, **known)
    with pytest.raises(CannotAsk):
        approval(Entry(ledger, view, freight(), alone=True))


def review(number, user, state, commit="a" * 40, *, is_bot=False):
    return ReviewFact(number, user.login, state, commit, is_bot, user.id)


@pytest.mark.parametrize(
    ("reviews", "standing_now"),
    [
        ((), {}),
        ([review(1, ANN, "APPROVED")], {1: "APPROVED"}),
        ([review(1, ANN, "APPROVED"), review(2, ANN, "COMMENTED")], {1: "APPROVED"}),
        ([review(1, ANN, "APPROVED"), review(2, ANN, "PENDING")], {1: "APPROVED"}),
        ([review(1, ANN, "DISMISSED")], {1: "DISMISSED"}),
        ([review(1, ANN, "APPROVED"), review(2, ANN, "DISMISSED")], {1: "DISMISSED"}),
        (
            [review(1, ANN, "APPROVED"), review(2, ANN, "CHANGES_REQUESTED")],
            {1: "CHANGES_REQUESTED"},
        ),
        ([review(1, ANN, "CHANGES_REQUESTED"), review(2, ANN, "APPROVED")], {1: "APPROVED"}),
        (
            [review(1, ANN, "APPROVED"), review(2, BOB, "CHANGES_REQUESTED")],
            {1: "APPROVED", 2: "CHANGES_REQUESTED"},
        ),
        ([review(1, ANN, "APPROVED", is_bot=True)], {}),
        (
            [review(1, ANN, "APPROVED"), review(2, Person(1, "anna"), "CHANGES_REQUESTED")],
            {1: "CHANGES_REQUESTED"},
        ),
    ],
)
def test_of_each_persons_reviews_the_newest_that_takes_a_side_stands(reviews, standing_now):
    """Rule P32."""
    assert {number: r.state for number, r in standing(reviews).items()} == standing_now


def test_behind_a_gate_that_waits_nobody_is_asked():
    ledger, view = world(Approve(), gave(ANN), standings={}, authors={})

    found = approval(Entry(ledger, view, freight(), alone=False))
    assert found is not None
    assert found.state == "pass"
    assert not ledger.questions


def test_of_more_than_are_needed_no_more_are_asked():
    ledger, view = world(Approve(), gave(ANN), gave(BOB), standings={1: Standing("ann", "write")})

    found = approval(Entry(ledger, view, freight(), alone=True))
    assert found is not None
    assert found.state == "pass"
    assert not ledger.questions


ROLES = ("none", "read", "triage", "write", "maintain", "admin")
NAMES = ("ann", "bob", "cat", "dan")


@LAW
@given(
    count=st.integers(1, 4),
    allow_author=st.booleans(),
    users=st.frozensets(st.sampled_from(NAMES)),
    team=st.one_of(st.none(), st.frozensets(st.integers(1, 4))),
    roles=st.tuples(*[st.sampled_from(ROLES)] * 4),
    givers=st.lists(st.integers(1, 4), unique=True),
    authors=st.frozensets(st.integers(0, 4)),
)
def test_it_passes_with_so_many_people_who_may_and_are_not_its_only_author(
    count, allow_author, users, team, roles, givers, authors
):
    """Rule G2."""
    people = People(() if team is None else ("ops",), tuple(sorted(users)))
    rows = tuple(gave(Person(n, NAMES[n - 1])) for n in givers)
    found = answered(
        Approve(people, count, allow_author),
        *rows,
        standings={n: Standing(NAMES[n - 1], roles[n - 1]) for n in range(1, 5)},
        members={("ops", n): n in (team or ()) for n in range(1, 5)},
        authors={("prod", freight()): authors},
    )

    def counts(number):
        role, name = roles[number - 1], NAMES[number - 1]
        named = name in users or (team is not None and number in team)
        right = named and role != "none" if users or team is not None else ROLES.index(role) > 2
        return right and (allow_author or authors != {number})

    assert (found.state == "pass") == (len([n for n in givers if counts(n)]) >= count)


@pytest.mark.parametrize(
    ("verb", "role", "key"),
    [
        ("promote", "write", "allow"),
        ("hold", "write", "allow"),
        ("retry", "write", "allow"),
        ("approve", "write", "approve"),
        ("unapprove", "write", "approve"),
        ("promote", "maintain", "allow"),
        ("why", "read", None),
    ],
)
def test_which_key_of_the_stage_says_who_may(verb, role, key):
    named = pipeline("prod")
    keys = {"allow": People(users=("ann",)), "approve": Approve(People(users=("bob",)))}
    stage = replace(named.stages["prod"], **keys)
    found = commanders(
        Command(verb, f"/{verb} prod", role, "prod"), replace(named, stages={"prod": stage})
    )

    assert (found and found[0]) == key


def test_without_such_keys_the_role_decides():
    assert (
        commanders(Command("promote", "/promote prod", "write", "prod"), pipeline("prod")) is None
    )


def test_who_is_called_otherwise_by_now_is_asked_about_by_that_name():
    ledger, _ = world(None, standings={1: Standing("anna", "write")})

    assert may(ledger, ANN, People(teams=("ops",))) is None
    assert ledger.questions == {MemberQuestion("ops", Person(1, "anna"))}
