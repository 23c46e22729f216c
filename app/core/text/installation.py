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
    known = tuple(installation for installation in installations if not installation.suspended)
    parts = [_count(len(known), "organisation"), _count(repositories, "repository")]
    if with_file:
        parts.append(f"{with_file} with stagelock.yaml")
    lacking = [installation for installation in known if installation.lacks]
    if not known:
        said = "install it on an organisation"
    elif not lacking:
        said = "permissions complete"
    else:
        said = "; ".join(_lacks(installation, named=named) for installation in lacking[:MANY])
        said += f"; and {len(lacking) - MANY} more" * (len(lacking) > MANY)
    return f"App {slug} ({app_id}): {', '.join(parts)}; {said}"


def _lacks(installation: InstallationFact, *, named: bool) -> str:
    where = (
        f"{installation.account} ({installation.url})"
        if named and installation.url
        else installation.account
    )
    place = where if named else f"installation {installation.id}"
    return f"lacks {', '.join(installation.lacks)} in {place}"


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun.removesuffix('y')}{'ies' if noun.endswith('y') else 's'}"
