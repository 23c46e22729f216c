"""COMMAND of `stagelock lock` has the terminal as if its shell had started it: rule L71."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from tests.cli.granting import CANARY, granting
from tests.cli.terminals import Terminal

LOCK = f"{sys.executable} -m app lock e2e --repo acme/shop"
ECHOES = """
import signal, sys
signal.signal(signal.SIGCONT, lambda *_: print("go" "es on", flush=True))
print("i" "n", flush=True)
for line in sys.stdin:
    print("got", line, end="", flush=True)
"""
CTRL_D, CTRL_Z = b"\x04", b"\x1a"


@contextmanager
def terminal(*words):
    """A terminal in which *words* run; and the server that grants."""
    with granting() as server:
        url = f"http://127.0.0.1:{server.server_port}"
        opened = Terminal(*words, STAGELOCK_URL=url, STAGELOCK_TOKEN=CANARY)
        try:
            yield opened, server
        finally:
            opened.close()


def test_ctrl_z_stops_it_and_fg_goes_on_and_the_shell_has_its_terminal_again(tmp_path):
    (tmp_path / "echoes.py").write_text(ECHOES)
    with terminal("bash", "--norc", "--noprofile", "-i") as (bash, server):
        bash.types(f"{LOCK} -- {sys.executable} {tmp_path}/echoes.py\n".encode())
        bash.shows(r"in\r\n")
        bash.types(b"one\n")
        bash.shows(r"got one\r\n")
        bash.types(CTRL_Z)
        bash.shows(r"Stopped")
        bash.types(b"fg\n")
        bash.shows(r"goes on\r\n")
        bash.types(b"two\n")
        bash.shows(r"got two\r\n")
        bash.types(CTRL_D)
        bash.shows(r"got two\r\n(.|\n)*bash\S*[#$] ")
        bash.types(b"echo code-$?\n")
        bash.shows(r"code-0\r\n")
        bash.types(b"exit\n")
        assert bash.ends() == 0
        assert server.heard[-1] == "release"


def test_in_a_pipeline_it_has_the_terminal_once_it_asks_for_it():
    asks = f"{LOCK} -- sh -c 'echo i\"\"n; read line </dev/tty; echo got $line' | cat"
    with terminal("sh", "-c", asks) as (shell, _):
        shell.shows(r"in\r\n")
        shell.types(b"word\n")
        shell.shows(r"got word\r\n")
        assert shell.ends() == 0
