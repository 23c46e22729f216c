"""`/setup`: a person tells where the server is, GitHub makes the App, and it is installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.core.text import setup_words
from app.errors import OutsideError
from app.observe.reach import reach
from app.settings.servers import GITHUB, is_cloud
from app.setup.answers import Field, Judged, Wrong, judged
from app.setup.desk import Desk, Forward, Refused, Why
from app.setup.manifest import install_page
from app.setup.progress import Answers, Progress
from app.setup.proposing import Hindrance, Proposed
from app.setup.watching import Look
from app.web.doctor import Examine, Practice
from app.web.headers import PAGE_POLICY as POLICY
from app.web.setup.proposed import shown
from app.web.setup.session import forget, origin, remember, session, way_back

HERE = "/setup"
STATUS = {Why.CLOSED: 410, Why.BUSY: 409, Why.USED: 409, Why.EXPOSED: 500, Why.NO_CODE: 400}
_CAN_GO_ON = STATUS.keys() - {Why.CLOSED} | {Why.WRONG_FORM, Why.FORGED, Why.EXPIRED}


class Propose(Protocol):
    """A first `stagelock.yaml` for a repository, by its number or name, as `Proposer.propose`."""

    def __call__(self, which: int | str, *, smallest: bool) -> Proposed: ...


def _nowhere(which: int | str, *, smallest: bool) -> Proposed:
    del which, smallest
    return Proposed(None, hindrance=Hindrance.GONE)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the pages know beside the desk."""

    look: Callable[[], Look]
    """It asks GitHub about the App."""
    examine: Examine
    """The doctor."""
    propose: Propose = _nowhere
    """It opens the pull request of a first file for a repository."""
    fixed: dict[Field, str] = field(default_factory=dict)
    """The answers that the environment gives."""
    given: tuple[str, ...] = ()
    """The names of the variables that give them."""
    ca_file: Path | None = None


def setup_blueprint(desk: Desk, around: Surroundings) -> Blueprint:
    """The pages, for the one session of *desk*; everybody else is told why not."""
    bp = Blueprint("setup", __name__, url_prefix=HERE)
    pages = Pages(desk, around)
    bp.add_url_rule("", "page", pages.page, methods=["GET"])
    bp.add_url_rule("", "where", pages.where, methods=["POST"])
    bp.add_url_rule("/callback", "callback", pages.callback, methods=["GET"])
    bp.add_url_rule("/again", "again", pages.again, methods=["POST"])
    bp.add_url_rule("/over", "over", pages.over, methods=["POST"])
    bp.add_url_rule("/propose", "propose", pages.propose, methods=["POST"])
    bp.add_url_rule("/done", "done", pages.done, methods=["POST"])
    bp.add_url_rule("/doctor", "doctor", pages.doctor, methods=["GET"])
    bp.register_error_handler(Refused, refused)

    return bp


def refused(no: Refused) -> ResponseReturnValue:
    """A page that says why, and what to do."""
    words = setup_words.REFUSALS[no.why.value]
    back = no.why in _CAN_GO_ON
    page = render_template("setup_refused.html", words=words, said=no.said, back=back)
    return page, STATUS.get(no.why, 403)


