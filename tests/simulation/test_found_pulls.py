"""What the simulation found once about pull requests: each story as short as it could be made."""

from tests.simulation.stories import COPY, TWO, a_story


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


def test_the_word_that_a_pull_request_waits_for_names_its_freight():
    """rules R45, C10: with `queue: all` the word alone was the newer freight's, which waits behind it."""
    stages = {
        "s0": {"path": "stages/s0", "steps": COPY, "queue": "all", "via": "pull-request"},
        "s1": {"branch": "env/s1"},
        "s2": {"branch": "env/s2"},
        "s3": {"branch": "env/s3"},
    }
    events = [("retarget", 5, 23, 0), ("hand", 20, 15, 0)]
    assert a_story(stages, *events, seed=5120).wrong == ""


def test_a_head_that_cannot_be_rewritten_keeps_no_success_without_its_lock():
    """rule I11: the stage got a lock while the push of its head had no answer (seed 6392)."""
    stages = {
        "s0": {"path": "stages/s0", "steps": COPY},
        "s1": {"path": "stages/s1", "steps": COPY},
        "s2": {"needs": ["s0"], "path": "stages/s2", "via": "pull-request"},
        "s3": {"needs": ["s0"], "path": "stages/s3"},
    }
    events = [("ci", 3, 16, 2), ("slow", 0, 1, 0), ("edit", 6, 9, 1), ("hand", 10, 8, 0)]
    warehouses = {"w0": {"paths-ignore": ["stagelock.yaml", "docs/"]}}
    assert a_story(stages, *events, seed=6392, warehouses=warehouses).wrong == ""


def test_what_was_merged_with_other_content_than_its_heads_is_no_landing_to_wait_after():
    """rules P11, F17: a law counted it, and it is drift, which is recomputed (seed 731)."""
    stages = {
        "s1": {
            "freight": "w1",
            "path": "stages/s1",
            "at-most-every": "1h",
            "via": "pull-request",
            "merge": "auto",
        }
    }
    events = [("foreign", 18, 1, 1), ("merge-pull", 17, 10, 1)]
    assert a_story(stages, *events, seed=731, warehouses=TWO).wrong == ""


def test_a_success_that_github_did_not_let_us_take_back_is_taken_back_later():
    """rule P14: its new run was never made, and counted as if there had been none (seed 7999)."""
    stages = {
        "s0": {
            "path": "stages/s0",
            "steps": COPY,
            "lock": ["two", "one", "three"],
            "via": "pull-request",
        },
        "s1": {"needs": ["s0"], "path": "stages/s1"},
        "s2": {"path": "stages/s2", "steps": COPY},
    }
    events = [
        ("denied", 10, 19, 0),
        ("push", 19, 3, 1),
        ("push", 2, 18, 0),
        ("close-pull", 6, 2, 0),
    ]
    warehouses = {"w0": {"paths-ignore": ["stagelock.yaml", "docs/"]}}
    assert a_story(stages, *events, seed=7999, warehouses=warehouses).wrong == ""


def test_newer_freight_that_gives_what_the_stage_holds_closes_the_pull_request():
    """rule P12: the oracle missed that nothing was left to change (seed 9151)."""
    stages = {
        "s0": {"path": "stages/s0", "steps": COPY},
        "s1": {"needs": ["s0"], "path": "stages/s1", "via": "pull-request"},
    }
    events = [
        ("merge-pull", 6, 10, 0),
        ("push", 4, 5, 1),
        ("promote", 7, 20, 0),
        ("push", 1, 6, 0),
    ]
    assert a_story(stages, *events, seed=9151).wrong == ""


def test_a_head_that_arrives_late_makes_no_branch_that_stays_and_is_the_one_that_is_known():
    """rules W8, P13: its push had no answer, and another head was made and merged before it came."""
    stages = {
        "s0": {
            "path": "stages/s0",
            "verify": {"checks": ["t0"]},
            "lock": ["one"],
            "via": "pull-request",
            "windows": {"allow": ["Mon-Sun 10:20-09:35 UTC"]},
        },
        "s1": {"path": "stages/s1", "verify": {"checks": ["shared"]}, "lock": ["one"]},
    }
    events = [
        ("cancel", 8, 18, 0),
        ("hold", 23, 16, 0),
        ("cancel", 8, 9, 0),
        ("edit", 15, 5, 2),
        ("block", 9, 1, 0),
        ("ci", 15, 9, 0),
        ("block", 19, 16, 0),
    ]
    warehouses = {"w0": {"paths": ["apps/a"], "checks": ["build"]}}
    assert a_story(stages, *events, seed=498, warehouses=warehouses).wrong == ""


def test_what_a_person_pushed_to_our_branch_is_theirs_when_it_was_merged_elsewhere():
    """rule W9: its pull request was merged into another base, and it was overwritten (seed 1937)."""
    stages = {"s0": {"path": "stages/s0", "via": "pull-request"}}
    events = [
        ("retarget", 15, 15, 0),
        ("foreign", 14, 11, 1),
        ("sweep", 15, 12, 2),
        ("merge-pull", 23, 18, 0),
        ("merge", 22, 21, 1),
        ("ci", 23, 19, 0),
    ]
    warehouses = {"w0": {"paths": ["apps/a"]}}
    assert a_story(stages, *events, seed=1937, warehouses=warehouses).wrong == ""


def test_a_promise_that_github_refused_needs_no_end_and_its_grant_goes_back():
    """rule P14: the end of a run that was never made was waited for, for ever (seed 827)."""
    stages = {
        "s0": {
            "branch": "env/s0",
            "verify": {"checks": ["shared"]},
            "lock": ["one"],
            "queue": "all",
            "on-drift": "overwrite",
        },
        "s1": {"needs": ["s0"], "path": "stages/s1", "verify": {"checks": ["t1*"]}},
        "s2": {"needs": ["s0"], "branch": "env/s2", "lock": ["one"], "via": "pull-request"},
    }
    events = [("rejected", 15, 5, 0), ("relock", 16, 6, 0), ("ci", 20, 13, 0)]
    assert a_story(stages, *events, ("fail-again", 21, 8, 0), seed=827).wrong == ""
