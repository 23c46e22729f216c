"""
Of any two commands the second is judged by what the first has done (rule C39): it does not matter
whether they stand in one comment, in two that are seen in one look, or in two with looks between.
"""

from __future__ import annotations

import re

import pytest

from tests.simulation.quiet import DEV, a_world

STAGES = {
    "dev": DEV,
    "prod": {
        "needs": ["dev"],
        "path": "stages/prod",
        "auto": False,
        "lock": ["one"],
        "approve": {"count": 1},
    },
}
COMMANDS = (
    "/promote dev LAST",
    "/promote prod",
    "/promote prod --skip-gates the site is down",
    "/retry prod",
    "/approve prod",
    "/unapprove prod",
    "/cancel prod",
    "/hold prod not now",
    "/resume prod",
    "/block LAST it leaks",
    "/allow LAST",
    "/rollback dev",
    "/rollback prod",
    "/lock one looking",
    "/unlock one",
    "/stagelock status",
)


def begun():
    """Three freights came to `dev`; the first two went on to `prod`."""
    world = a_world(STAGES)
    for number in range(3):
        if number:
            world.server.commit("main", {"apps/a/x": b"%d" % number})
        world.tick()
        if number < 2:
            said(world, ["/promote prod\n/approve prod"])
    assert len(world.minted()) == len(world.rows("dev")) == 3
    assert [row.state for row in world.rows("prod")] == ["verified", "verified"]
    return world


def said(world, comments, *, looks=0):
    """All answers to the *comments*, each given so many *looks* before the next."""
    known, last = set(world.forge.comments), world.minted()[-1]
    for text in comments:
        world.comment(last, text.replace("LAST", last), "max")
        world.ticks(looks)
    world.ticks(2)
    new = [c for number, c in sorted(world.forge.comments.items()) if number not in known]
    return [part for c in new if c.is_bot for part in c.body.split("\n\n---\n\n")]


def gist(world, answers):
    """
    What does not hang on the second in which it was said: a grant that is given back before its
    reply is written is told in the past.
    """
    names = {sha[:7] for sha in world.minted()}
    return [_gist(answer, names) for answer in answers]


def _gist(answer, names):
    answer = re.sub(r"<sub>event.*", "", answer)
    answer = re.sub(r"\d\d:\d\d UTC", "THEN", answer)
    answer = re.sub(r"(?s)^(Granted: \S+) (?:is|was) (held .*?: looking\.).*", r"\1 \2", answer)

    def named(sha):
        return sha[0] if sha[0][:7] in names else "SHA"

    return re.sub(r"\b[0-9a-f]{7,40}\b", named, answer).strip()


def kept(world):
    """What the records say, but for times."""
    records = world.records()
    return {
        "promotions": [
            (p.stage, p.freight, p.attempt, p.state, p.reason, p.leaves, p.started_by, p.skips)
            for p in records.promotions
        ],
        "orders": [(o.verb, o.stage, o.freight) for o in records.orders],
        "holds": [(h.stage, h.reason, h.by) for h in records.holds],
        "blocks": [(b.freight, b.reason) for b in records.blocks],
        "approvals": [(a.stage, a.freight, a.login) for a in records.approvals],
        "locks": [(r.name, r.state) for r in records.direct],
        "requests": [(r.stage, r.state) for r in records.requests],
        "files": [
            world.server.objects.blob(entry.id)
            for stage in STAGES
            if (entry := world.server.at(world.server.tips["main"], f"stages/{stage}/web/x"))
        ],
    }


def came(one, two, *, way):
    world = begun()
    match way:
        case "one comment":
            answers = said(world, [f"{one}\n{two}"])
        case "one look":
            answers = said(world, [one, two])
        case _:
            answers = said(world, [one, two], looks=2)
    return gist(world, answers), kept(world)


@pytest.mark.parametrize("one", COMMANDS)
def test_of_two_commands_the_second_is_judged_by_what_the_first_has_done(one):
    for two in COMMANDS:
        apart = came(one, two, way="two looks")
        assert came(one, two, way="one comment") == apart, (one, two)
        assert came(one, two, way="one look") == apart, (one, two)
