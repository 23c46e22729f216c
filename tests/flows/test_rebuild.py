"""The database is lost, and made anew from what Git and GitHub still know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from app.core.model.names import FreightId, GroupName, Sha, WarehouseName
from app.core.text.markup import event_id
from app.sandbox.demo.launch import SLUG
from tests.flows.harness import REPO, Flow
from tests.flows.rebuilding import FILES, PIPELINE, known, lose, rebuild
from tests.flows.words import replies, say


def runs(flow: Flow) -> Counter[tuple[str, str, str]]:
    """Our check runs by natural key."""
    found = flow.sandbox.hub.runs.values()
    ours = [r for r in found if r.name.startswith("stagelock / ")]
    return Counter((r.name, r.head_sha, r.external_id or "") for r in ours)


@dataclass(frozen=True, slots=True)
class Before:
    """A world with a pull request open and a lock held by a running check."""

    first: str
    second: str
    running: str
    promotions: list[tuple[object, ...]]
    token: int

    @classmethod
    def of(cls, flow: Flow) -> Before:
        first = flow.repo(FILES)
        flow.finish(flow.landed("e2e", first), "e2e")
        say(flow, first, "/promote prod")
        second = flow.push({"apps/web/a": "2"})
        running = flow.landed("e2e", second)
        flow.world.start_check(REPO, running, "e2e", app="jenkins")
        flow.settle()
        token = next(r.tokens[GroupName("floor")] for r in flow.requests() if r.state == "held")
        return cls(first, second, running, known(flow), token)

    def finish(self, flow: Flow) -> None:
        """The check that was running ends."""
        flow.world.finish_check(REPO, self.running, "e2e", app="jenkins")
        flow.settle()


def test_the_records_are_what_they_were(flow: Flow):
    """Made of commits, pull requests and our check runs; nothing is written to GitHub meanwhile."""
    was = Before.of(flow)
    [pull] = [p for p in flow.promotions() if p.stage == "prod"]
    writes = len(flow.writes())

    lose(flow)
    [report] = rebuild(flow)

    assert (report.name, report.outcome, report.doubted) == (REPO, "rebuilt", ())
    assert len(flow.writes()) == writes
    assert known(flow) == was.promotions
    [prod] = [p for p in flow.promotions() if p.stage == "prod"]
    assert (prod.pull, prod.head, prod.started_by) == (pull.pull, pull.head, "bob")
    [grant] = flow.requests()
    assert (grant.stage, grant.state) == ("e2e", "suspect")
    assert dict(grant.tokens) == {"floor": was.token}
    assert [h.stage for h in flow.records().holds] == ["dev", "e2e"]

    [again] = rebuild(flow)
    assert again.outcome == "earlier"
    assert known(flow) == was.promotions
    flow.boot()
    goes_on(flow, was)


def goes_on(flow: Flow, was: Before) -> None:
    """What was under way ends as it would have; then, resumed, everything takes its course."""
    tip = flow.tip()
    flow.settle()
    assert [(r.stage, r.state) for r in flow.requests()] == [("e2e", "held")]
    assert (flow.tip(), flow.state(was.running, "e2e")) == (tip, "in_progress")
    was.finish(flow)
    assert [r.state for r in flow.requests()] == ["released"]
    assert flow.state(was.running, "e2e") == "success"

    third = flow.push({"apps/web/a": "3"})
    shown = flow.run(third, "dev")
    assert shown is not None
    assert (shown.status, shown.title) == ("queued", "on hold: rebuilt, please confirm")
    say(flow, third, "/resume dev\n/resume e2e")
    newest = next(r for r in flow.requests() if r.state == "held")
    assert newest.tokens[GroupName("floor")] > was.token
    flow.finish(flow.landed("e2e", third), "e2e")
    [pull] = [p.pull for p in flow.promotions() if p.pull is not None]
    flow.world.merge(REPO, pull, by="alice")
    flow.settle()
    nothing_twice(flow, was, third)


def nothing_twice(flow: Flow, was: Before, third: str) -> None:
    """No promotion, check run or reply is made a second time; then there is rest."""
    landed = Counter((p.stage, p.freight.sha) for p in flow.promotions() if p.landed)
    both = Counter((s, f) for s in ("dev", "e2e") for f in (was.first, was.second, third))
    assert landed == both + Counter([("prod", was.first)])
    assert flow.state(was.first, "prod") == "success"
    promoted = [s for s in flow.subjects() if s.startswith("Promote")]
    assert len(promoted) == len(set(promoted))
    assert len(replies(flow, was.first)) == 1
    assert max(runs(flow).values()) == 1
    writes = len(flow.writes())
    flow.sweep()
    flow.look()
    assert len(flow.writes()) == writes


def test_what_a_rollback_had_rejected_stays_out_of_its_stage(flow: Flow):
    """Only a rollback lands older freight over newer: the commits say so."""
    plain = PIPELINE.replace("    lock: floor\n    verify: {checks: [e2e]}\n", "")
    first = flow.repo({**FILES, "stagelock.yaml": plain})
    second = flow.push({"apps/web/a": "2"})
    say(flow, second, f"/rollback e2e to {first[:12]}")
    before = {(p.stage, p.freight): p.leaves for p in flow.promotions() if p.leaves}
    assert list(before.values()) == [FreightId(WarehouseName("web"), Sha(second))]
    lose(flow)
    rebuild(flow)
    flow.boot()
    flow.look()

    assert {(p.stage, p.freight): p.leaves for p in flow.promotions() if p.leaves} == before
    say(flow, second, "/resume dev")
    say(flow, second, "/resume e2e")
    flow.passes(minutes=10)
    assert flow.world.tree(REPO, "main", "stages/e2e")["stages/e2e/web/a"] == b"1"
    third = flow.push({"apps/web/a": "3"})
    assert flow.state(third, "e2e") == "success"


def test_what_another_app_quotes_is_no_answer_of_ours(flow: Flow):
    """It has the name that ours had, and quotes how an answer ends that we never gave."""
    first = flow.repo(FILES)
    flow.finish(flow.landed("e2e", first), "e2e")
    say(flow, first, "/why prod")
    assert len(replies(flow, first)) == 1
    lose(flow)
    unheard = flow.world.comment(REPO, first, "/why dev", by="bob")
    flow.world.rename_app(SLUG, "gatekeeper")
    flow.world.register_app(SLUG, None, "", {"contents": "write"})
    event = event_id("command", flow.world.repo(REPO).id, f"commit-{unheard.id}")
    flow.world.comment(REPO, first, f"I have seen `{event}`", by=f"{SLUG}[bot]")

    rebuild(flow)
    flow.boot()
    flow.sweep()

    comments = flow.world.comments(REPO, first)
    said = [c.body for c in comments if c.user.login == "gatekeeper[bot]"]
    assert len(said) == 2
    assert event in said[1]
