"""
`python -m benchmarks.floor`: what a delivery and a path cost, part by part, in processor time.

For the text of docs/performance.md; no row of its table is made of it. Processor time, because it
says the same on a busy machine, as nearly as anything does: the fastest of some rounds counts.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import logging
import os
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from app.observe import Metrics, Redactor, set_up
from app.ports.inbox import Delivery
from app.web.envelope import JSON, open_envelope
from app.web.headers import HEADERS
from app.web.signature import is_authentic
from benchmarks import paths, webhook
from benchmarks.client import Client
from benchmarks.work import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from app.sql import SqlStore

ROUNDS = 9
SECONDS = 3.0
SECRET = webhook.SECRET.encode()
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TICK = os.sysconf("SC_CLK_TCK")

log = logging.getLogger("stagelock.webhook")


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as folder:
        show("of one delivery", chain(servers(Path(folder)), parts_of_a_delivery(Path(folder))))
    show("of one path", parts_of_a_path())


def show(what: str, rows: Iterable[tuple[str, float]]) -> None:
    """As the page has it."""
    print(f"| {what} | processor time, µs |\n|---|---|")
    for name, took in rows:
        print(f"| {name} | {took:,.3g} |", flush=True)
    print()


def fastest(act: Callable[[], object], times: int) -> float:
    """Microseconds that one *act* takes."""
    took = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(times):
            act()
        took.append((time.process_time() - begun) / times)
    return min(took) * 1e6


def servers(folder: Path) -> Iterator[tuple[str, float]]:
    """Both servers under full load, whatever they wait for: the time of all their processes."""
    for name, serve, status in (
        ('a bare "ok", the whole', webhook.bare, b"200"),
        ("Stagelock, the whole", partial(webhook.ours, folder), b"202"),
    ):
        with serve() as port:
            client = Client(port, webhook.deliveries(), status)
            client.paced(200, 1)
            took = []
            for _ in range(3):
                before = of_children(os.getpid())
                answered = client.full(SECONDS) * SECONDS
                took.append((of_children(os.getpid()) - before) / answered)
            client.close()
            yield name, min(took) * 1e6


def of_children(pid: int) -> float:
    """Seconds that the processes below *pid* have worked so far."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    total = 0.0
    for child in map(int, below):
        fields = Path(f"/proc/{child}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / TICK + of_children(child)
    return total


def parts_of_a_delivery(folder: Path) -> Iterator[tuple[str, float]]:
    """Each alone, on a delivery of 7 KB."""
    body = next(webhook.deliveries()).split(b"\r\n\r\n", 1)[1]
    signed = f"sha256={hmac.digest(SECRET, body, hashlib.sha256).hex()}"
    metrics, url = Metrics(), f"sqlite:///{folder}/parts.db"
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, opened(url) as store:
        set_up(nowhere, Redactor((webhook.SECRET,)), "json")
        yield "of it: the signature", fastest(lambda: is_authentic(body, signed, [SECRET]), 500)
        yield "of it: its JSON", fastest(lambda: open_envelope(body, JSON), 500)
        yield "of it: werkzeug's request and response", fastest(partial(framework, body), 500)
        yield "of it: the line in the log", fastest(line, 500)
        yield "of it: the metric", fastest(lambda: metrics.delivery("push", "accepted"), 500)
        yield "of it: statements and commit, one alone", fastest(lambda: kept(store, body), 200)
        yield "the same delivery in SQLite by hand", fastest(by_hand(folder, body), 200)


def framework(body: bytes) -> bytes:
    """Read a request, and write an answer with our headers."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": JSON,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
    }
    request = Request(environ, populate_request=False)
    request.get_data(cache=False, parse_form_data=False)
    response = Response('{"recorded": true}\n', 202, mimetype=request.mimetype)
    response.headers.extend(HEADERS)
    return b"".join(response(environ, lambda *_: lambda _: None))


def line() -> None:
    """Say what `app.web.webhook` says of each."""
    ids = {"delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "repository": 1, "installation": 1}
    what = {"action": "delivery.received", "event": "push", "event_action": None}
    log.info("%s", "accepted", extra={**ids, **what, "outcome": "accepted"})


def kept(store: SqlStore, body: bytes) -> None:
    """Store one; in a server those that arrive together share the commit."""
    store.inbox.record(Delivery(os.urandom(8).hex(), "push", "", 1, 1, body, AT), "repo-1")


def by_hand(folder: Path, body: bytes) -> Callable[[], object]:
    """Two statements and a commit as durable as ours, by the driver alone."""
    connection = sqlite3.connect(folder / "by-hand.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE deliveries (guid TEXT PRIMARY KEY, body BLOB)")
    connection.execute("CREATE TABLE work (key TEXT PRIMARY KEY, seq INTEGER)")

    def act() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO deliveries VALUES (?, ?)", (os.urandom(8).hex(), body))
        connection.execute(
            "INSERT INTO work VALUES ('repo-1', 1) ON CONFLICT (key) DO UPDATE SET seq = seq + 1"
        )
        connection.execute("COMMIT")

    return act


def parts_of_a_path() -> Iterator[tuple[str, float]]:
    """Of 100,000 in Git's order; those who come first take turns with nobody."""
    entries, names = paths.patterns(), paths.paths(100_000)
    raw = [name.encode() for name in names]
    yield "the loop, and a call that does nothing", each(raw, lambda _: None)
    yield "the same, and the cut into folder and name", each(raw, lambda p: p.rpartition(b"/"))
    yield "Stagelock, the whole", fastest(paths.ours(entries, names), 1) / len(raw)
    yield "pathspec's default, the whole", fastest(paths.theirs(entries, names), 1) / len(raw)


def each(raw: Sequence[bytes], act: Callable[[bytes], object]) -> float:
    """Microseconds a path."""
    return fastest(lambda: sum(1 for path in raw if act(path)), 1) / len(raw)


if __name__ == "__main__":
    main()
