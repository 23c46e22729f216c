"""The fields that templates name: each is made once, and only when a template names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Makers = Mapping[str, Callable[[], str]]
"""How each field is made: of many, a template names one or two."""


class Named(dict[str, str]):
    """What *makers* make, for `str.format_map`; it holds what was asked for."""

    def __init__(self, makers: Makers) -> None:
        super().__init__()
        self._makers = makers

    def __missing__(self, name: str) -> str:
        made = self[name] = self._makers[name]()
        return made
