"""What is shown of hand edits, and keys that were changed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.model.hand_edits import MOST, HandEdit, gathered, in_words
from app.core.text.status import status
from app.core.text.summaries import summary
from app.core.text.titles import title
from app.core.text.why import why
from tests.core import world_acts
from tests.core.drifting import BELOW, SITE, edit, fates, freight, promoted, say
from tests.core.world import a_pipeline
from tests.core.world_git import places, value_of


class TestShown:
    def test_at_once_on_the_run_of_what_it_changed(self):
        world = promoted()
        sha = world.freights[-1].id.sha
        edit(world, y="hot")

        verdict = world.verdict("prod", sha)
        assert title(verdict) == "verified; drift: y by bob"
        for text in (summary(verdict, SITE, "e"), why(verdict, SITE)):
            assert "`stages/prod/y`" in text
            assert "bob" in text
        snapshot, plan = world.look()
        assert "edited by hand: `stages/prod/y` (bob)" in status(snapshot, plan, SITE)
        assert not plan.actions

    def test_gone_when_it_is_reverted(self):
        world = promoted()
        edit(world, y="hot")
        edit(world, y="1")
        assert world.verdict("prod", world.freights[-1].id.sha).drift is None

    def test_what_was_kept_is_no_drift_any_more(self):
        world = promoted()
        edit(world, y="hot")
        sha = freight(world, x="2")
        assert world.verdict("prod", sha).drift is None

    def test_our_own_writes_to_other_stages_are_none(self):
        world = promoted("", BELOW)
        for text in "234":
            freight(world, x=text)
        snapshot, plan = world.look()
        assert all(v.drift is None for v in plan.verdicts)
        assert not snapshot.drifts

    def test_content_that_a_force_push_left_behind_is_none(self):
        """What the lost promotion wrote is there still, in somebody's commit."""
        world = promoted()
        base = world.git.heads["main"]
        freight(world, x="2")
        files = world.git.tip_files("main")
        world.reset("main", world.git.commit(files, (base,), "squashed"))
        world.settle()
        _, plan = world.look()
        assert all(v.drift is None for v in plan.verdicts)


KEYS = """
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  prod:
    path: stages/prod
    steps: [{uses: yaml-set, with: {file: k.yaml, values: {tag: "${{ freight.short }}", n: "1"}}}]
"""


class TestKeys:
    def promoted(self):
        world = a_pipeline(KEYS)
        world.push({"stages/prod/k.yaml": "tag: \nn: \nown: 1\n"})
        freight(world, x="1")
        return world

    def test_other_keys_of_the_file_are_no_drift(self):
        world = self.promoted()
        text = world.files("stages/prod")["k.yaml"].replace("own: 1", "own: 2")
        edit(world, **{"k.yaml": text})
        assert world.look()[0].drifts == {}

    def test_a_key_that_the_freight_leaves_alone_is_kept(self):
        world = self.promoted()
        text = world.files("stages/prod")["k.yaml"].replace("\nn: 1", "\nn: 7")
        edit(world, **{"k.yaml": text})
        sha = freight(world, x="2")
        assert world.files("stages/prod")["k.yaml"] == f"tag: {sha[:7]}\nn: 7\nown: 1\n"
        assert fates(world) == [("stages/prod/k.yaml#n", ("bob",), "kept")]

    def test_the_same_key_edited_between_our_plan_and_our_push_is_never_lost_silently(self):
        """The push is refused by compare-and-swap; what is planned anew sees the edit."""
        world = self.promoted()
        world.push({"apps/web/x": "2"})
        while not any(type(a).__name__ == "Write" for a in world.look()[1].actions):
            world.step()
        snapshot, plan = world.look()
        text = world.files("stages/prod")["k.yaml"].replace("tag: ", "tag: hot")
        world.push({"stages/prod/k.yaml": text})
        world_acts.carry_out(world, snapshot, plan)
        world.settle()
        assert world.files("stages/prod")["k.yaml"] == text
        assert world.states("prod")[-1] == "failed drift-conflict"
        assert world.last("prod").detail == "stages/prod/k.yaml#tag by work"


