"""Which freight a command means, from where it was typed."""

import re

import pytest

from app.core.commands import (
    TABLE,
    Anywhere,
    Command,
    NoFreight,
    OnCommit,
    OnOurPull,
    OnPull,
    Why,
    any_freight,
    which_freight,
)
from app.core.model.names import Sha, StageName, WarehouseName
from app.core.model.pipeline import Pipeline, Warehouse
from app.core.model.records import Freight, Records
from app.core.model.snapshot import ConfigState
from app.core.model.verdicts import GateAnswer, Reason
from tests.core.commanding import only
from tests.core.saying import (
    AT,
    CONFIG,
    freight,
    minted,
    plan,
    promotion,
    sha,
    snapshot,
    stages,
    verdict,
)

OPEN = (GateAnswer("needs", "pass", Reason.PASSED),)


SHUT = (GateAnswer("needs", "wait", Reason.UPSTREAM_UNVERIFIED, ("e2e",)),)


SOAKING = (*OPEN, GateAnswer("soak", "wait", Reason.SOAKING))


UNASKED = (*OPEN, GateAnswer("auto", "wait", Reason.NOT_STARTED))


def waiting(number, gates, **more):
    return verdict(stage="prod", number=number, gates=gates, **more)


def chosen(body, context=Anywhere(), world=None, verdicts=()):  # noqa: B008 - a value
    return which_freight(only(body), context, world or minted(1, 3, 5), plan(*verdicts))


def test_promote_means_the_newest_freight_whose_other_gates_pass():
    found = chosen(
        "/promote prod", verdicts=[waiting(5, SHUT), waiting(4, SOAKING), waiting(3, UNASKED)]
    )

    assert found == freight(3)


def test_without_such_it_means_the_newest_that_is_verified_upstream():
    assert chosen("/promote prod", verdicts=[waiting(5, SHUT), waiting(3, SOAKING)]) == freight(3)


def test_nothing_verified_upstream_is_nothing_to_promote():
    assert isinstance(chosen("/promote prod", verdicts=[waiting(5, SHUT)]), NoFreight)


def test_what_has_ended_is_not_promoted_again_by_the_way():
    ended = [
        verdict(phase, Reason.VERIFIED, stage="prod", gates=OPEN)
        for phase in ("verified", "failed", "superseded", "cancelled")
    ]

    assert isinstance(chosen("/promote prod", verdicts=ended), NoFreight)


def test_retry_means_what_failed_there():
    found = chosen(
        "/retry prod",
        verdicts=[waiting(5, OPEN), verdict("failed", Reason.CHECK_FAILED, stage="prod", number=3)],
    )

    assert found == freight(3)


def test_what_was_cancelled_is_retried_where_nothing_failed():
    cancelled = verdict("cancelled", Reason.PULL_CLOSED, stage="prod", number=5)
    failed = verdict("failed", Reason.CHECK_FAILED, stage="prod", number=3)

    assert chosen("/retry prod", verdicts=[cancelled]) == freight(5)
    assert chosen("/retry prod", verdicts=[cancelled, failed]) == freight(3)


def test_asking_why_is_about_the_stage_where_its_place_has_no_freight():
    assert chosen("/why prod", OnPull(None), verdicts=[waiting(5, SHUT)]) == freight(5)


def test_a_named_freight_is_found_by_seven_digits():
    world = minted(0xABC << 132, commits=[0xABC << 132])

    assert chosen("/promote prod abc0000", world=world) == NoFreight(
        Why.NONE_BEGINS, ("web", "abc0000"), freight(0xABC << 132)
    )
    assert chosen("/promote prod 0000abc", world=world) == freight(0xABC << 132)
    assert chosen("/promote prod web@0000abc", world=world) == freight(0xABC << 132)


def test_an_ambiguous_name_is_refused():
    assert chosen("/promote prod 0000000").why is Why.AMBIGUOUS


def test_freight_of_another_warehouse_is_refused():
    assert chosen("/promote prod api@0000000") == NoFreight(
        Why.OTHER_WAREHOUSE, ("prod", "web", "api")
    )


def test_withdrawn_freight_is_refused_by_name():
    world = minted(0xABC << 132, commits=[1])

    assert chosen("/promote prod 0000abc", world=world).why is Why.WITHDRAWN


def test_on_our_pull_request_promote_moves_on_and_other_commands_mean_its_own():
    rows = [
        waiting(5, OPEN),
        verdict(
            "in-review", Reason.REVIEW, stage="prod", number=3, promotion=promotion("p", pull=4)
        ),
    ]

    assert chosen("/promote prod", OnOurPull(StageName("prod")), verdicts=rows) == freight(5)
    assert chosen("/why prod", OnOurPull(StageName("prod")), verdicts=rows) == freight(3)


