"""Why lock groups of an organisation are not granted: kept with what waits for them."""

from __future__ import annotations

from app.core.model.organization_locks import HOME, LOCKS_FILE


def not_asked(account: str) -> str:
    """GitHub was not asked about the account yet."""
    return f"it is not known yet what {account} is"


def no_organization(account: str) -> str:
    """A user has no groups of an organisation."""
    return f"{account} is no organisation, so `scope: organization` means nothing here"


def not_installed(account: str) -> str:
    """Nobody may look there."""
    return f"the App is not installed on {account}/{HOME}, which defines the organisation's locks"


def not_read(account: str) -> str:
    """Its first look is still to come."""
    return f"{account}/{HOME} was not read yet"


def unreadable(account: str, why: str) -> str:
    """The last look failed."""
    return f"{LOCKS_FILE} of {account}/{HOME} cannot be read: {why}"


def never_valid(account: str) -> str:
    """No version of it ever was."""
    return f"{LOCKS_FILE} of {account}/{HOME} has no valid version"


def not_defined(group: str, account: str) -> str:
    """The file in force does not have it."""
    return f"{group} is not defined in {LOCKS_FILE} of {account}/{HOME}"


def undefined(group: str, account: str) -> str:
    """The same, as the linter says it."""
    return f"the lock group {not_defined(group, account)}"


def named_there(environment: str, own: str, group: str, account: str) -> str:
    """Its jobs ask for one of the two."""
    return (
        f"the environment `{environment}` of `{own}` is also that of `{group}` in {LOCKS_FILE} of "
        f"{account}/{HOME}; its jobs ask for `{own}` alone until one of the two names it no more"
    )


def no_names(group: str) -> str:
    """A step names a permit of a group that has only a number of them."""
    return f"`${{{{ lock.{group} }}}}`: the permits of that group have no names in {LOCKS_FILE}"


def too_heavy(stage: str, permits: int, group: str, most: int) -> str:
    """It would never be granted."""
    return f"`{stage}` takes {permits} permits of `{group}`, which has {most} in {LOCKS_FILE}"
