"""The App: does GitHub answer, does it know us, and may we do what we must?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from app.core.model.installations import InstallationFact
from app.doctor.subject import MOST_REPOSITORIES, Subject, asked
from app.doctor.verdicts import Fine, NotKnown, Todo, Unknown, Verdict

SKEW = timedelta(seconds=60)
"""Our signature is dated back so far; a clock that is further ahead is refused."""
LOW = 10
"""Percent of an hour's requests: below that lines of work begin to wait."""


def github(subject: Subject) -> Verdict:
    """It answers; which server it is."""
    kept, _ = subject.known
    greeting = subject.greeted
    if greeting.silent:
        if subject.detour.problem:
            raise NotKnown("see proxy")
        return Todo(
            f"{kept.github_api_url}: {greeting.silent}",
            "look whether this machine may reach it: firewall, DNS, STAGELOCK_PROXY, "
            "STAGELOCK_CA_FILE",
        )
    if greeting.about == "address":
        return Todo(greeting.wrong, "correct STAGELOCK_GITHUB_URL or STAGELOCK_GITHUB_API_URL")
    server = f"GitHub Enterprise Server {greeting.server}" if greeting.server else "it answers"
    return Fine(f"{kept.github_api_url}: {server}, API {kept.github_api_version}")


def app(subject: Subject) -> Verdict:
    """The number and the key are one App's."""
    greeting = subject.greeted
    if greeting.silent or greeting.about in {"address", "clock"}:
        why = "GitHub does not answer" if greeting.silent else f"see {greeting.about}"
        return Unknown(why.replace("see address", "see github"))
    if greeting.wrong:
        return Todo(greeting.wrong, "correct STAGELOCK_APP_ID and STAGELOCK_PRIVATE_KEY")
    return Fine(f"{subject.app.slug} ({subject.app.id})")


def clock(subject: Subject) -> Verdict:
    """Ours against GitHub's."""
    greeting = subject.greeted
    if greeting.about == "clock":
        return Todo(greeting.wrong, "set the clock: `timedatectl set-ntp true`")
    if greeting.silent or greeting.wrong:
        return Unknown("GitHub did not say what time it is")
    seconds = round(greeting.ahead.total_seconds())
    where = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} GitHub's"
    if abs(greeting.ahead) > SKEW:
        return Todo(f"this machine's clock is {where}", "set it: `timedatectl set-ntp true`")
    return Fine("within a few seconds of GitHub's" if abs(seconds) < 5 else where)


def permissions(subject: Subject) -> Verdict:
    """The App asks for all that it needs, and each account granted it."""
    own = subject.app
    if own.lacks:
        place = own.page or "the App's settings"
        return Todo(f"the App does not ask for {', '.join(own.lacks)}", f"add it: {place}")
    lacking = [
        installation
        for installation in subject.installations
        if not installation.suspended and installation.lacks
    ]
    if lacking:
        said = "; ".join(
            f"{installation.account} has not granted {', '.join(installation.lacks)}"
            for installation in lacking
        )
        links = ", ".join(installation.url or installation.account for installation in lacking)
        return Todo(said, f"an owner grants it: {links}")
    return Fine("the App asks for all that it needs, and was granted it")


def installations(subject: Subject) -> Verdict:
    """Where the App is installed, and which repositories have a pipeline file."""
    installations = subject.installations
    suspended = [installation for installation in installations if installation.suspended]
    if suspended:
        names = ", ".join(installation.account for installation in suspended)
        links = ", ".join(installation.url or installation.account for installation in suspended)
        return Todo(f"suspended on {names}", f"an owner ends that: {links}")
    if not installations:
        return Todo(
            "the App is installed nowhere", f"install it on an organisation: {_page(subject)}"
        )
    repositories, read = subject.repositories, subject.looked_into
    if not repositories:
        return Todo(
            f"{_accounts(installations)}, no repository", "choose some on the installation's page"
        )
    have = len(subject.files)
    cut = f" (of the first {MOST_REPOSITORIES})" if len(read) == MOST_REPOSITORIES else ""
    unread = len(subject.unread)
    rest = f"{have} with stagelock.yaml, {len(read) - have - unread} without{cut}"
    if unread:
        raise NotKnown(f"{rest}, {unread} that could not be asked ({subject.unread[0]})")
    return Fine(f"{_accounts(installations)}, repositories: {rest}")


def _accounts(installations: Sequence[InstallationFact]) -> str:
    names = [installation.account for installation in installations]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _page(subject: Subject) -> str:
    kept, _ = subject.known
    kind = "apps" if kept.github_url == "https://github.com" else "github-apps"
    return f"{kept.github_url}/{kind}/{subject.app.slug}/installations/new"


def budget(subject: Subject) -> Verdict:
    """The requests that each installation has left in its hour."""
    examination = subject.github
    low = []
    least = ""
    for installation in subject.working:
        left = asked(lambda key=installation.id: examination.requests_left(key))  # type: ignore[misc]
        said = (
            f"{installation.account}: {left.left} of {left.limit} requests "
            f"until {left.reset:%H:%M} UTC"
        )
        least = least or said
        if left.left * 100 < left.limit * LOW:
            low.append(said)
    if low:
        do = "who else uses this App's key or installation? Raise STAGELOCK_SWEEP_SECONDS meanwhile"
        return Todo("; ".join(low), do)
    return Fine(least)


def creations(subject: Subject) -> Verdict:
    """What we may still create on GitHub, by our own limits, which are below GitHub's."""
    _, machine = subject.known
    left = sorted(machine.creations(), key=lambda account: account.hour)
    names = _names(subject)
    said = [
        f"{names.get(account.installation, f'installation {account.installation}')}: "
        f"{account.minute} left in this minute, {account.hour} in this hour"
        for account in left
    ]
    spent = [text for text, account in zip(said, left, strict=True) if account.hour <= 0]
    if spent:
        do = "it comes later, in order; where this stays so, let stages promote less often"
        return Todo("; ".join(spent), f"{do} (`at-most-every`)")
    return Fine(said[0] if said else "no repository is worked for yet")


def _names(subject: Subject) -> dict[int, str]:
    """Accounts by their installations; none where GitHub does not say: what is left we know."""
    try:
        return {installation.id: installation.account for installation in subject.installations}
    except NotKnown:
        return {}
