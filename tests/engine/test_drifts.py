"""Who edited what by hand, from real history; and a base that has to be made again."""

from datetime import UTC, datetime

import pytest

from app.core.model.hand_edits import HandEdit
from app.core.model.names import FreightId, PromotionId, Repo, Sha, StageName, WarehouseName
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.records import Promotion, Records
from app.core.model.renders import Clash, Rendered
from app.core.model.snapshot import ConfigState, Snapshot
from app.core.model.steps import Output
from app.engine.survey.hand_edits import hand_edits, merged
from app.engine.survey.unremembered import unremembered
from app.errors import Missing
from app.git.local import LocalRepo
from tests.adapters.git.origin import Origin

AT = datetime(2026, 1, 1, tzinfo=UTC)
STAGE = Stage(
    StageName("prod"),
    WarehouseName("web"),
    path="prod",
    outputs=(Output("prod"), Output("k.yaml", "tag")),
)


@pytest.fixture
def origin(tmp_path):
    return Origin.make(tmp_path / "web.git")


def row(landed, **more):
    known = {"state": "verified", "config": Sha("c" * 40), "created_at": AT, "updated_at": AT}
    return Promotion(
        PromotionId("p1"),
        StageName("prod"),
        FreightId(WarehouseName("web"), Sha("f" * 40)),
        landed=landed,
        **{**known, **more},
    )


def edits(origin, promotion):
    tips = {"main": origin.tip()}
    pipeline = Pipeline({}, {StageName("prod"): STAGE})
    config = ConfigState("valid", None, None, pipeline)
    records = Records(promotions=(promotion,))
    snapshot = Snapshot(AT, Repo(1, "acme", "web", 1), "main", config, records, tips=tips)
    with LocalRepo(origin.path) as git:
        down = unremembered(git, tips["main"], lambda _: False)
        return hand_edits(git, down, snapshot, STAGE, promotion)


def by(name):
    return f"{name} <{name.lower()}@example.org>"


def test_each_place_has_the_authors_who_changed_it_since(origin):
    origin.commit({"prod/a": b"0", "k.yaml": b"tag: 0\n"}, author=by("Before"))
    landed = origin.commit({"prod/a": b"1", "k.yaml": b"tag: 1\n"}, author=by("bot"))
    origin.commit({"prod/a": b"2"}, author=by("Bob"))
    origin.commit({"other": b"2", "k.yaml": b"tag: 1\nmore: 1\n"}, author=by("Eve"))
    origin.commit({"prod/a": b"3", "prod/b": b"1"}, author=by("Carol"))
    origin.commit({"k.yaml": b"tag: 2\nmore: 1\n"}, author=by("Dan"))

    assert edits(origin, row(landed)) == (
        HandEdit("k.yaml#tag", ("Dan",)),
        HandEdit("prod/a", ("Carol", "Bob")),
        HandEdit("prod/b", ("Carol",)),
    )


def test_what_was_reverted_meanwhile_names_nobody(origin):
    landed = origin.commit({"prod/a": b"1"})
    origin.commit({"prod/a": b"2"}, author=by("Bob"))
    origin.commit({"prod/a": b"1"}, author=by("Bob"))
    assert edits(origin, row(landed)) == ()

    origin.commit({"prod/a": b"3"}, author=by("Carol"))
    assert edits(origin, row(landed)) == (HandEdit("prod/a", ("Carol",)),)


def test_a_merge_into_other_content_is_no_edit_but_what_came_between_is(origin):
    """Our head brought `a`; on the base somebody had changed `b` since."""
    base = origin.commit({"prod/a": b"0", "prod/b": b"0"})
    head = origin.commit({"prod/a": b"1"}, "stagelock/prod", parents=[base])
    origin.commit({"prod/b": b"hot"}, author=by("Bob"))
    place = origin.commit({"prod/a": b"1"}, parents=[origin.tip(), head], author=by("Merger"))
    mixed = row(place, head=head, reason="landed-otherwise", state="superseded")

    assert edits(origin, mixed) == (HandEdit("prod/b", ("Bob",)),)


class TestBase:
    """What the last freight alone gave, where the mirror or the records do not have it."""

    PURE = (("k.yaml#tag", "1"), ("prod", "040000:" + "a" * 40))
    MADE = Rendered(Sha("d" * 40), PURE, PURE, 0, pure=PURE)

    def run(self, origin, since, *, gone=0, again=MADE):
        asked, made = [], []

        def merge(base):
            asked.append(base)
            if len(asked) <= gone:
                raise Missing("tree")
            return self.MADE

        def render():
            made.append(1)
            return again

        with LocalRepo(origin.path) as git:
            return merged(git, STAGE, since, merge, render), asked, len(made)

    def test_recorded_and_there_it_is_used(self, origin):
        landed = origin.commit({"prod/a": b"1"})
        assert self.run(origin, row(landed, pure=self.PURE)) == (self.MADE, [self.PURE], 0)

    def test_recorded_but_gone_it_is_made_again(self, origin):
        landed = origin.commit({"prod/a": b"1"})
        found = self.run(origin, row(landed, pure=self.PURE), gone=1)
        assert found == (self.MADE, [self.PURE, self.PURE], 1)

    def test_lost_by_a_rebuild_it_is_what_its_freight_gives(self, origin):
        landed = origin.commit({"prod/a": b"1"})
        written = (("k.yaml#tag", "1"), ("prod", "040000:" + "b" * 40))
        found = self.run(origin, row(landed, written=written))
        assert found == (self.MADE, [self.PURE], 1)

    def test_where_nobody_knows_it_any_more_everything_clashes(self, origin):
        landed = origin.commit({"prod/a": b"1"})
        found, _, _ = self.run(origin, row(landed, pure=self.PURE), gone=2)
        assert found == Clash(("prod", "k.yaml#tag"))
