"""Programs that the hook starts: what they say is heard whole, and nobody waits for another."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.hook.processes import Process, answer, tell

ENV = dict(os.environ)
LARGE = os.urandom(1 << 20)
"""Far more than a pipe holds."""


def started(script, *, talks=True, env=ENV):
    return Process((sys.executable, "-ISc", f"import os, sys\n{script}"), env, talks=talks)


@contextmanager
def alarmed():
    """Half a second after the block began, `TimeoutError` is raised in it."""

    def ring(_signal, _frame):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(("script", "said"), [
    ("sys.stdout.buffer.write(sys.stdin.buffer.read())", LARGE),
    ("while piece := os.read(0, 4096): os.write(1, piece)", LARGE),
    (f"os.write(1, b'x' * {len(LARGE)})", b"x" * len(LARGE)),
    ("os.close(0); sys.stdout.write('done')", b"done"),
], ids=["echo at the end", "echo piece by piece", "speaks and does not listen", "hangs up"])  # fmt: skip
def test_a_megabyte_goes_in_and_out_without_waiting_for_each_other(script, said):
    assert answer(started(script), LARGE) == (0, said)


@pytest.mark.parametrize("talks", [True, False])
def test_without_a_question_its_input_is_empty(talks):
    assert answer(started("print(sys.stdin.read() == '')", talks=talks)) == (0, b"True\n")


@pytest.mark.parametrize(("script", "code"), [
    ("", 0),
    ("sys.exit(3)", 3),
    ("os.kill(os.getpid(), 15)", -15),
])  # fmt: skip
def test_its_end_is_told(script, code):
    assert answer(started(script))[0] == code
    assert tell((sys.executable, "-ISc", f"import os, sys\n{script}"), ENV, LARGE) == code


def test_there_is_no_such_program():
    files = sorted(Path("/dev/fd").iterdir())

    with pytest.raises(FileNotFoundError):
        Process(("stagelock-no-such-program",), ENV, talks=True)
    with pytest.raises(FileNotFoundError):
        tell(("/no/such/program",), ENV, b"")

    assert sorted(Path("/dev/fd").iterdir()) == files


def test_it_sees_the_environment_that_it_was_given_and_no_file_of_ours():
    kept = os.open(os.devnull, os.O_RDONLY)
    script = f"""
print(os.environ.get("A"), flush=True)
os.fstat({kept})
"""

    code, said = answer(started(script, env={"A": "b"}))

    os.close(kept)
    assert (code, said) == (1, b"b\n")


def test_a_broken_pipe_ends_it_although_python_ignores_that_signal():
    shell = Process(("sh", "-c", "kill -PIPE $$; echo alive"), ENV, talks=False)

    assert answer(shell) == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize("data", [b"", LARGE])
def test_when_the_time_is_up_it_is_dead_before_anything_else_is_done(data):
    asked = started("import time; time.sleep(60)")

    with pytest.raises(TimeoutError), alarmed():
        answer(asked, data)

    assert asked.wait() == -signal.SIGKILL


def test_at_the_end_of_its_context_it_is_dead():
    with started("import time; time.sleep(60)") as asked:
        asked.stdin.write(b"a question that nobody reads")

    assert asked.wait() == -signal.SIGKILL
