"""
Every page that a server shows people, in every state that it has.

`python -m tests.setup.page_states FOLDER` writes them as files that a browser shows.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

from app.core.model.names import Repo, Sha
from app.doctor.told import Line
from app.engine.starting import Started
from app.errors import Transient
from app.observe import Metrics
from app.ports.examination import Attempt
from app.settings import ApiToken, Secret
from app.setup.answers import Field
from app.setup.desk import Refused, Why
from app.setup.progress import Book, Trouble
from app.setup.proposing import Hindrance, Proposed, Start, State
from app.setup.watching import Look, Seen
from app.web.application import create_app
from app.web.doctor import doctor_blueprint
from app.web.keys import ApiKeys
from app.web.setup.pages import refused
from tests.core.foreign_values import first
from tests.core.starting import starter_of
from tests.setup.browsing import ANSWERS, AT_ACME, Browser, Clock, GitHub, Server
from tests.stores import sqlite_store

SHOP = Repo(7, "acme", "shop", 1)
ACCOUNT = "https://github.com/organizations/acme/settings/installations/7"
SETTINGS = "https://github.com/organizations/acme/settings/apps/stagelock-acme/permissions"
AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
READER = {"Authorization": "Bearer reader-token", "Accept": "text/html"}
PERSON = {"Accept": "text/html"}
MADE = Started(starter_of("shop"), Sha("0" * 40), tuple(first("shop")))


@dataclass
class Case:
    """A server over *root*, and the browser of who sets it up."""

    root: Path
    github: GitHub = field(default_factory=GitHub)
    around: dict[str, object] = field(default_factory=dict)

    @cached_property
    def server(self) -> Server:
        return Server(self.root, self.github, Clock(), **self.around)

    @cached_property
    def ana(self) -> Browser:
        ana: Browser = self.server.browser().opens(self.server)
        return ana

    def registered(self, look: object = None) -> Browser:
        """There is an App, and GitHub says *look* of it."""
        if look is not None:
            self.github.looks = [look]
        self.ana.comes_back(self.ana.says())
        self.ana.follows()
        return self.ana


def where(case: Case, **changed: str) -> str:
    if changed:
        case.ana.post(**{**ANSWERS, "anyway": "", **changed})
    return str(case.ana.text)


def fixed(case: Case) -> str:
    case.around = {
        "fixed": {
            Field.PUBLIC_URL: "https://fixed.example",
            Field.GITHUB_URL: "https://ghe.example",
        },
        "given": ("STAGELOCK_PUBLIC_URL", "STAGELOCK_GITHUB_URL"),
    }
    return str(case.ana.text)


def begun(case: Case) -> str:
    case.ana.says()
    case.ana.get("/setup")
    return str(case.ana.text)


def forward(case: Case) -> str:
    case.ana.says()
    return str(case.ana.text)


def troubled(case: Case, trouble: Trouble) -> str:
    ana, book = case.ana, Book(case.root)
    was = book.read()
    assert was is not None
    book.write(replace(was, trouble=trouble, said="it answered 404 Not Found"))
    ana.get("/setup")
    return str(ana.text)


def asked(case: Case) -> str:
    case.github.fails = [Transient("turn GitHub's code into the App: no answer in time")]
    return str(case.registered().text)


def installing(case: Case, look: object) -> str:
    return str(case.registered(look).text)


def overridden(case: Case) -> str:
    case.around = {"given": ("STAGELOCK_APP_ID", "STAGELOCK_PRIVATE_KEY")}
    return str(case.registered(AT_ACME).text)


def proposed(case: Case, answer: Proposed) -> str:
    case.around = {"propose": lambda _which, *, smallest: answer if smallest is False else None}
    ana = case.registered(AT_ACME)
    ana.post("/setup/propose", repo="7")
    return str(ana.text)


def finished(case: Case) -> str:
    ana = case.registered(AT_ACME)
    ana.post("/setup/done")
    return str(ana.text)


def refusal(case: Case, why: Why, said: str = "") -> str:
    with case.server.app.test_request_context():
        return str(refused(Refused(why, said))[0])  # type: ignore[index] # it is (page, status, ...)


def examined(case: Case, *lines: Line) -> str:
    case.around = {"examine": lambda: list(lines)}
    ana = case.ana
    ana._client.environ_base["HTTP_ACCEPT"] = "text/html"
    ana.get("/setup/doctor")
    return str(ana.text)


def elsewhere(case: Case) -> str:
    """Another page, of a server that is not set up."""
    return case.server.app.test_client().get("/locks", headers=PERSON).get_data(as_text=True)


def whole(case: Case, path: str, headers: dict[str, str]) -> str:
    """A page of the server that is set up."""
    store = sqlite_store(case.root)
    try:
        entry = {"kind": "command", "user": "mia", "command": "/promote prod", "on": {"pull": 3}}
        store.history.audit(None, 7, "aaaaaaaa", AT, entry)
        app = create_app(
            store=store,
            secrets=(b"secret",),
            clock=lambda: AT,
            metrics=Metrics(store.gauges),
            tokens=(ApiToken("dash", frozenset({"read"}), Secret("reader-token")),),
            version="1.0.0",
        )
        app.register_blueprint(doctor_blueprint(ApiKeys(()), lambda: [*DOCTOR]))
        return app.test_client().get(path, headers=headers).get_data(as_text=True)
    finally:
        store.close()


def seen(**more: object) -> Look:
    """At one account of which *more* is so."""
    at = {"names": ("acme/shop",), "count": 1, **more}
    return Look("s", (), "", (Seen("acme", ACCOUNT, False, (), **at),), None)  # type: ignore[arg-type]


def reached(status: int, said: str = "") -> Look:
    return replace(seen(), reached=Attempt(1, "push", AT, status, said))


DOCTOR = (
    Line("github", "todo", "it does not answer", "let this server reach api.github.com"),
    Line("clock", "ok", "right to the second"),
    Line("webhook", "unknown", "GitHub lists no deliveries yet"),
)
STATES: dict[str, Callable[[Case], str]] = {
    "where: at first": where,
    "where: wrong answers": partial(
        where, public_url="ftp://x", server="own", github_url="", organisation=""
    ),
    "where: an address of this machine": partial(where, public_url="http://127.0.0.1:8080"),
    "where: the address does not answer": partial(
        where, public_url="http://127.0.0.1:9", server="own", github_url="https://ghe.example"
    ),
    "where: the environment says it": fixed,
    "where: GitHub did not send the browser back": begun,
    **{
        f"where: {trouble} of GitHub's code": partial(troubled, trouble=trouble)
        for trouble in Trouble
        if trouble
    },
    "create: on to GitHub": forward,
    "create: no credentials yet": asked,
    "install: nowhere yet": partial(installing, look=None),
    "install: GitHub is silent": partial(installing, look=Transient("no answer in time")),
    "install: it is there": partial(installing, look=seen()),
    "install: GitHub reaches this server": partial(installing, look=reached(202)),
    "install: a delivery failed": partial(installing, look=reached(502, "Bad Gateway")),
    "install: no answer to a delivery": partial(installing, look=reached(0)),
    "install: the App lacks something": partial(
        installing, look=replace(seen(), lacks=("statuses: read",), page=SETTINGS)
    ),
    "install: an owner has to grant something": partial(
        installing,
        look=Look("s", (), "", (Seen("acme", ACCOUNT, False, ("checks: write",)),), None),
    ),
    "install: suspended": partial(
        installing, look=Look("s", (), "", (Seen("acme", ACCOUNT, True, ()),), None)
    ),
    "install: more than are shown": partial(installing, look=seen(count=300)),
    "install: repositories not asked": partial(installing, look=seen(problem="no answer in time")),
    **{
        f"install: a stagelock.yaml: {state}": partial(
            installing, look=seen(starts=(Start(SHOP, state, 4 * (state is State.PROPOSED)),))
        )
        for state in State
    },
    "install: the environment takes precedence": overridden,
    "propose: a pull request": partial(proposed, answer=Proposed(SHOP, 4, MADE)),
    "propose: one that is open already": partial(proposed, answer=Proposed(SHOP, 4)),
    **{
        f"propose: {hindrance}": partial(
            proposed,
            answer=Proposed(
                SHOP,
                started=MADE if hindrance is Hindrance.NOTHING else None,
                hindrance=hindrance,
                said="GH013: Repository rule violations found" * (hindrance is Hindrance.RULES),
            ),
        )
        for hindrance in Hindrance
    },
    "done": finished,
    **{f"refused: {why}": partial(refusal, why=why) for why in Why},
    "refused: with what was said": partial(
        refusal, why=Why.EXPOSED, said="/data: `chmod 0700 /data`"
    ),
    "doctor: things to do": lambda case: examined(case, *DOCTOR),
    "doctor: one thing to do": lambda case: examined(case, DOCTOR[0]),
    "doctor: nothing to do": lambda case: examined(case, DOCTOR[1]),
    "server: another page before it is set up": elsewhere,
    "server: the doctor without a token": partial(whole, path="/setup/doctor", headers=PERSON),
    "server: its first page": partial(whole, path="/", headers=PERSON),
    "server: an event": partial(whole, path="/events/aaaaaaaa", headers=READER),
    "server: an event without a token": partial(whole, path="/events/aaaaaaaa", headers=PERSON),
    "server: no such event": partial(whole, path="/events/bbbbbbbb", headers=READER),
    "server: no such page": partial(whole, path="/nowhere", headers=PERSON),
}


def shown(name: str, root: Path) -> str:
    """The HTML of a state."""
    return STATES[name](Case(root))


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    style = (Path(__file__).parents[2] / "app/web/static/setup.css").read_text(encoding="utf-8")
    for number, name in enumerate(STATES):
        with tempfile.TemporaryDirectory() as root:
            page = shown(name, Path(root))
        link = '<link rel="stylesheet" href="/setup/page.css">'
        page = page.replace(link, f"<style>{style}</style>")
        file = f"{number:02} {name}".replace(":", "").replace(" ", "-").replace("/", "-")
        (folder / f"{file}.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
