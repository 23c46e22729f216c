"""The fields that templates name: each is made only when a template names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

Makers = Mapping[str, Callable[[], str]]
"""How each field is made: of many, a template names one or two."""


class Named(Mapping[str, str]):
    """What *makers* make, for `str.format_map`."""

    def __init__(self, makers: Makers) -> None:
        self._makers = makers

    def __getitem__(self, name: str) -> str:
        return self._makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)
