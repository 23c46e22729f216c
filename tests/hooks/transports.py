"""Real servers in front of a hooked repository: gitolite behind sshd, and Git's own HTTP backend."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.adapters.git.server import GitServer
from tests.hooks.shapes import Case
from tests.hooks.world import ANN, BOT, ENV, EVE, World
from tests.postgres import free_port
from tests.processes import PATIENCE, until

PROMOTER = "stagelock"
"""The promoter on gitolite, whose names of users may not hold brackets."""
SHELL = Path("/usr/share/gitolite3/gitolite-shell")
SSHD = Path("/usr/sbin/sshd")
_CONF = "repo server gitolite-admin\n    RW+ = @all\n"


class Gitolite:
    """gitolite in a home of its own, behind an sshd of its own; repositories are made by copying."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.repositories = home / "repositories"
        self.keys = home / "keys"
        self.keys.mkdir(parents=True)
        for name in ("host", PROMOTER, ANN, EVE):
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.keys / name)]
            subprocess.run(words, check=True)
        self._gitolite("setup", "-a", ANN)
        (home / ".gitolite/conf/gitolite.conf").write_text(_CONF)
        self._gitolite("compile")
        self._rights = (self.repositories / "server.git" / "gl-conf").read_bytes()
        self._write_sshd()

    def _gitolite(self, *words: str) -> None:
        env = ENV | {"HOME": str(self.home), "USER": "git"}
        subprocess.run(["gitolite", *words], check=True, env=env, capture_output=True)

    def _write_sshd(self) -> None:
        lines = []
        for name in (PROMOTER, ANN, EVE):
            command = f"env GITOLITE_HTTP_HOME={self.home} {SHELL} {name}"
            key = (self.keys / f"{name}.pub").read_text().strip()
            lines.append(f'command="{command}",restrict {key}')
        (self.home / "authorized_keys").write_text("\n".join(lines) + "\n")
        (self.home / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{self.port}\nHostKey {self.keys}/host\n"
            f"AuthorizedKeysFile {self.home}/authorized_keys\nStrictModes no\nUsePAM no\n"
            f"PasswordAuthentication no\nPermitRootLogin yes\nPidFile {self.home}/sshd.pid\n"
        )

    @contextlib.contextmanager
    def running(self) -> Iterator[Gitolite]:
        """The server, listening."""
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where sshd separates its privileges
        log = (self.home / "sshd.log").open("w")
        words = [str(SSHD), "-D", "-e", "-f", str(self.home / "sshd_config")]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._wait(process)
            yield self
        finally:
            process.terminate()
            process.wait(PATIENCE)
            log.close()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        log = self.home / "sshd.log"

        def listens() -> bool:
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return True
            return False

        until(listens, PATIENCE, log.read_text)

    def world(self, seeded: Path) -> World:
        """A fresh copy of the seeded repository, as gitolite serves it."""
        shutil.rmtree(self.repositories / "server.git", ignore_errors=True)
        world = World.copied(seeded, self.repositories)
        (world.server / "gl-conf").write_bytes(self._rights)
        update = world.server / "hooks" / "update"
        update.symlink_to(self.home / ".gitolite/hooks/common/update")
        world.install(promoter=PROMOTER)
        world.url = self._way
        return world

    def _way(self, who: str | None) -> tuple[str, dict[str, str]]:
        key = self.keys / (PROMOTER if who == BOT else who or "")
        account = os.environ.get("USER") or "root"
        ssh = (
            f"ssh -F none -i {key} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no "
            f"-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
        )
        return f"ssh://{account}@127.0.0.1:{self.port}/server", {"GIT_SSH_COMMAND": ssh}


def as_gitolite_says_it(case: Case) -> Case:
    """What the case expects, with the promoter's name there."""
    return replace(case, said=case.said and case.said.replace(BOT, PROMOTER))


@contextlib.contextmanager
def over_http(seeded: Path, root: Path) -> Iterator[World]:
    """A fresh copy of the seeded repository behind `git http-backend`, which names who pushes."""
    world = World.copied(seeded, root)
    world.run("-C", world.server, "config", "http.receivepack", "true")
    with GitServer(root) as http:

        def way(who: str | None) -> tuple[str, dict[str, str]]:
            http.user = who or ""
            return http.url("server.git"), {}

        world.url = way
        yield world
