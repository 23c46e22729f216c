"""What the simulation found once: each story as short as it could be made."""

from tests.simulation.play import Story, play
from tests.simulation.stories import COPY, EVERYTHING, ONE, TWO, a_story


def test_a_removed_stages_promotion_makes_no_freight():
    """Its outputs are nobody's any more, so the paths alone would watch them."""
    stages = {
        "s0": {"path": "stages/s0", "steps": COPY},
        "s1": {"branch": "env/s1"},
        "s2": {"branch": "env/s2"},
    }
    assert a_story(stages, ("edit", 9, 19, 0), seed=318).wrong == ""


def test_a_promotion_under_way_is_started_by_a_person_where_it_came_to_wait_for_one():
    """`auto: false` came in between; "it is on its way already" was no answer."""
    stages = {
        "s0": {
            "branch": "env/s0",
            "verify": {"checks": ["t0*"]},
            "lock": ["one"],
            "queue": "all",
        },
        "s1": {"needs": ["s0"], "path": "stages/s1"},
    }
    events = [("wait", 16, 17, 0), ("push", 1, 15, 0), ("edit", 20, 14, 1)]
    assert a_story(stages, *events, seed=114).wrong == ""


def test_foreign_content_is_replaced_by_an_open_pull_request_when_a_person_says_so():
    """The pull request was open already, and `/promote` was refused: it waited for ever."""
    stages = {
        "s0": {"path": "stages/s0", "steps": COPY},
        "s1": {"needs": ["s0"], "path": "stages/s1", "via": "pull-request"},
    }
    assert a_story(stages, ("hand", 13, 23, 1), seed=4).wrong == ""


def test_a_head_that_conflicts_with_its_base_is_made_anew():
    """A force push took the base from under it; nobody could have merged it."""
    stages = {"s0": {"path": "stages/s0", "steps": COPY, "via": "pull-request", "merge": "auto"}}
    events = [("wait", 0, 2, 0), ("push", 0, 1, 0), ("hand", 0, 3, 0), ("force", 0, 1, 0)]
    assert a_story(stages, *events).wrong == ""


def test_a_force_push_below_an_open_pull_request_brings_nothing_back_with_its_merge():
    stages = {"s0": {"path": "stages/s0", "steps": COPY, "queue": "all", "via": "pull-request"}}
    events = [
        ("push", 0, 1, 0),
        ("mixed", 0, 3, 0),
        ("push", 0, 4, 0),
        ("merge-pull", 0, 1, 0),
        ("force", 0, 1, 1),
    ]
    assert a_story(stages, *events).wrong == ""


def test_a_head_with_a_persons_commit_is_written_anew_once_somebody_merged_it():
    """What the commit brought is on the stage's branch then; only its old head is left behind."""
    stages = {"s0": {"branch": "env/s0", "via": "pull-request"}}
    events = [("foreign", 5, 14, 2), ("merge-pull", 2, 16, 0), ("push", 9, 3, 0)]
    assert a_story(stages, *events, seed=258).wrong == ""


def test_a_retry_runs_under_the_grant_that_follows_the_one_that_ends_in_the_same_step():
    stages = {
        "s0": {"path": "stages/s0", "steps": COPY},
        "s1": {"needs": ["s0"], "path": "stages/s1", "verify": {"checks": ["t1"]}, "lock": ["one"]},
        "s2": {"needs": ["s0"], "branch": "env/s2", "steps": COPY, "lock": ["one"]},
    }
    events = [
        ("wait", 8, 5, 0),
        ("crash-before", 11, 14, 1),
        ("hand", 14, 8, 0),
        ("click", 8, 20, 1),
        ("ci", 17, 11, 0),
        ("fail-again", 22, 15, 0),
    ]
    assert a_story(stages, *events, seed=293).wrong == ""


