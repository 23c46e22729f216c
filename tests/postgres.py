"""
A PostgreSQL of our own for the whole test session: a cluster in a temporary folder, started with
the server programs of this machine, gone at the end.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

_INSTALL = (
    "PostgreSQL's server programs (initdb, pg_ctl) are needed by these tests: "
    "install them, for example with `apt-get install postgresql`"
)
_SETTINGS = {
    "fsync": "off",  # the cluster is thrown away
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "panic",
}


class Postgres:
    """A running cluster; `fresh` makes databases in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = _programs()
        self.port = free_port()
        self._numbers = itertools.count(1)
        # The server refuses to run as root: then it runs as the user that its package made.
        self._user = "postgres" if os.geteuid() == 0 else None
        self.role = self._user or pwd.getpwuid(os.geteuid()).pw_name

    def start(self) -> None:
        """Make the cluster and start it; returns when it accepts connections."""
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        lines = [f"{name} = '{value}'" for name, value in _SETTINGS.items()]
        lines += [f"port = {self.port}", f"unix_socket_directories = '{self.folder}'"]
        with (self.folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write("\n".join(lines) + "\n")
        self.come_back()

    def come_back(self) -> None:
        """Start it over the data that are there."""
        data, log = str(self.folder / "data"), str(self.folder / "log")
        self._run("pg_ctl", "-D", data, "-w", "-t", "60", "-l", log, "start")

    def stop(self, mode: str = "immediate") -> None:
        """End it; all connections are cut. Mode ``fast`` keeps what was committed."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def url(self, database: str) -> str:
        return f"postgresql://{self.role}@127.0.0.1:{self.port}/{database}"

    def fresh(self, template: str = "template0") -> str:
        """Create a database like *template* and return its URL."""
        name = f"db{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        # Output to a file: the server inherits it, and a pipe would stay open as long as it runs.
        with (self.folder.parent / f"{self.folder.name}.out").open("w+") as output:
            done = subprocess.run(
                command,
                check=False,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self._user,
                cwd="/",
            )
            output.seek(0)
            assert done.returncode == 0, f"{program} failed:\n{output.read()}"


def _programs() -> Path:
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    if not installed:
        pytest.fail(_INSTALL, pytrace=False)
    return installed[-1].parent


def free_port() -> int:
    """
    A port that nobody has, also in the moments until its user takes it.

    From below those that the system gives to whoever asks for any, as other tests do all the time.
    """
    found = Path("/proc/sys/net/ipv4/ip_local_port_range")  # Linux's; elsewhere any free one
    first = int(found.read_text().split()[0]) if found.exists() else 0
    below = random.sample(range(10_000, first), 100) if first > 20_000 else []
    for port in (*below, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    message = "there is no free port"
    raise AssertionError(message)


@contextmanager
def cluster() -> Iterator[Postgres]:
    """A cluster that is gone at the end."""
    # Not below pytest's own folders: a socket's path may have 107 bytes only, and they are private.
    with tempfile.TemporaryDirectory(prefix="pg") as outer:
        Path(outer).chmod(0o755)
        folder = Path(outer) / "cluster"
        folder.mkdir()
        made = Postgres(folder)
        made.start()
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="session")
def postgres():
    """The session's cluster."""
    with cluster() as made:
        yield made


@pytest.fixture(scope="session")
def migrated_postgres(postgres) -> Callable[[], str]:
    """A function that makes a migrated, empty database and returns its URL."""
    from app.sql.store.store import SqlStore

    template = SqlStore(postgres.fresh())
    template.migrate()
    template.close()
    name = template.database.engine.url.database
    template.close()
    return lambda: postgres.fresh(str(name))


@pytest.fixture
def postgres_url(postgres) -> str:
    """An empty database, not migrated."""
    url: str = postgres.fresh()
    return url
