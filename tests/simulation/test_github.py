"""The simulated GitHub keeps GitHub's rules where the product depends on them."""

from app.core.model.names import Sha
from tests.simulation.github import CI_APP, Run


def said(suite: int, app: int) -> list[str | None]:
    run = Run(7, Sha("a" * 40), "e2e", app, "completed", "success", suite=suite)
    facts = run.facts()
    assert len({fact.id for fact in facts}) == len(facts)
    return [fact.conclusion for fact in facts]


def test_a_status_that_was_pending_stays_listed_beside_the_one_that_replaced_it():
    """https://docs.github.com/en/rest/commits/statuses#list-commit-statuses-for-a-reference"""
    assert said(suite=0, app=0) == [None, "success"]


def test_a_check_run_is_one_and_changes():
    assert said(suite=3, app=CI_APP) == ["success"]
