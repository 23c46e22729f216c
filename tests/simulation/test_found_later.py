"""What the simulation found since: each story as short as it could be made."""

from tests.simulation.test_found import TWO, a_story


def test_a_commit_that_failed_its_checks_offers_nothing_that_needs_its_stage():
    """rule R45: the stage was removed, and the run went on offering `/why` of it."""
    warehouses = {"w0": {**TWO["w0"], "checks": ["build"]}, "w1": TWO["w1"]}
    stages = {"s0": {"freight": "w1", "path": "stages/s0"}, "s1": {"path": "stages/s1"}}
    events = [
        ("ci", 19, 15, 1),
        ("fail-again", 18, 5, 2),
        ("ci", 8, 10, 0),
        ("wait", 8, 22, 2),
        ("edit", 13, 7, 0),
    ]
    assert a_story(stages, *events, seed=5251, warehouses=warehouses).wrong == ""
