"""Invariant 6: the App dies before and after every effect, and the world ends up the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.sandbox.demo.launch import SLUG
from tests.flows.around import EFFECTS
from tests.flows.carding import cards
from tests.flows.harness import REPO, Flow
from tests.flows.mortal import Killed, Mortal
from tests.flows.pipelines import EVERY_WAY_FILES


class Dying(Mortal):
    """It dies before its next effect, and right after having had it: once each kind."""

    def __init__(self, flow: Flow) -> None:
        self.deaths: list[tuple[str, str]] = []
        super().__init__(flow)

    def beside(self, when: str, name: str) -> None:
        kind = f"{name} of {sorted(self.flow.world.branches(REPO))}" if name == "push" else name
        due = self.deaths[-1][0] != when if self.deaths else when == "before"
        if (
            name in EFFECTS
            and due
            and self.deaths.count((when, kind)) < (2 if name == "push" else 1)
        ):
            self.deaths.append((when, kind))
            raise Killed

    def lately(self) -> Sequence[object]:
        return self.deaths


def tell(flow: Flow, mortal: Mortal) -> str:
    """Push, dev, locked e2e, a comment, prod's pull request and its merge; the freight."""
    flow.world.create_repo(REPO, files=dict(EVERY_WAY_FILES))
    first = flow.tip()
    mortal.settle()
    flow.world.comment(REPO, first, "/why prod", by="bob")
    mortal.settle()
    flow.world.finish_check(REPO, flow.landed("e2e", first), "e2e")
    mortal.settle()
    for _ in range(3):  # the push of a head that is in doubt may arrive for another minute
        mortal.passes(minutes=1)
    [pull] = flow.world.pulls(REPO)
    flow.world.merge(REPO, pull.number, "squash", by="bob")
    mortal.settle()
    return first


def test_a_death_before_or_after_any_effect_changes_nothing(flow: Flow):
    """Same trees, same conclusions, no lock left, nothing twice: run, commit, comment, pull."""
    mortal = Dying(flow)
    first = tell(flow, mortal)

    kinds = "push create_run update_run create_pull create_comment update_comment react"
    assert {name.split()[0] for _, name in mortal.deaths} >= set(kinds.split())
    wrote = flow.world.tree_id(REPO, flow.landed("dev", first), "stages/dev/web")
    for stage in ("dev", "e2e", "prod"):
        assert flow.world.tree_id(REPO, "main", f"stages/{stage}/web") == wrote
        assert flow.state(first, stage) == "success"
    assert flow.state(first, "lock / e2e-env") == "success"
    assert [r.state for r in flow.requests()] == ["released"]
    assert sorted(s for s in flow.subjects() if s.startswith("Promote")) == sorted(
        [
            f"Promote web {first[:7]} to dev",
            f"Promote web {first[:7]} to e2e",
            next(s for s in flow.subjects() if s.startswith(f"Promote web {first[:7]} to prod")),
        ]
    )
    assert flow.state(first, "live") == "success"
    assert len(flow.subjects("env/live")) == 2
    assert len(flow.world.pulls(REPO)) == 1
    assert "stagelock/prod" not in flow.world.branches(REPO)
    assert [c.user.login for c in flow.world.comments(REPO, first)] == ["bob", f"{SLUG}[bot]"]
    [asked, _] = flow.world.comments(REPO, first)
    [card] = flow.world.comments(REPO, 1)  # the pull request has one, and nothing else
    assert [card] == cards(flow, 1)
    assert [r.content for r in asked.reactions] == ["eyes"]
    made = Counter(
        (run.name, run.head_sha, run.external_id)
        for commit in flow.world.log(REPO, "main")
        for run in flow.world.checks(REPO, commit.sha, SLUG)
    )
    assert made
    assert set(made.values()) == {1}
