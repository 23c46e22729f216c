"""Our records of check runs: replaced, found again, and loaded where they are not at rest."""

from dataclasses import replace
from datetime import timedelta

from tests.contracts.facts import AT, promotion, sha
from tests.contracts.histories import LATER, RUN, claim

__all__ = ["claim"]


def test_runs_are_replaced_by_name_commit_and_serial(store, claim):
    second = replace(RUN, serial=2, run_id=None, digest="")
    done = replace(RUN, status="in_progress", written_at=LATER)
    for run in (second, RUN, done):
        store.history.save_run(claim, 7, run)

    assert store.history.runs_on(7, [sha(1)]) == (done, second)


def test_the_newest_run_of_each_commit_is_loaded_where_it_is_not_at_rest(store, claim):
    old = AT - timedelta(days=9999)
    kinds = {
        "queued": replace(RUN, status="queued"),
        "ready": replace(RUN, status="completed", ready=True, written_at=old),
        "in doubt": replace(RUN, status="completed", digest="", written_at=old),
        "over": replace(RUN, status="completed"),
    }
    for name, run in kinds.items():
        store.history.save_run(claim, 7, replace(run, name=name))
    replaced = replace(RUN, name="replaced", status="in_progress")
    store.history.save_run(claim, 7, replaced)
    store.history.save_run(claim, 7, replace(replaced, serial=2, status="completed"))

    assert [run.name for run in store.history.load(7).runs] == ["in doubt", "queued", "ready"]


def test_what_was_said_on_the_head_of_a_kept_promotion_is_loaded_though_it_is_over(store, claim):
    plan = replace(RUN, name="stagelock / plan", status="completed")
    store.history.save_promotions(claim, 7, [promotion("p1", head=sha(5)), promotion("p2")])
    for run in (replace(plan, sha=sha(5)), replace(plan, sha=sha(6)), replace(plan, name="x")):
        store.history.save_run(claim, 7, run)

    assert store.history.load(7).runs == (replace(plan, sha=sha(5)),)


def test_check_runs_are_found_by_their_commits_however_many(store, claim):
    runs = [replace(RUN, sha=sha(number), status="completed") for number in range(300)]
    for run in runs:
        store.history.save_run(claim, 7, run)

    assert store.history.runs_on(7, [run.sha for run in runs]) == tuple(runs)
    assert store.history.runs_on(7, []) == store.history.runs_on(8, [sha(1)]) == ()


def test_check_runs_are_found_by_name_and_commit_however_old(store, claim):
    ended = replace(RUN, status="completed", written_at=AT - timedelta(days=4000))
    store.history.save_run(claim, 7, replace(ended, serial=2))
    store.history.save_run(claim, 7, ended)

    assert [run.serial for run in store.history.runs_of(7, RUN.name, sha(1))] == [1, 2]
    assert store.history.runs_of(7, RUN.name, sha(2)) == ()
