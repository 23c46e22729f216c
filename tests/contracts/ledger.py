"""
Who holds what and whose turn it is, by the contract alone: slow, plain, and nobody else's code.

A wish is what somebody asks of lock groups. Tokens and names of permits are chosen by the store:
the ledger only says which it may choose.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ALL = 0
Groups = dict[str, int]
"""How many permits of each group; `ALL`: alone there."""
HOLDING = {"held", "suspect", "releasing"}
LIVE = {"queued", *HOLDING}


@dataclass
class Wish:
    id: int
    repo: int
    who: tuple[object, ...]
    """``stage``, ``client``, ``person`` or ``job``, and which."""
    wants: Groups
    place: int
    promotion: str = ""
    asked: Groups = field(default_factory=dict)
    """What was asked for: *wants* is that, until a grant counts what `ALL` is."""
    state: str = "queued"
    tokens: dict[str, int] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    uninvited: bool = False
    """It came without being granted anything: a visitor, or landed out of turn."""
    until: int | None = None
    ttl: int = 0
    told: bool = False
    """Its client knows of the grant."""
    taken_away: bool = False
    part_in: Wish | None = None
    """The grant that it has joined and not left."""
    too_long: bool = False
    """It is suspect because it was held for longer than its group allows (rule L74)."""


class Ledger:
    def __init__(self, permits: dict[str, int | tuple[str, ...]]) -> None:
        self.permits = permits
        self.wishes: dict[int, Wish] = {}
        self.newest = dict.fromkeys(permits, 0)
        self.places = 0

    def size(self, group: str) -> int:
        """How many permits it has; none: the file does not define it."""
        permits = self.permits.get(group, 0)
        return permits if isinstance(permits, int) else len(permits)

    def live(self) -> list[Wish]:
        return sorted((w for w in self.wishes.values() if w.state in LIVE), key=lambda w: w.place)

    def holders(self, group: str) -> list[Wish]:
        return [w for w in self.live() if w.state in HOLDING and group in w.wants]

    def taken(self, group: str) -> int:
        """A visitor takes all of a group where it is alone, however many those are by now."""
        return sum(w.wants[group] or self.size(group) for w in self.holders(group))

    def fits(self, wish: Wish, group: str) -> bool:
        if wish.wants[group] == ALL:
            return self.size(group) > 0 and not self.holders(group)
        return self.taken(group) + wish.wants[group] <= self.size(group)

    def may_go(self, wish: Wish) -> bool:
        """It fits in all its groups, and nobody with whom it shares one asked before it."""
        before = [w for w in self.live() if w.state == "queued" and w.place < wish.place]
        return (
            wish.state == "queued"
            and not any(w.wants.keys() & wish.wants.keys() for w in before)
            and all(self.fits(wish, group) for group in wish.wants)
        )

    def going(self) -> list[Wish]:
        return [w for w in self.live() if self.may_go(w)]

    def last(self) -> int:
        self.places += 1
        return self.places

    def add(self, wish: Wish) -> Wish:
        assert wish.id not in self.wishes, "an id that was given before"
        self.wishes[wish.id] = wish
        wish.asked = dict(wish.wants)
        return wish

    def wants_now(self, wish: Wish, wants: Groups) -> None:
        """A queued request asks for the groups of the file in force; its age is one (E4)."""
        grows = [
            group
            for group, weight in wants.items()
            if group not in wish.wants
            or (wish.wants[group] != ALL and (weight == ALL or weight > wish.wants[group]))
        ]
        if grows:
            wish.place = self.last()
        wish.wants, wish.asked = dict(wants), dict(wants)

    def grant(self, wish: Wish, tokens: dict[str, int], names: dict[str, tuple[str, ...]]) -> None:
        """Note what the store granted: only in its turn, only what is free, with newer tokens."""
        assert self.may_go(wish), f"it was not the turn of {wish}"
        assert all(self.fits(wish, group) for group in wish.wants)
        wish.wants = {group: weight or self.size(group) for group, weight in wish.wants.items()}
        for group, weight in wish.wants.items():
            permits = self.permits[group]
            given = names.get(group, ())
            assert len(given) == len(set(given)) == (0 if isinstance(permits, int) else weight)
            assert not isinstance(permits, tuple) or set(given) <= set(permits)
            out = {name for w in self.holders(group) for name in w.names.get(group, ())}
            assert not out & set(given), f"{given} is out already"
        wish.names = {group: given for group, given in names.items() if given}
        self.hold(wish, tokens)

    def hold(self, wish: Wish, tokens: dict[str, int]) -> None:
        """It has its groups from now on, with tokens newer than any before."""
        assert tokens.keys() == wish.wants.keys()
        for group in tokens.keys() - wish.tokens.keys():
            assert tokens[group] > self.newest[group], f"an old token of {group}"
            self.newest[group] = tokens[group]
        wish.state, wish.tokens, wish.too_long = "held", dict(tokens), False

    def end(self, wish: Wish, state: str) -> None:
        if wish.state not in LIVE:
            return
        if state == "forced":
            for group in wish.tokens:
                self.newest[group] += 1
        wish.state = state

    def seen(self, wish: Wish) -> None:
        """Held again, whatever it was suspect for."""
        if wish.state == "suspect":
            wish.state, wish.too_long = "held", False

    def back(self, wish: Wish) -> None:
        """
        Given back unused: it queues again at the end. What `ALL` was stays as it was counted, until
        its stage asks anew.
        """
        wish.asked = dict(wish.wants)
        wish.state, wish.tokens, wish.names, wish.place = "queued", {}, {}, self.last()
