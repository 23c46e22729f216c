"""
`typing.NamedTuple` for a program that must start in milliseconds; type checkers see the original.

Importing `typing` and making a dozen of its classes takes longer than all questions to git. This
one knows what the rules need: fields by position or by name, defaults, `_replace`, the comparisons
of tuples, and a `repr`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple, Self
else:

    class _Named(type):
        """Makes each class below `NamedTuple` a tuple whose annotated names are its places."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _Named:
            fields = tuple(body.get("__annotations__", ()))
            made = {"_fields": fields, "_defaults": {f: body[f] for f in fields if f in body}}
            made |= {field: _place(at) for at, field in enumerate(fields)}
            return super().__new__(cls, name, bases or (tuple,), body | made | {"__slots__": ()})

        def __call__(cls, *given: object, **named: object) -> Any:
            rest = cls._fields[len(given) :]
            filled = cls._defaults | named if rest else {}
            lacking = any(field not in filled for field in rest)
            if lacking or len(given) > len(cls._fields) or not named.keys() <= set(rest):
                raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}")
            return tuple.__new__(cls, (*given, *(filled[field] for field in rest)))

    class NamedTuple(metaclass=_Named):
        """The base of every class of facts."""

        def __repr__(self) -> str:
            said = ", ".join(f"{f}={v!r}" for f, v in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({said})"

        def _replace(self, **changed: object) -> Self:
            """The same facts, but for those in *changed*."""
            return type(self)(**dict(zip(self._fields, self, strict=True)) | changed)

    def _place(at: int) -> property:
        return property(lambda self: self[at])


__all__ = ["NamedTuple"]
