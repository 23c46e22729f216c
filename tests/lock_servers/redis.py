"""A real redis-server, with a password, and a proxy that loses, spoils and delays what it answers."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from tests.lock_servers.faults import DENIED
from tests.lock_servers.serving import Asked
from tests.postgres import free_port
from tests.processes import PATIENCE, until

SPOILT = {
    "error": b"-LOADING Redis is loading the dataset in memory\r\n",
    "garbage": b"\x00\xff nothing that is RESP\r\n",
    "redirect": b"-MOVED 3999 127.0.0.1:1\r\n",
    "huge": b"$70000\r\n" + b"x" * 70_000 + b"\r\n",
}


class Redis:
    """One server of its own, for as long as a test runs."""

    profile = """\
    type: redis
    url: {url}
    timeout: 1s
    ttl: 30s
    username: default
    password: ${{{{ env.REDIS_PASSWORD }}}}
"""
    environ: ClassVar = {"REDIS_PASSWORD": "canary-redis-77d1"}

    def __init__(self, port: int) -> None:
        self.port = port

    @staticmethod
    def decides(sent: bytes) -> bool:
        """This command takes the lock, or gives it back."""
        return b"\r\nSET\r\n" in sent or b"'DEL'" in sent

    def holder(self, name: str) -> str | None:
        return self._cli("-n", "2", "GET", name) or None

    def take(self, name: str, by: str) -> None:
        assert self._cli("-n", "2", "SET", name, by) == "OK"

    def free(self, name: str) -> None:
        self._cli("-n", "2", "DEL", name)

    def _cli(self, *command: str) -> str:
        environ = {**os.environ, "REDISCLI_AUTH": self.environ["REDIS_PASSWORD"]}
        asked = ["redis-cli", "-h", "127.0.0.1", "-p", str(self.port), *command]
        told = subprocess.run(asked, env=environ, capture_output=True, text=True, check=True)
        return told.stdout.strip()

    def answers(self) -> bool:
        """Tell whether it has started."""
        try:
            return self._cli("PING") == "PONG"
        except subprocess.CalledProcessError:
            return False


@contextmanager
def redis_server(folder: Path) -> Iterator[Redis]:
    """Nothing of it is kept; its password is in a file, not in a process list."""
    port = free_port()
    settings = folder / "redis.conf"
    settings.write_text(
        f"bind 127.0.0.1\nport {port}\nsave ''\nappendonly no\ndir {folder}\n"
        f"requirepass {Redis.environ['REDIS_PASSWORD']}\n".replace("''", '""')
    )
    process = subprocess.Popen(["redis-server", str(settings)], stdout=subprocess.DEVNULL)
    try:
        server = Redis(port)
        until(lambda: process.poll() is not None or server.answers(), PATIENCE, "redis is silent")
        assert process.poll() is None, "it ended at once"
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)


class Wire:
    """As `faults.Proxy`, for commands instead of requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.fault: str | None = None
        self.on: Callable[[bytes], bool] = lambda _: True
        self.down = False
        self.over = threading.Event()

    def serve(self, client: socket.socket) -> None:
        try:
            with client, socket.create_connection(("127.0.0.1", self._port)) as server:
                while not self.down and (sent := client.recv(65_536)):
                    if self.fault == DENIED:
                        client.sendall(b"-WRONGPASS invalid username-password pair\r\n")
                        return
                    server.sendall(sent)
                    if not self._answer(client, sent, server.recv(65_536)):
                        return
        except OSError:
            return

    def _answer(self, client: socket.socket, sent: bytes, said: bytes) -> bool:
        fault = self.fault if self.on(sent) else None
        match fault:
            case None:
                client.sendall(said)
                return True
            case "timeout":
                self.over.wait(PATIENCE)
            case "slow":
                client.sendall(b"$500\r\n")
                while not self.over.wait(0.2):
                    client.sendall(b" ")
            case "cut":
                pass
            case _:
                client.sendall(SPOILT[fault])
        return False


@contextmanager
def wired(port: int) -> Iterator[tuple[str, Wire, list[Asked]]]:
    """As `faults.proxied`; a server that a redirect names is never spoken to, so nothing is caught."""
    wire = Wire(port)
    with socket.create_server(("127.0.0.1", 0)) as door:

        def accept() -> None:
            while not wire.over.is_set():
                try:
                    client, _ = door.accept()
                except OSError:
                    return
                threading.Thread(target=wire.serve, args=(client,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield f"redis://127.0.0.1:{door.getsockname()[1]}/2", wire, []
        finally:
            wire.over.set()
            door.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)
