"""A repository of any size behind `git http-backend`, for the benchmarks of promotions."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES_OF_AN_APP = 1000
PLAIN = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def git(folder: Path, *args: str, stdin: bytes = b"") -> str:
    """Run git in *folder* with no configuration but the repository's own."""
    command = ["git", "-C", str(folder), *args]
    done = subprocess.run(command, input=stdin, capture_output=True, check=True, env=PLAIN)
    return done.stdout.decode().strip()


def bare(at: Path) -> Path:
    """Make an empty repository that people may fetch from in part, and push to."""
    at.mkdir(parents=True)
    git(at, "init", "-q", "--bare", "-b", "main")
    for key in ("uploadpack.allowFilter", "http.receivepack"):
        git(at, "config", key, "true")
    return at


def seed(at: Path, files: int) -> None:
    """Make a bare repository with *files* files: apps of 20 folders of 50 files each."""
    bare(at)
    lines = [
        "commit refs/heads/main",
        "committer A <a@example.org> 1700000000 +0000",
        "data 4\nseed",
    ]
    for n in range(files):
        app, rest = divmod(n, FILES_OF_AN_APP)
        path, text = f"apps/app{app}/part{rest // 50}/file{rest}.txt", f"content of file {n}\n" * 5
        lines.append(f"M 100644 inline {path}\ndata {len(text)}\n{text}")
    git(at, "fast-import", "--quiet", stdin="\n".join(lines).encode())


def move(at: Path, text: str) -> None:
    """Let somebody push one changed file of the folder that is promoted."""
    stream = (
        "commit refs/heads/main\ncommitter B <b@example.org> 1700000000 +0000\ndata 4\nmove\n"
        "from refs/heads/main^0\n"
        f"M 100644 inline apps/app0/part0/file0.txt\ndata {len(text)}\n{text}\n"
    )
    git(at, "fast-import", "--quiet", "--force", stdin=stream.encode())


_begun: Counter[str] = Counter()


@contextmanager
def conversations() -> Iterator[Counter[str]]:
    """Count, by git's service, the conversations that clients begin with a server of ours."""
    found: Counter[str] = Counter()
    before = Counter(_begun)
    yield found
    found.update(_begun - before)


class _Handler(BaseHTTPRequestHandler):
    """One request, handed to `git http-backend`."""

    root: ClassVar[Path]

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            self.answer(b"".join(self.chunks()))
        else:
            self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().strip(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        if service := query.removeprefix("service=") if "service=" in query else "":
            _begun[service] += 1
        env = PLAIN | {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "somebody",
        }
        command = ["git", "http-backend"]
        done = subprocess.run(command, input=body, capture_output=True, env=env, check=True)
        self.wfile.write(b"HTTP/1.0 200 OK\r\n" + done.stdout)


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve the repositories below *root* on loopback; gives the URL of *root*."""

    handler = type("Handler", (_Handler,), {"root": root})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
