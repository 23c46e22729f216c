"""What set-up says: on its pages, and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The news, and what a person does now."""

    title: str
    do: str


ADDRESS = "Open the one-time address that stagelock serve printed"
_AGAIN = "Go back to the set-up page and begin with the App again"
_RESTART = "start stagelock serve again: it prints a new one-time address"

REFUSALS: Mapping[str, Words] = {
    "closed": Words(
        "This server is set up",
        "Nothing is left to do here. Stagelock works in every repository in which it is installed "
        "and that has a stagelock.yaml on its default branch.",
    ),
    "lost": Words("The server's record of this set-up is lost or damaged", f"{_RESTART}."),
    "stranger": Words("Set-up has not begun in this browser", f"{ADDRESS}."),
    "taken": Words(
        "Set-up is under way in another browser",
        f"Go on there. If that browser is not yours, or its session is lost, {_RESTART}, and what "
        "was done so far stays.",
    ),
    "wrong-address": Words(
        "This is not the one-time address of this server", f"{ADDRESS} when it was started last."
    ),
    "wrong-form": Words(
        "This form is not of this session, or older than a day", "Open the set-up page again."
    ),
    "forged": Words(
        "This answer does not belong to this set-up: nothing was changed",
        f"{_AGAIN}.",
    ),
    "expired": Words("This answer is older than an hour: nothing was changed", f"{_AGAIN}."),
    "used": Words(
        "This answer was used before: nothing was changed", "Go on with the set-up page."
    ),
    "no-code": Words("GitHub's answer holds no code: nothing was changed", f"{_AGAIN}."),
    "busy": Words(
        "GitHub is being asked at this moment", "Open the set-up page again in a few seconds."
    ),
    "exposed": Words(
        "The data folder cannot hold secrets as it is: nothing was kept",
        "Correct it as the sentence below says, then begin with the App again.",
    ),
}
"""By `app.setup.desk.Why`."""

TROUBLES: Mapping[str, Words] = {
    "silent": Words(
        "GitHub made the App, and has not told its credentials yet",
        "Ask again: GitHub's code is good for one hour.",
    ),
    "unknown": Words(
        "GitHub does not know the code that it gave",
        "It was used before, or is older than an hour. Delete the App that GitHub made (its "
        "credentials are told only once), and create it again.",
    ),
    "unreadable": Words(
        "GitHub's answer is no App: nothing was kept",
        "Look whether the address of GitHub is right, and whether a proxy changes its answers. "
        "Delete the App that GitHub made, and create it again.",
    ),
}
"""By `app.setup.progress.Trouble`."""

ANSWERS: Mapping[str, str] = {
    "no-url": "That is no address: write it as https://stagelock.example.org",
    "unreachable": "github.com cannot reach that address from the Internet: give one that it can "
    "reach, for example of a tunnel to this machine",
    "no-login": "That is no name of an organisation: write it as it stands in GitHub's addresses",
}
"""By `app.setup.answers.Wrong`."""

FOR_THE_TERMINAL = (
    "If you run stagelock setup in a terminal, all is well: paste the address of this page there"
)
NOT_SET_UP = "not set up: open the one-time address that stagelock serve printed (page /setup)"


def unreached(address: str, why: str) -> str:
    """Our own public address does not answer as we do, as far as this machine can tell."""
    return (
        f"{address} does not answer as this server does: {why}. Asked from this machine; GitHub "
        "may see more, or less"
    )


def invitation(address: str, local: str, *, again: bool) -> tuple[str, ...]:
    """What `serve` prints; *local*: where a proxy forwards deliveries only, "" if that is all."""
    news = "Set-up is not finished. Go on at" if again else "This server is not set up. Open"
    other = (f"Or, on this machine or through a tunnel to it, {local}",) if local else ()
    return (
        f"{news} {address}",
        *other,
        "The address works once, for the browser that opens it first.",
    )


# In a terminal

WHERE = "1. Where the server runs"
PUBLIC = "Public address of this server, which GitHub must reach"
GITHUB = "Address of GitHub"
OWNER = "Organisation that will own the App (nothing: your own account)"
PASTED = "The address that the browser shows then, or the code in it"
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
    """What comes back; whether that page opens does not matter."""
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
    return f"To do: the App does not ask for {', '.join(lacks)}; add it: {page or 'its settings'}"


def owner_must(account: str, lacks: Sequence[str], page: str) -> str:
    """What an owner of an account has to do."""
    what = f"grants {', '.join(lacks)}" if lacks else "ends the suspension"
    return f"To do: an owner of {account} {what}: {page or 'on the page of the installation'}"
