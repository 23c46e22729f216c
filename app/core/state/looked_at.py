"""Which places of a line a warehouse has looked at, and at which of them something was watched."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence

Span = tuple[int, int]
"""The lowest and the highest of places that were all looked at."""


class Looked:
    """What one warehouse has looked at under one set of rules; newest places first."""

    def __init__(self, spans: Iterable[Sequence[int]] = (), fires: Iterable[int] = ()) -> None:
        self.spans: list[Span] = sorted(((low, high) for low, high in spans), reverse=True)
        self.fires = sorted(fires)

    def low(self, top: int) -> int:
        """From *top* down to here nothing was left out; above *top*: not even it was looked at."""
        first = next((span for span in self.spans if span[0] <= top <= span[1]), None)
        return top + 1 if first is None else first[0]

    def add(self, place: int, *, fires: bool) -> None:
        """Note that *place* was looked at."""
        low = high = place
        kept = []
        for span in self.spans:
            if span[0] - 1 <= place <= span[1] + 1:
                low, high = min(low, span[0]), max(high, span[1])
            else:
                kept.append(span)
        self.spans = sorted([*kept, (low, high)], reverse=True)
        if fires:
            insort(self.fires, place)

    def cut(self, above: int) -> None:
        """Forget what is above a place."""
        self.spans = [(low, min(high, above)) for low, high in self.spans if low <= above]
        del self.fires[bisect_right(self.fires, above) :]

    def firing(self, top: int, floor: int) -> list[int]:
        """The places above *floor* that fire, newest first, as far as nothing was left out."""
        begin = bisect_left(self.fires, max(self.low(top), floor + 1))
        return self.fires[begin : bisect_right(self.fires, top)][::-1]
