"""Whose turn it is, decided from the live requests alone."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.core.locks.configuration_edits import Follows, Leaves, Spreads, Unchanged, edit
from app.core.locks.queue import Board, obstacles, too_large
from app.core.model.lock_requests import HOLDING
from app.core.model.names import GroupName
from app.core.model.shared_queues import SharedQueue
from tests.core.lock_requests import grantable, request

GROUPS = (GroupName("a"), GroupName("b"), GroupName("c"))


def test_a_lone_request_is_granted():
    assert grantable(request(1, "a"), [], {"a": 1})


def test_only_queued_requests_are_granted():
    assert not grantable(request(1, "a", state="held"), [], {"a": 1})


def test_a_request_is_no_obstacle_to_itself():
    one = request(1, "a")

    assert obstacles(one, [one], {GroupName("a"): 1}) == ()


def test_all_groups_or_nothing():
    held = request(1, "b", state="held")
    wide = request(2, "a", "b")

    (obstacle,) = obstacles(wide, [held, wide], {GroupName("a"): 1, GroupName("b"): 1})

    assert (obstacle.group, obstacle.holders, obstacle.ahead) == ("b", (held,), ())


def test_a_request_passes_another_with_which_it_shares_no_group():
    wide, other = request(1, "a", "b"), request(2, "c")
    holder = request(3, "a", state="held")

    assert grantable(other, [wide, holder], dict.fromkeys(GROUPS, 1))


def test_a_request_never_passes_another_in_a_shared_group_even_if_a_permit_is_free():
    """Else those who need many groups would starve."""
    wide, late = request(1, "a", "b"), request(2, "b")
    holder = request(3, "a", state="held")

    (obstacle,) = obstacles(late, [wide, holder], dict.fromkeys(GROUPS, 1))

    assert (obstacle.holders, obstacle.ahead) == ((), (wide,))


def test_suspect_and_out_of_turn_grants_take_permits():
    live = [
        request(1, "a", state="suspect"),
        request(2, "a", state="held", out_of_turn=True),
    ]

    assert not grantable(request(4, "a"), live, {"a": 2})
    assert grantable(request(4, "a"), live, {"a": 3})


def test_more_may_hold_than_there_are_permits_and_nobody_is_granted_until_that_has_passed():
    """Permits were lowered, or somebody merged out of turn."""
    live = [request(number, "a", state="held") for number in (1, 2, 3)]

    assert not grantable(request(4, "a"), live, {"a": 2})
    assert not grantable(request(4, "a"), live[1:], {"a": 2})
    assert grantable(request(4, "a"), live[2:], {"a": 2})


def test_a_group_without_permits_can_never_be_granted():
    one = request(1, "a", "b")

    assert too_large(one, {GroupName("a"): 1}) == ("b",)
    assert too_large(one, {GroupName("a"): 1, GroupName("b"): 1}) == ()
    (obstacle,) = obstacles(one, [], {GroupName("a"): 1})
    assert obstacle.too_large


def test_positions_count_from_one_in_the_order_of_asking():
    live = [request(3, "a"), request(1, "a", state="held"), request(2, "a", "b"), request(4, "b")]

    board = Board(live)

    assert [board.place(one, GroupName("a")) for one in live] == [(2, 2), None, (1, 2), None]
    assert [one.id for one in board.queue(GroupName("b"))] == [2, 4]
    assert [holder.id for holder in board.holders(GroupName("a"))] == [1]


class Requests(RuleBasedStateMachine):
    """
    Any history of asking, granting, ending and giving back keeps the promises.

    Tokens are counted here as the store counts them.
    """

    def __init__(self):
        super().__init__()
        self.live = {}
        self.seq = 0
        self.last = dict.fromkeys(GROUPS, 0)
        self.spread = False
        """An edit may have brought more holders than permits; no grant does."""

    @initialize(permits=st.fixed_dictionaries({group: st.integers(1, 3) for group in GROUPS}))
    def define(self, permits):
        self.permits = permits

    def next_seq(self):
        self.seq += 1
        return self.seq

    @rule(groups=st.lists(st.sampled_from(GROUPS), min_size=1, unique=True))
    def ask(self, groups):
        number = self.next_seq()
        self.live[number] = request(number, *groups)

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def grant(self, data):
        one = self.live[data.draw(st.sampled_from(sorted(self.live)))]
        if not grantable(one, self.live.values(), self.permits):
            return
        earlier = [
            other
            for other in self.live.values()
            if other.state == "queued"
            and other.seq < one.seq
            and set(other.groups) & set(one.groups)
        ]
        assert earlier == [], "somebody was passed"
        for group in one.groups:
            assert len(Board(self.live.values()).holders(group)) < self.permits[group]
            self.last[group] += 1
        tokens = {group: self.last[group] for group in one.groups}
        for other in self.live.values():
            for group, token in other.tokens.items():
                assert tokens.get(group, token + 1) > token
        self.put(one, state="held", tokens=tokens)

    @precondition(lambda self: self.live)
    @rule(data=st.data(), state=st.sampled_from(["suspect", "queued", "ended"]))
    def move(self, data, state):
        one = self.live[data.draw(st.sampled_from(sorted(self.live)))]
        if state == "ended":
            del self.live[one.id]
        elif one.state != "queued" and state == "queued":
            self.put(one, state="queued", tokens={}, seq=self.next_seq())
        elif one.state != "queued":
            self.put(one, state=state)

    @precondition(lambda self: self.live)
    @rule(data=st.data(), asks=st.lists(st.sampled_from(GROUPS), unique=True))
    def edit(self, data, asks):
        """The file names other groups for a stage: what `configuration_edits` says is done."""
        one = self.live[data.draw(st.sampled_from(sorted(self.live)))]
        match edit(one.state, one.groups, tuple(asks)):
            case Follows(groups, last):
                seq = self.next_seq() if last else one.seq
                self.put(one, groups=groups, seq=seq)
            case Leaves():
                del self.live[one.id]
            case Spreads(groups):
                tokens = {group: self.last[group] + 1 for group in groups}
                self.last |= tokens
                self.put(one, groups=one.groups + groups, tokens={**one.tokens, **tokens})
                self.spread = True
            case Unchanged():
                pass

    @rule(group=st.sampled_from(GROUPS), permits=st.integers(1, 3))
    def repermit(self, group, permits):
        self.permits = {**self.permits, group: permits}
        self.spread = True

    def put(self, one, **changes):
        from dataclasses import replace

        self.live[one.id] = replace(one, **changes)

    @invariant()
    def never_more_holders_than_permits_but_by_an_edit(self):
        if self.spread:
            return
        for group in GROUPS if self.live else ():
            assert len(Board(self.live.values()).holders(GroupName(group))) <= self.permits[group]

    @invariant()
    def whoever_holds_has_a_token_of_every_group(self):
        for one in self.live.values():
            expected = set(one.groups) if one.state in HOLDING else set()
            assert set(one.tokens) == expected

    @invariant()
    def once_nothing_is_held_the_oldest_of_all_may_go(self):
        """No deadlock, whatever was edited; and as the oldest goes first, nobody starves."""
        queued = [one for one in self.live.values() if one.state == "queued"]
        if queued:
            oldest = min(queued, key=lambda one: one.seq)
            assert grantable(oldest, queued, self.permits)

    @invariant()
    def whoever_may_not_go_is_told_why(self):
        for one in self.live.values():
            for obstacle in obstacles(one, self.live.values(), self.permits):
                assert obstacle.holders or obstacle.ahead
                assert all(other.state in HOLDING for other in obstacle.holders)
                assert all(other.seq < one.seq for other in obstacle.ahead)


TestRequests = Requests.TestCase
TestRequests.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_what_a_board_does_not_know_has_no_place_no_queue_and_no_permit():
    board, one = Board([]), request(1, "a")

    assert board.place(one, GroupName("a")) is None
    assert (board.holders(GroupName("a")), board.queue(GroupName("a"))) == ((), ())
    assert not Board([one]).grantable(one, {})
    assert not board.blocked(GroupName("a"), 1)


def test_places_in_a_queue_that_is_known_in_part_are_those_that_were_counted():
    """A queue that repositories share is thousands long: who comes next is known, the rest counted."""
    group, ahead, mine = GroupName("a"), request(1, "a"), request(9, "a")
    board = Board([ahead, mine], {group: SharedQueue(40, {9: 31})})
    assert board.place(mine, group) == (31, 40)
    assert board.waiting(group) == 40
    assert not Board([mine], {group: SharedQueue(40, {9: 31})}).grantable(mine, {group: 1})
    assert Board([mine], {group: SharedQueue(40, {9: 1})}).grantable(mine, {group: 1})


def test_holders_are_in_the_way_only_while_no_permit_is_free():
    held, first, second = request(1, "a", state="held"), request(2, "a"), request(3, "a")

    (free,) = obstacles(second, [held, first], {GroupName("a"): 2})
    (full,) = obstacles(second, [held, first], {GroupName("a"): 1})

    assert (free.holders, free.ahead) == ((), (first,))
    assert (full.holders, full.ahead) == ((held,), (first,))


def test_a_group_is_blocked_when_nothing_but_suspect_grants_fills_it():
    lost, held = request(1, "a", state="suspect"), request(2, "a", state="held")

    assert Board([lost]).blocked(GroupName("a"), 1)
    assert not Board([lost]).blocked(GroupName("a"), 2)
    assert not Board([lost, held]).blocked(GroupName("a"), 2)
    assert not Board([lost]).blocked(GroupName("b"), 1)
