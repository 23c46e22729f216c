"""The one line that says how GitHub sees the App."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.model.installations import InstallationFact

MANY = 3
"""So many accounts are named; the others are counted."""


def line(
    slug: str,
    app_id: int,
    repositories: int,
    installations: Iterable[InstallationFact],
    *,
    with_file: str = "",
    named: bool = False,
) -> str:
    """
    ``App stagelock (4242): 1 organisation, 3 repositories; permissions complete``.

    *with_file* says how many have a pipeline file. Only where *named* is it for people who may know
    the accounts: else they are numbers.
    """
    known = tuple(one for one in installations if not one.suspended)
    parts = [_count(len(known), "organisation"), _count(repositories, "repository")]
    if with_file:
        parts.append(f"{with_file} with stagelock.yaml")
    lacking = [one for one in known if one.lacks]
    if not known:
        said = "install it on an organisation"
    elif not lacking:
        said = "permissions complete"
    else:
        said = "; ".join(_lacks(one, named=named) for one in lacking[:MANY])
        said += f"; and {len(lacking) - MANY} more" * (len(lacking) > MANY)
    return f"App {slug} ({app_id}): {', '.join(parts)}; {said}"


def _lacks(one: InstallationFact, *, named: bool) -> str:
    where = f"{one.account} ({one.url})" if named and one.url else one.account
    return f"lacks {', '.join(one.lacks)} in {where if named else f'installation {one.id}'}"


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun.removesuffix('y')}{'ies' if noun.endswith('y') else 's'}"