class Pages:
    """The answers to the requests."""

    def __init__(self, desk: Desk, around: Surroundings) -> None:
        self._desk = desk
        self._around = around
        self._practice = Practice(around.examine)

    def page(self) -> ResponseReturnValue:
        """How far it is. The one-time token leaves the address at once."""
        token = request.args.get("token")
        if token is not None and self._desk.is_open() and request.method == "GET":
            return self._opened(token)
        progress = self._desk.progress(session())
        if self._desk.is_registered():
            return self._install()
        if progress.code:
            return self._render("setup_ask.html", progress=progress)
        return self._form(_known(progress), progress)

    def _opened(self, token: str) -> Response:
        """The session of who opens it first; the same browser may open it again."""
        try:
            return remember(_to_page(), self._desk.claimed(token))
        except Refused as no:
            try:
                self._desk.progress(session())
            except Refused:
                raise no from None
            return _to_page()

    def where(self) -> ResponseReturnValue:
        """The answers; where they are right, on to GitHub."""
        progress = self._checked()
        judgement = self._judged()
        if judgement.wrong:
            return self._form(judgement, progress), 422
        public = judgement.answers.public_url
        if request.form.get("anyway") != public and (why := self._unreached(public)):
            warning = setup_words.unreached(public, why)
            return self._form(judgement, progress, warning=warning)
        back = way_back(public, request.form.get("here", ""))
        forward = self._desk.forward(session(), judgement.answers, back)
        return self._forward(forward, judgement.answers)

    def callback(self) -> ResponseReturnValue:
        """GitHub sent the browser back; its code leaves the address at once."""
        code, state = request.args.get("code", ""), request.args.get("state", "")
        try:
            self._desk.returned(session(), code, state)
        except Refused as no:
            if no.why in {Why.TAKEN, Why.STRANGER}:
                raise Refused(no.why, setup_words.FOR_THE_TERMINAL) from no
            raise
        return _to_page()

    def again(self) -> ResponseReturnValue:
        """Ask GitHub once more for what its code is good for."""
        self._checked()
        self._desk.convert(session())
        return _to_page()

    def over(self) -> ResponseReturnValue:
        """Begin again, without what GitHub's code is good for."""
        self._checked()
        self._desk.given_up(session())
        return _to_page()

    def propose(self) -> ResponseReturnValue:
        """A first file for the repository whose button was pressed; only on request."""
        progress = self._checked()
        if not self._desk.is_registered():
            raise Refused(Why.NO_CODE)
        smallest = request.form.get("smallest") == "yes"
        proposed = self._around.propose(_which(), smallest=smallest)
        return self._render("setup_proposed.html", **shown(proposed, _github(progress)))

    def done(self) -> ResponseReturnValue:
        """Close set-up for good."""
        self._checked()
        self._desk.ended(session())
        return forget(make_response(render_template("setup_done.html")))

    def doctor(self) -> ResponseReturnValue:
        """What stands between this server and its work, for the session alone."""
        self._desk.progress(session())
        return self._practice.answer(back=HERE)

    def _checked(self) -> Progress:
        progress = self._desk.progress(session())
        self._desk.check_form(session(), request.form.get("form", ""))
        return progress

    def _judged(self) -> Judged:
        form, fixed = request.form, self._around.fixed
        own = form.get("server") == "own"
        organisation = form.get("organisation", "") if form.get("owner") != "me" else ""
        judgement = judged(
            fixed.get(Field.PUBLIC_URL) or form.get("public_url", ""),
            fixed.get(Field.GITHUB_URL) or (form.get("github_url", "") if own else GITHUB),
            organisation,
        )
        if own and Field.GITHUB_URL not in fixed and not form.get("github_url", "").strip():
            judgement.wrong[Field.GITHUB_URL] = Wrong.NO_GITHUB
        if form.get("owner") != "me" and not organisation.strip():
            judgement.wrong[Field.ORGANISATION] = Wrong.NO_LOGIN
        return judgement

    def _unreached(self, public_url: str) -> str:
        reached = reach(f"{public_url}/healthz", self._around.ca_file)
        if reached.problem or reached.untrusted:
            return reached.problem or reached.untrusted
        return "" if (reached.status, reached.body.strip()) == (200, "ok") else f"{reached.status}"

    def _form(self, judgement: Judged, progress: Progress, warning: str = "") -> str:
        fixed = {name.value: text for name, text in self._around.fixed.items()}
        answers = replace(judgement.answers, **fixed)
        return self._render(
            "setup_where.html",
            answers=answers,
            own=answers.github_url != GITHUB or Field.GITHUB_URL in judgement.wrong,
            me=request.form.get("owner") == "me"
            or (progress.answers is not None and not answers.organisation),
            problems={
                name.value: setup_words.ANSWERS[what.value]
                for name, what in judgement.wrong.items()
            },
            fixed=fixed,
            warning=warning,
            trouble=setup_words.TROUBLES.get(progress.trouble.value),
            said=progress.said,
            begun=bool(progress.state),
        )

    def _forward(self, forward: Forward, answers: Answers) -> Response:
        parts = urlsplit(answers.github_url)
        response = make_response(
            self._render(
                "setup_forward.html",
                action=forward.action,
                manifest=json.dumps(forward.manifest),
                host=parts.netloc,
            )
        )
        allowed = f"{POLICY} {parts.scheme}://{parts.netloc}"
        response.headers["Content-Security-Policy"] = allowed
        return response

    def _install(self) -> str:
        progress = self._desk.progress(session())
        github = _github(progress)
        try:
            seen, why = self._around.look(), ""
        except OutsideError as error:
            return self._render("setup_install.html", seen=None, why=error.message)
        page = install_page(github, seen.slug, cloud=is_cloud(github))
        return self._render("setup_install.html", seen=seen, why=why, page=page, github=github)

    def _render(self, template: str, **values: object) -> str:
        token = self._desk.form_token(session())
        return render_template(template, form_token=token, given=self._around.given, **values)


def _which() -> int | str:
    """The repository whose button was pressed, or whose name was typed."""
    if name := request.form.get("name", "").strip():
        return name
    number = request.form.get("repo", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 20 else 0


def _github(progress: Progress) -> str:
    return GITHUB if progress.answers is None else progress.answers.github_url


def _known(progress: Progress) -> Judged:
    """What was said before, else what can be guessed; nothing is wrong with it yet."""
    return Judged(progress.answers or Answers(_guess(), GITHUB, ""), {})


def _guess() -> str:
    """The address that the browser came by, unless GitHub cannot mean it."""
    here = origin()
    return "" if judged(here, GITHUB, "").wrong else here


def _to_page() -> Response:
    return make_response(redirect(HERE, 303))
