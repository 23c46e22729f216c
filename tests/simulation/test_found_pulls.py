"""What the simulation found once about pull requests: each story as short as it could be made."""

from tests.simulation.test_found import TWO, a_story


def test_a_pull_request_that_we_closed_is_ours_to_have_closed_where_the_answer_was_lost():
    """rules U7, P28: its stage's upstream was renamed, and it was told as closed by a person."""
    stages = {
        "s0": {"path": "stages/s0"},
        "s1": {"needs": ["s0"], "path": "stages/s1", "via": "pull-request"},
        "s2": {
            "needs": ["s0"],
            "path": "stages/s2",
            "verify": {"checks": ["t2"]},
            "at-most-every": "1h",
            "via": "pull-request",
        },
        "s3": {"path": "stages/s3"},
    }
    events = [("edit", 9, 2, 0), ("502", 8, 23, 1), ("lost", 3, 15, 0), ("edit", 8, 16, 2)]
    assert a_story(stages, *events, seed=20784262, warehouses=TWO).wrong == ""
