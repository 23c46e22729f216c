"""A look that finds fault with a head for ever pushes no second one that is the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from app.ports import GitMirrors
from tests.flows.around import Around, MirrorsAround
from tests.flows.harness import Flow
from tests.flows.pipelines import BY_PULL, SOURCES
from tests.flows.words import ours


class Unrelated(Around):
    """A mirror that finds no common ancestor of any two commits: each head is outdated."""

    def merge_base(self, *_: object) -> None:
        return None


class Mirrors(MirrorsAround):
    @contextmanager
    def open(self, repo: object) -> Iterator[Around]:
        with super().open(repo) as git:
            yield Unrelated(git, lambda *_: None)


def test_a_head_that_would_be_the_same_is_not_pushed_again_but_put_off(flow: Flow):
    first = flow.repo({"stagelock.yaml": BY_PULL, **SOURCES})
    head = ours(flow).head_sha
    mirrors = Mirrors(flow.app.mirrors, lambda *_: None)
    flow.surround(flow.app.forge, cast("GitMirrors", mirrors))

    with flow.clock.still():
        flow.look()

    assert ours(flow).head_sha == head
    put_off = flow.promotions()[-1]
    assert put_off.retry_at is not None
    assert "already what would be pushed" in put_off.detail

    flow.reboot()
    flow.passes(minutes=6)
    assert ours(flow).head_sha == head
    assert flow.title(first, "prod") == "ready to merge"