def test_a_pull_request_keeps_hand_edits_and_is_rewritten_when_more_are_made():
    world = promoted("merge, via: pull-request")
    world.merge("prod")
    world.settle()
    edit(world, y="hot")
    freight(world, x="2")
    assert world.files("stages/prod", "stagelock/prod") == {"x": "2", "y": "hot"}
    edit(world, "carol", z="more")
    assert world.files("stages/prod", "stagelock/prod") == {"x": "2", "y": "hot", "z": "more"}
    world.merge("prod")
    world.settle()
    assert world.last("prod").state == "verified"
    assert [who for _, who, _ in fates(world)] == [("bob",), ("carol",)]


def test_a_pull_request_waits_for_a_word_before_it_replaces_an_edit():
    world = promoted("block, via: pull-request")
    world.merge("prod")
    world.settle()
    edit(world, y="hot")
    sha = freight(world, x="2")
    assert [h.ready for h in world.look()[1].heads] == [False]
    say(world, "promote", sha)
    assert [h.ready for h in world.look()[1].heads] == [True]
    world.merge("prod")
    world.settle()
    assert fates(world) == [("stages/prod/y", ("bob",), "replaced")]


FILE = st.sampled_from(["x", "y", "z"])


DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("freight"), FILE, st.integers(0, 3)),
        st.tuples(st.just("edit"), FILE, st.integers(0, 3)),
        st.tuples(st.sampled_from(["promote", "retry"]), FILE, st.just(0)),
    ),
    min_size=3,
    max_size=14,
)


RULES = st.sampled_from(["merge", "block", "overwrite", "merge, auto: false", "block, soak: 1h"])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(RULES, DEEDS)
def test_13_no_hand_edit_is_lost_without_being_named(rule, deeds):
    """What a promotion commit changes was ours, or is named with it as replaced."""
    world = promoted(rule)
    world.command("promote", "prod")
    world.wait(hours=2)
    for kind, name, number in deeds:
        match kind:
            case "freight":
                freight(world, **{name: str(number)})
            case "edit":
                edit(world, **{name: f"by hand {number}"} if number else {name: "1"})
            case _:
                say(world, kind, world.freights[-1].id.sha)
        world.wait(hours=2)
    for row in world.of("prod"):
        node = world.git.nodes.get(row.landed)
        if node is not None and node.promotion == row.id:
            _named(world, row, node)


def _named(world, row, node):
    line = world.git.line(node.parents[0])
    if not any(other.landed in line for other in world.of("prod")):
        return  # first contact
    named = {edit.place for edit in row.edits if edit.fate == "replaced"}
    old, new = world.git.files(line[0]), node.files
    for place in places(world.pipeline.stages["prod"].outputs, old, new):
        if value_of(old, place) != value_of(new, place) and _by_hand(world, line, place):
            assert place in named, (place, row)


def _by_hand(world, line, place):
    """Whether a person made the newest change of *place*."""
    for sha in line:
        node = world.git.nodes[sha]
        below = world.git.files(node.parents[0]) if node.parents else {}
        if value_of(below, place) != value_of(node.files, place):
            return not node.promotion
    return False


def test_edits_beyond_many_are_counted():
    many = gathered(HandEdit(f"f{n:04}", ("bob",)) for n in range(MOST + 3))
    assert len(many) == MOST + 1
    assert many[-1] == HandEdit("and 3 more", ("bob",))
    assert in_words(many[:7]) == (
        "f0000 by bob, f0001 by bob, f0002 by bob, f0003 by bob, f0004 by bob and 2 more"
    )
    both = gathered([HandEdit("x", ("a", "b")), HandEdit("x", ("b", "c"))])
    assert both == (HandEdit("x", ("a", "b", "c")),)