def test_a_head_that_was_merged_before_we_noted_its_push_is_ours():
    """Its push was stored only as intended; the next freight took the branch for a person's."""
    stages = {
        "s0": {"branch": "env/s0", "via": "pull-request"},
        "s1": {"path": "stages/s1", "soak": "2h"},
    }
    events = [
        ("crash-before", 13, 2, 0),
        ("crash-after", 0, 20, 1),
        ("crash-before", 18, 1, 0),
        ("push", 6, 16, 0),
        ("crash-after", 1, 20, 0),
        ("ci", 18, 21, 0),
        ("ci", 0, 23, 0),
        ("mixed", 1, 10, 0),
        ("merge-pull", 5, 10, 2),
    ]
    assert a_story(stages, *events, seed=1916, warehouses=ONE).wrong == ""


def test_a_stage_that_gets_another_lock_does_not_give_back_the_one_whose_job_runs():
    """The newer promotion took the suspect grant for its own request, and found it too large."""
    stages = {
        "s1": {
            "branch": "env/s1",
            "verify": {"checks": ["t1*"]},
            "lock": ["one"],
            "timeout-minutes": 20,
        }
    }
    events = [("wait", 8, 3, 0), ("edit", 13, 9, 1)]
    assert a_story(stages, *events, seed=1454, warehouses=TWO).wrong == ""


def test_a_lock_of_a_removed_stage_whose_push_was_never_answered_is_free_in_the_end():
    """No check of it could start any more, but nobody was to look again when that was certain."""
    stages = {
        "s0": {
            "path": "stages/s0",
            "steps": COPY,
            "verify": {"checks": ["t0"]},
            "lock": ["one"],
            "timeout-minutes": 90,
            "via": "pull-request",
            "merge": "auto",
        },
        "s1": {
            "path": "stages/s1",
            "steps": [
                {
                    "uses": "yaml-set",
                    "with": {"file": "k.yaml", "values": {"tag": "${{ freight.short }}"}},
                }
            ],
            "verify": {"checks": ["t1"]},
            "lock": ["one"],
            "timeout-minutes": 20,
        },
    }
    events = [
        ("push", 5, 14, 0),
        ("start", 1, 6, 0),
        ("502", 16, 20, 0),
        ("crash-before", 2, 14, 0),
        ("merge", 20, 10, 1),
        ("close-pull", 18, 23, 0),
        ("ci", 14, 14, 1),
        ("move", 0, 22, 1),
        ("force", 9, 22, 0),
        ("edit", 3, 19, 1),
    ]
    assert a_story(stages, *events, seed=17819).wrong == ""


def test_a_grant_is_kept_until_github_has_answered_that_success_is_taken_back():
    """The new run was stored as begun; its refusal for a limit was taken for an answer."""
    stages = {
        "s0": {
            "path": "stages/s0",
            "lock": ["one"],
            "timeout-minutes": 90,
            "via": "pull-request",
            "merge": "people",
        }
    }
    events = [("limit", 17, 11, 0), ("wait", 19, 21, 2), ("ci", 23, 8, 0), ("hold", 23, 0, 0)]
    assert a_story(stages, *events, seed=20746, warehouses=ONE).wrong == ""


def test_a_merge_out_of_turn_takes_its_permit_before_anybody_is_granted_it():
    """It had landed otherwise than its head showed, and was looked at a moment later."""
    stages = {
        "s0": {"path": "stages/s0", "steps": COPY, "verify": {"checks": ["t0"]}},
        "s1": {"needs": ["s0"], "path": "stages/s1", "lock": ["one"], "verify": {"checks": ["t1"]}},
        "s2": {"needs": ["s0"], "path": "stages/s2", "lock": ["one"], "verify": {"checks": ["t2"]}},
        "s3": {
            "needs": ["s0"],
            "path": "stages/s3",
            "verify": {"checks": ["t3"]},
            "lock": ["one"],
            "via": "pull-request",
            "merge": "auto",
        },
    }
    events = [
        ("ci", 2, 21, 0),
        ("again", 19, 7, 0),
        ("ci", 13, 23, 1),
        ("foreign", 8, 20, 1),
        ("merge-pull", 1, 13, 0),
    ]
    assert a_story(stages, *events, seed=1773, warehouses=ONE).wrong == ""