def test_on_a_merged_pull_request_it_is_the_first_freight_that_contains_the_merge():
    """Commit 2 made no freight itself; 3 is the first that holds it."""
    assert chosen("/promote prod", OnPull(sha(2))) == freight(3)
    assert chosen("/promote prod", OnPull(sha(3))) == freight(3)
    assert chosen("/promote prod", OnPull(sha(6))).why is Why.NOT_MINTED


def test_on_an_open_pull_request_it_is_the_newest_eligible_or_failed_freight():
    """Rule C12."""
    failed = verdict("failed", Reason.CHECK_FAILED, stage="prod", number=3)
    rows = [waiting(5, SHUT), waiting(4, UNASKED), failed]

    assert chosen("/promote prod", OnPull(None), verdicts=rows) == freight(4)
    assert chosen("/retry prod", OnPull(None), verdicts=rows) == freight(3)
    assert chosen("/retry prod", OnPull(None), verdicts=rows[:2]) == NoFreight(
        Why.NOTHING_FAILED, ("prod",)
    )


def test_a_stage_that_has_the_newest_freight_is_said_to():
    rows = snapshot(
        records=Records(
            freights=minted(5).records.freights,
            promotions=(promotion("p", stage="prod", number=5, state="verified", landed=sha(50)),),
        ),
        lines=minted(5).lines,
        reachable=frozenset({sha(50)}),
    )

    assert chosen("/promote prod", world=rows) == NoFreight(Why.IS_NEWEST, ("prod", "web 0000000"))


def test_retry_may_name_its_freight():
    assert only("/retry prod 4F2A91C") == Command(
        "retry", "/retry prod 4F2A91C", "write", "prod", "4f2a91c"
    )


def test_a_pull_request_that_was_merged_elsewhere_names_no_freight():
    assert chosen("/promote prod", OnPull(sha(77))).why is Why.NOT_ON_BRANCH


def test_on_a_commit_it_is_that_commits_freight_or_the_one_that_landed_as_it():
    world = minted(3)
    landed = promotion("p", number=3, landed=sha(50))
    world = snapshot(
        records=type(world.records)(freights=world.records.freights, promotions=(landed,)),
        lines=world.lines,
    )

    assert chosen("/promote prod", OnCommit(sha(3)), world) == freight(3)
    assert chosen("/promote prod", OnCommit(sha(50)), world) == freight(3)
    assert chosen("/promote prod", OnCommit(sha(4)), world).why is Why.NOT_ITS_COMMIT


def test_an_unknown_stage_has_no_freight():
    assert chosen("/promote nowhere") == NoFreight(Why.NO_STAGE, ("nowhere",))


def test_the_table_and_the_parser_agree():
    """Every usage line, filled in, is read as the command that it documents."""
    for spec in TABLE:
        line = (
            re.sub(r"\s*\[.*?\]", "", spec.usage)
            .replace("STAGE", "prod")
            .replace("FREIGHT", "1234567")
        )
        assert only(line).verb == spec.verb
        assert only(line).role == spec.role


BOTH = Pipeline(
    {
        WarehouseName("web"): Warehouse(WarehouseName("web")),
        WarehouseName("api"): Warehouse(WarehouseName("api")),
    },
    stages("dev"),
)
SHARED = tuple(Freight(freight(1, name), AT) for name in ("web", "api"))


@pytest.mark.parametrize(
    ("verb", "blocked", "instead"),
    [
        ("block", (), f"/block web@{sha(1)} leaks"),
        ("block", ("web",), f"/block web@{sha(1)} leaks"),
        ("allow", (), ""),
        ("allow", ("api",), f"/allow api@{sha(1)}"),
        ("allow", ("web", "api"), f"/allow web@{sha(1)}"),
    ],
)
def test_of_a_commit_of_two_warehouses_one_is_named_that_would_do(verb, blocked, instead):
    """rules C23, R45: `/allow` of what nobody had blocked was offered."""
    among = [freight(1, name) for name in blocked] if verb == "allow" else None
    world = snapshot(
        config=ConfigState("valid", Sha(CONFIG), Sha(CONFIG), BOTH),
        records=Records(freights=SHARED),
    )
    reason = " leaks" if verb == "block" else ""
    found = any_freight(only(f"/{verb} {sha(1)}{reason}"), world, among)
    assert isinstance(found, NoFreight)
    assert (found.why, found.instead) == (Why.IN_SEVERAL, instead)


def test_where_the_digits_fit_several_of_one_warehouse_the_other_one_is_named():
    rows = (Freight(freight(1), AT), Freight(freight(2), AT), Freight(freight(3, "api"), AT))
    world = snapshot(
        config=ConfigState("valid", Sha(CONFIG), Sha(CONFIG), BOTH), records=Records(freights=rows)
    )
    found = any_freight(only("/block 0000000 leaks"), world)
    assert isinstance(found, NoFreight)
    assert found.instead == "/block api@0000000 leaks"
