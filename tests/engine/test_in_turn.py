"""Words and what they set going take turns: one word, then all of that, then the next word."""

from __future__ import annotations

from typing import cast

from app.core.model.snapshot import Snapshot
from app.core.planning.actions import GiveBack
from app.core.planning.plan_result import Plan
from app.engine.commands.in_turn import ROUNDS, in_turn

NOTHING = cast("Snapshot", None)
"""It is only handed on."""


class Desk:
    """Each word sets so many steps going, one a plan; *due* steps there are before any word."""

    def __init__(self, words: list[int], due: int = 0, *, stuck: bool = False) -> None:
        self.words, self.due, self.stuck = list(words), due, stuck
        self.done: list[str] = []

    def decide(self, snapshot: Snapshot, plan: Plan) -> bool:
        if not self.words:
            return False
        self.due += self.words.pop(0)
        self.done.append("word")
        return True

    def act(self, snapshot: Snapshot, plan: Plan) -> None:
        self.due -= not self.stuck
        self.done.append("act")

    def look(self) -> tuple[Snapshot, Plan]:
        return NOTHING, Plan(actions=(GiveBack(self.due),) if self.due else ())

    def __call__(self) -> bool:
        *_, done = in_turn(*self.look(), decide=self.decide, act=self.act, look=self.look)
        return done


def test_the_next_word_takes_effect_when_all_is_done_that_the_one_before_set_going():
    desk = Desk([2, 0, 1])
    assert desk()
    assert desk.done == ["word", "act", "act", "word", "word", "act"]


def test_a_word_comes_before_what_was_due_without_it():
    desk = Desk([1], due=2)
    assert desk()
    assert desk.done == ["word", "act", "act", "act"]


def test_what_is_the_same_after_it_was_carried_out_waits_and_keeps_no_word_back():
    desk = Desk([1, 0], stuck=True)
    assert desk()
    assert desk.done == ["word", "act", "word"]
    assert desk.due


def test_where_the_rounds_are_not_enough_for_all_words_it_says_so():
    assert not Desk([1] * ROUNDS)()
    assert not Desk([ROUNDS + 1])()


def test_where_only_acts_are_left_it_is_not_the_words():
    assert Desk([], due=ROUNDS + 1)()
