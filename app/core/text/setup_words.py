"""The texts of set-up: on its pages, and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class News:
    """The news, and what a person does now."""

    title: str
    do: str


ADDRESS = "Open the one-time address that stagelock serve printed"
_AGAIN = "Go back to the set-up page and create the App again"
_RESTART = "start stagelock serve again: it prints a new one-time address"

REFUSALS: Mapping[str, News] = {
    "closed": News(
        "This server is set up",
        "There is nothing left to do here. Stagelock works in every repository where it is "
        "installed and that has a stagelock.yaml on its default branch.",
    ),
    "lost": News(
        "The server's record of this set-up is lost or damaged",
        f"{_RESTART[0].upper()}{_RESTART[1:]}.",
    ),
    "stranger": News("Set-up has not begun in this browser", f"{ADDRESS}."),
    "taken": News(
        "Set-up is under way in another browser",
        f"Continue there. If that browser is not yours, or its session is lost, {_RESTART}; what "
        "was done so far is kept.",
    ),
    "wrong-address": News(
        "This is not the one-time address of this server", f"{ADDRESS} when it last started."
    ),
    "wrong-form": News(
        "This form is from another session, or older than a day", "Open the set-up page again."
    ),
    "forged": News(
        "This answer does not belong to this set-up: nothing was changed",
        f"{_AGAIN}.",
    ),
    "expired": News("This answer is older than an hour: nothing was changed", f"{_AGAIN}."),
    "used": News(
        "This answer was used before: nothing was changed", "Continue on the set-up page."
    ),
    "no-code": News("GitHub's answer has no code: nothing was changed", f"{_AGAIN}."),
    "busy": News(
        "A request to GitHub is under way", "Open the set-up page again in a few seconds."
    ),
    "exposed": News(
        "The data folder is not safe for secrets: nothing was kept",
        "Correct it as described below, then create the App again.",
    ),
}
"""By `app.setup.desk.Why`."""

TROUBLES: Mapping[str, News] = {
    "silent": News(
        "GitHub created the App, but has not sent its credentials yet",
        "Try again: GitHub's code is valid for one hour.",
    ),
    "unknown": News(
        "GitHub does not accept the code that it gave",
        "It was used before, or is older than an hour. Delete the App that GitHub created (its "
        "credentials are sent only once), and create it again.",
    ),
    "unreadable": News(
        "GitHub's answer does not describe an App: nothing was kept",
        "Check that the address of GitHub is right and that no proxy changes its answers. Delete "
        "the App that GitHub created, and create it again.",
    ),
}
"""By `app.setup.progress.Trouble`."""

ANSWERS: Mapping[str, str] = {
    "no-url": "That is not an address: write it as https://stagelock.example.org",
    "no-github": "That is not an address: write it as https://github.example.org",
    "unreachable": "github.com cannot reach that address from the Internet: use one that it can "
    "reach, for example of a tunnel to this machine",
    "no-login": "That is not the name of an organisation: write it as in its address on GitHub",
}
"""By `app.setup.answers.Wrong`."""

FOR_THE_TERMINAL = (
    "If you run stagelock setup in a terminal, this is expected: paste the address of this page "
    "there"
)
NOT_SET_UP = "not set up: open the one-time address that stagelock serve printed (page /setup)"


def problem(status: int, message: str) -> News:
    """What a browser is shown where the answer is no; *message* is what programs are told."""
    match status:
        case 404 if message.startswith("The requested URL"):
            return News("There is no such page", "This server's first page says where to go.")
        case 404:
            return News("Not found", f"{message[:1].upper()}{message[1:]}.")
        case 401 | 403:
            return News("This page is not open to you", f"{message[:1].upper()}{message[1:]}.")
        case _:
            return News("That did not work", f"{message[:1].upper()}{message[1:]}.")


def unreached(address: str, why: str) -> str:
    """Our own public address does not answer as we do, as far as this machine can tell."""
    return (
        f"{address} does not answer as this server does: {why}. Tried from this machine; for "
        "GitHub the result may differ"
    )


def invitation(address: str, local: str, *, again: bool) -> tuple[str, ...]:
    """What `serve` prints; *local*: where a proxy forwards deliveries only, "" if that is all."""
    news = "Set-up is not finished. Continue at" if again else "This server is not set up. Open"
    other = (f"Or, on this machine or through a tunnel to it, {local}",) if local else ()
    return (
        f"{news} {address}",
        *other,
        "The address works once, for the first browser that opens it.",
    )


# In a terminal

WHERE = "1. Where the server runs"
PUBLIC = "Public address of this server, which GitHub must reach"
GITHUB = "Address of GitHub"
OWNER = "Organisation that will own the App (leave empty for your own account)"
PASTED = "The address that the browser then shows, or the code in it"
DONE = (
    "4. Done: this server is set up. Next, a stagelock.yaml in one of the repositories "
    "(`stagelock init`); `stagelock doctor` says what is missing"
)
ASKED: Mapping[str, str] = {"public_url": PUBLIC, "github_url": GITHUB, "organisation": OWNER}
"""By `app.setup.answers.Field`."""


def set_up_already(app_id: int, where: str) -> str:
    """Nothing is left to do."""
    return f"This server is set up: it is App {app_id}, by {where}"


def create(page: str, host: str) -> tuple[str, ...]:
    """The way to GitHub: a page that posts the manifest."""
    return (
        "2. Create the App",
        f"Open {page}",
        f"in a browser of any machine (copy the file there), and press Create on {host}.",
    )


def paste(address: str) -> tuple[str, ...]:
    """How the code gets back to the terminal, whether or not the page opens."""
    return (
        f"GitHub then sends the browser to {address}",
        "Whether that page opens or not, paste its address here within the hour.",
    )


def install(page: str) -> str:
    """The way to the installation."""
    return f"3. Install it: {page}"


def installed(account: str, names: Sequence[str], count: int) -> str:
    """An account that has it."""
    few = f" ({', '.join(names)})" if names and len(names) == count else ""
    return f"{account}: {count} {'repository' if count == 1 else 'repositories'}{few}"


def app_lacks(lacks: Sequence[str], page: str) -> str:
    """What the App itself does not ask for."""
    return f"To do: the App does not request {', '.join(lacks)}; add it: {page or 'its settings'}"


def owner_must(account: str, lacks: Sequence[str], page: str) -> str:
    """What an owner of an account has to do."""
    what = f"grants {', '.join(lacks)}" if lacks else "unsuspends it"
    return f"To do: an owner of {account} {what}: {page or 'on its installation page'}"
