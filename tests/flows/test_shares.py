"""What an installation may create on GitHub is shared: talk never stops promotions."""

from __future__ import annotations

from datetime import timedelta

from app.core.model.names import Sha
from app.core.model.people import Person
from tests.flows.arriving import eyes, say
from tests.flows.budgets import renewed
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import ALONE

HOUR = timedelta(hours=1)


def test_sixty_comments_of_a_reader_delay_nobodys_runs(flow: Flow):
    first = flow.repo(ALONE)
    flow.world.set_role(REPO, "rita", "read")
    for _ in range(60):
        flow.world.comment(REPO, first, "/why dev", by="rita")
    flow.settle()

    pushed = flow.push({"apps/web/index.html": "two"})

    run = flow.run(pushed, "dev")
    assert run is not None
    assert run.conclusion == "success"
    installation = flow.app.store.repos.all()[0].installation_id
    rita = Person(flow.world.user("rita").id, "rita")
    had = flow.app.store.history.answered(installation, rita, flow.clock() - HOUR)
    assert had == 10
    assert sum(eyes(comment) for comment in flow.world.comments(REPO, first)) == 10


def test_while_little_is_used_a_refusal_has_its_receipt_and_reply_in_the_same_look(flow: Flow):
    """Pushes through a few stages make fifty runs in a minute; some are left for who asks."""
    first = flow.repo(ALONE)
    flow.world.set_role(REPO, "rita", "read")
    renewed(flow)
    installation = flow.app.store.repos.all()[0].installation_id
    assert not any(flow.app.store.budget.spend(installation) for _ in range(50))

    asked, answers = say(flow, first, "/promote dev", "rita")

    assert eyes(asked) == 1
    [refusal] = answers
    assert "needs *write*; you have *read*" in refusal


def test_what_many_people_say_in_one_place_takes_effect_and_one_answer_says_that_the_next_wait(
    flow: Flow,
):
    first = flow.repo(ALONE)
    people = [f"reader{n}" for n in range(13)]
    with flow.clock.still():
        for who in people:
            flow.world.set_role(REPO, who, "read")
            for _ in range(5):
                flow.world.comment(REPO, first, "/why dev", by=who)
        flow.world.comment(REPO, first, "/hold dev not now", by="bob")
    flow.settle()

    assert [hold.stage for hold in flow.records().holds] == ["dev"]
    repo_id, start = flow.world.repo(REPO).id, flow.clock() - HOUR
    assert len(flow.app.store.history.answers_on(repo_id, Sha(first), start)) == 66
    waiting = flow.app.store.history.open_commands(repo_id)
    told = [one for one in waiting if "their replies come later" in one.outcome]
    assert len(told) == 1
    assert "the next one after" in told[0].outcome
