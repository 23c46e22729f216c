"""`stagelock setup`: set a server up from a terminal, where no browser reaches it."""

from __future__ import annotations

import argparse
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from app import arrival, wiring
from app.cli import first_files
from app.cli.out import complain, tell
from app.core.text import setup_words as words
from app.errors import OutsideError
from app.settings import Settings, SettingsError
from app.settings.servers import GITHUB, is_cloud
from app.setup.answers import Field, judged
from app.setup.desk import Desk, Forward, Refused, Why
from app.setup.manifest import install_page, is_sending_page, sending_page
from app.setup.progress import Answers
from app.setup.watching import Look

LOOK_SECONDS = 3.0
PAGE = "stagelock-app.html"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `setup`."""
    parser = subparsers.add_parser(
        "setup",
        help="create the App on GitHub and keep its credentials, from a terminal",
        description="Set up a server that no browser can reach, as its page /setup does: says what "
        "to open, takes the code that GitHub gives, keeps the App's credentials in the data "
        "folder, and shows where the App is installed. A server running on the same folder then "
        "starts to work without a restart. Run again, it continues where it was. "
        "Exit code: 0 set up, 1 not yet.",
    )
    parser.add_argument("--public-url", metavar="URL", help="where GitHub reaches this server")
    parser.add_argument("--github-url", metavar="URL", help=f"default: {GITHUB}")
    owner = parser.add_mutually_exclusive_group()
    owner.add_argument("--organisation", metavar="NAME", help="who will own the App")
    owner.add_argument("--own-account", action="store_true", help="you will own the App")
    parser.add_argument(
        "--page", type=Path, default=Path(PAGE), metavar="FILE", help="for a browser"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry out `setup`."""
    settings = Settings.load(os.environ)
    wiring.set_up_logs(settings)
    logging.getLogger().setLevel(logging.WARNING)  # what happens is told in words
    desk = arrival.desk_of(settings)
    if desk is None:
        where = "its environment" if "STAGELOCK_APP_ID" in settings.given else "set-up"
        tell(words.set_up_already(settings.app_id or 0, where))
        return 0
    try:
        return _Terminal(desk, settings, args).go()
    except Refused as no:
        said = words.REFUSALS[no.why.value]
        complain(f"{said.title}. {no.said or said.do}")
        return 1


@dataclass(slots=True)
class _Terminal:
    desk: Desk
    settings: Settings
    args: argparse.Namespace
    session: str = ""

    def go(self) -> int:
        """All steps that are left."""
        self.session = self.desk.claimed(arrival.opened(self.desk))
        if not self.desk.is_registered() and self.desk.progress(self.session).code:
            self.desk.convert(self.session)
        while not self.desk.is_registered():
            self._registered()
            if trouble := words.TROUBLES.get(self.desk.progress(self.session).trouble.value):
                complain(f"{trouble.title}. {trouble.do}", self.desk.progress(self.session).said)
                return 1
        self._installed()
        self.desk.ended(self.session)
        tell(words.DONE)
        return 0

    def _registered(self) -> None:
        answers = self._answers()
        forward = self.desk.forward(self.session, answers, answers.public_url)
        page = self._page(forward)
        try:
            tell(*words.create(page.absolute().as_uri(), urlsplit(answers.github_url).netloc))
            tell(*words.paste(f"{answers.public_url}/setup/callback?code=..."))
            state = parse_qs(urlsplit(forward.action).query)["state"][0]
            code, shown = _pasted(_asked(words.PASTED))
            self.desk.returned(self.session, code, shown or state)
        finally:
            page.unlink(missing_ok=True)

    def _answers(self) -> Answers:
        """What the options, the environment and what was said before leave open is asked for."""
        args, given = self.args, self.settings.given
        known = self.desk.progress(self.session).answers or Answers("", "", "")
        tell(words.WHERE)
        fixed = self.settings.public_url if "STAGELOCK_PUBLIC_URL" in given else None
        public = fixed or args.public_url or _asked(words.PUBLIC, known.public_url)
        fixed = self.settings.github_url if "STAGELOCK_GITHUB_URL" in given else None
        github = fixed or args.github_url or _asked(words.GITHUB, known.github_url or GITHUB)
        owner = args.organisation or ""
        if not owner and not args.own_account:
            owner = _asked(words.OWNER, known.organisation)
        answers = judged(public, github, owner)
        if answers.wrong:
            names = {field: words.ASKED[field.value] for field in Field}
            raise SettingsError(
                tuple(
                    f"{names[field]}: {words.ANSWERS[why.value]}"
                    for field, why in answers.wrong.items()
                )
            )
        return answers.answers

    def _page(self, forward: Forward) -> Path:
        page: Path = self.args.page
        try:
            if not _is_free(page):
                raise SettingsError((f"--page: {page} is there already: name another file",))
            _written(page, sending_page(forward.action, forward.manifest))
        except OSError as error:
            message = f"--page: {page} cannot be written to: {error.strerror}"
            raise SettingsError((message,)) from error
        return page

    def _installed(self) -> None:
        """Wait until it is installed, and say what comes in and what is missing, each once."""
        watched = arrival.Watching(os.environ)
        look, told, link = watched.look, set[str](), ""
        github = Settings.load(os.environ).github_url
        while True:
            try:
                seen = look()
            except OutsideError as error:
                lines = [error.message]
            else:
                link = link or install_page(github, seen.slug, cloud=is_cloud(github))
                lines = [words.install(link), *_lines(seen)]
                if seen.works:
                    tell(*(line for line in lines if line not in told))
                    first_files.ask(watched, seen, github)
                    return
            tell(*(line for line in lines if line not in told))
            told.update(lines)
            time.sleep(LOOK_SECONDS)


def _is_free(page: Path) -> bool:
    """Nothing is there, or what a set-up that was interrupted left; never a link."""
    try:
        return not page.is_symlink() and is_sending_page(page.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except ValueError:  # no text
        return False


def _written(page: Path, text: str) -> None:
    """Put in its place, at once: what is there meanwhile is not followed."""
    made = page.with_name(f".{page.name}.{os.getpid()}")
    try:
        with made.open("x", encoding="utf-8") as opened:
            opened.write(text)
        made.replace(page)
    finally:
        made.unlink(missing_ok=True)


def _lines(seen: Look) -> list[str]:
    lines = [words.app_lacks(seen.lacks, seen.page)] if seen.lacks else []
    for installation in seen.installations:
        lines.append(words.installed(installation.account, installation.names, installation.count))
        if installation.suspended or installation.lacks:
            lines.append(
                words.owner_must(installation.account, installation.lacks, installation.page)
            )
    return lines


def _asked(question: str, default: str = "") -> str:
    tell(f"{question}{f' [{default}]' if default else ''}:")
    try:
        return input().strip() or default
    except EOFError:
        message = f"{question}: no answer. Give it as an option, or run this in a terminal"
        raise SettingsError((message,)) from None


def _pasted(text: str) -> tuple[str, str]:
    """The code and the state of what was pasted: an address, or the code alone."""
    if "?" not in text and "code=" not in text:
        return text, ""
    query = parse_qs(urlsplit(text).query or text)
    code, state = query.get("code", [""])[0], query.get("state", [""])[0]
    if not state:
        raise Refused(Why.FORGED)
    return code, state
