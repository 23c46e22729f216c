"""The rules' own `NamedTuple` does what `typing.NamedTuple` does, as far as it goes."""

from __future__ import annotations

import typing

import pytest

from app.core.protection.light_tuples import NamedTuple


class Ours(NamedTuple):
    """A fact."""

    ref: bytes
    old: str | None = None
    more: bool = False

    @property
    def short(self):
        return self.ref[:2]


class Theirs(typing.NamedTuple):
    ref: bytes
    old: str | None = None
    more: bool = False


@pytest.mark.parametrize(("given", "named"), [
    ((b"abc",), {}),
    ((b"abc", "x"), {"more": True}),
    ((), {"ref": b"abc", "more": True}),
    ((b"abc", "x", True), {}),
])  # fmt: skip
def test_it_is_made_and_read_like_the_original(given, named):
    ours = Ours(*given, **named)
    # Two classes are never equal, as a type checker has it. These two are.
    theirs: typing.Any = Theirs(*given, **named)

    assert ours == theirs
    assert hash(ours) == hash(theirs)
    assert (ours.ref, ours.old, ours.more) == (theirs.ref, theirs.old, theirs.more)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert ours._replace(old="y") == theirs._replace(old="y")
    assert ours.short == b"ab"


@pytest.mark.parametrize(("given", "named"), [
    ((), {}),
    ((b"abc", "x", True, 1), {}),
    ((b"abc",), {"ref": b"abc"}),
    ((b"abc",), {"other": 1}),
    ((b"abc", "x", True), {"more": True}),
])  # fmt: skip
def test_what_the_original_does_not_take_is_refused_too(given, named):
    with pytest.raises(TypeError):
        Theirs(*given, **named)
    with pytest.raises(TypeError, match="Ours takes ref, old, more"):
        Ours(*given, **named)


def test_it_cannot_be_changed():
    fact = Ours(b"abc")

    with pytest.raises(AttributeError):
        fact.ref = b"x"  # type: ignore[misc]  # that it cannot be is what is tested
    with pytest.raises(AttributeError):
        fact.unknown = 1  # type: ignore[attr-defined]  # as above