def test_a_run_whose_end_may_have_arrived_is_not_reopened():
    stages = {
        "s0": {"branch": "env/s0", "on-drift": "overwrite"},
        "s1": {
            "needs": ["s0"],
            "path": "stages/s1",
            "steps": COPY,
            "verify": {"checks": ["t1"]},
            "queue": "all",
            "lock": ["one"],
        },
        "s2": {
            "needs": ["s0"],
            "path": "stages/s2",
            "steps": COPY,
            "lock": ["one"],
            "timeout-minutes": 90,
            "verify": {"checks": ["t2"]},
            "on-drift": "overwrite",
        },
    }
    events = [("move", 9, 8, 0), ("lost", 4, 23, 0), ("push", 5, 7, 0), ("ci", 9, 15, 1)]
    assert a_story(stages, *events, seed=1842, warehouses=ONE).wrong == ""


def test_a_run_whose_end_did_not_arrive_is_ended_before_another_is_made():
    """Merged into another base; the answer to the end of its `stagelock / plan` was an error."""
    setting = {
        "uses": "yaml-set",
        "with": {"file": "k.yaml", "values": {"tag": "${{ freight.short }}"}},
    }
    stages = {
        "s0": {"path": "stages/s0", "steps": [setting]},
        "s1": {"needs": ["s0"], "path": "stages/s1", "via": "pull-request"},
    }
    events = [("retarget", 23, 4, 0), ("502", 5, 3, 1), ("merge-pull", 4, 1, 0)]
    assert a_story(stages, *events, seed=109, warehouses=EVERYTHING).wrong == ""


def test_what_was_merged_and_forced_off_its_branch_before_we_looked_is_not_verified():
    """GitHub said merged, and nothing was to be verified: whether it is there was not asked."""
    stages = {"s0": {"path": "stages/s0"}, "s1": {"path": "stages/s1", "via": "pull-request"}}
    events = [("push", 16, 1, 2), ("merge-pull", 14, 5, 1), ("force", 22, 8, 2)]
    assert a_story(stages, *events, seed=301005, warehouses=ONE).wrong == ""


def test_what_github_refused_to_take_once_is_said_later():
    """It counted as told, and its run waited for ever."""
    stages = {
        "s0": {
            "branch": "env/s0",
            "verify": {"checks": ["t0*"]},
            "lock": ["three", "two"],
            "timeout-minutes": 20,
        },
        "s1": {"needs": ["s0"], "branch": "env/s1"},
        "s2": {"path": "stages/s2", "verify": {"checks": ["t2*"]}},
    }
    events = [("wait", 11, 19, 1), ("rejected", 11, 19, 1), ("ci", 20, 21, 0)]
    assert a_story(stages, *events, seed=302601, warehouses=ONE).wrong == ""


def test_a_check_that_somebody_runs_again_takes_the_permit_of_its_stage():
    """rules L11, L13: another stage was granted the lock while it ran."""
    locked = {"steps": COPY, "lock": ["one"]}
    stages = {
        "s0": {"path": "stages/s0", "verify": {"checks": ["t0"]}, **locked},
        "s1": {"path": "stages/s1", "verify": {"checks": ["t1"]}, **locked},
    }
    events = [*[("ci", 0, 0, 0)] * 4, ("visit", 0, 0, 0), ("push", 0, 1, 0), ("wait", 0, 0, 0)]
    assert a_story(stages, *events, seed=2, warehouses=ONE).wrong == ""


def test_later_commits_with_unfinished_checks_keep_no_further_one_from_being_asked():
    """rule V3: two of them used up each look's limit; the third was never asked, for ever."""
    assert play(Story.of(304073)).wrong == ""
