"""Who sends slowly, or nothing, holds nobody else's door: a real server, many real sockets."""

from __future__ import annotations

import random
import socket
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.web.patient import HEAD_SECONDS
from tests.cli.delivering import deliver
from tests.processes import PATIENCE, until

UNENDING = b"POST /github/webhook HTTP/1.1\r\nHost: a\r\nX-Header: "
UNFILLED = b"POST /github/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n{"


@pytest.fixture
def server(start):
    return start("serve", "--no-worker").wait_until_ready()


@contextmanager
def sockets(url, count, first):
    host, port = urlsplit(url).hostname, urlsplit(url).port
    made = []
    try:
        for _ in range(count):
            made.append(socket.create_connection((host, port), timeout=PATIENCE))
            if first:
                made[-1].sendall(first)
        yield made
    finally:
        for one in made:
            one.close()


@contextmanager
def dripping(made, seconds):
    """Send a byte on each of *made* every *seconds*, as long as the block runs."""
    over = threading.Event()

    def drip():
        while not over.wait(seconds):
            for one in made:
                try:
                    one.send(b"x")
                except OSError:
                    continue

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


SOON = HEAD_SECONDS - 1
"""Seconds within which no slow sender is ended yet: who is answered by then waited for none."""


def answers(server, seconds=SOON):
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=seconds) as answer:
        return answer.read() == b"ok\n"


@pytest.mark.parametrize("first", [b"", b"G", UNENDING, UNFILLED])
@pytest.mark.parametrize("count", [34, 100])
def test_who_sends_slowly_keeps_nobody_out(server, count, first):
    with sockets(server.url, count, first) as made, dripping(made, 0.5 if count == 34 else 4):
        for number in range(4):
            assert answers(server)
            assert deliver(server.url, f"guid-{number}", SOON) == 202


def torn(draw):
    """The beginning of a request, of which more is missing than comes within the test."""
    size = draw.choice((2_000, 20_000, 90_000))
    names = b"".join(b"X-%d: %s\r\n" % (n, b"y" * draw.choice((1, 900))) for n in range(9))
    head = b"POST /github/webhook HTTP/1.1\r\nHost: a\r\n%sContent-Length: %d\r\n\r\n" % (
        names,
        size,
    )
    whole = head + b"{" * size
    cut = draw.choice((0, 1, 14, len(head) // 2, len(head) - 1, len(head) + size // 2))
    return whole[:cut]


@pytest.mark.parametrize("seed", range(2))
def test_wherever_a_request_stops_it_is_ended_in_its_time_and_nobody_waits_for_it(server, seed):
    """Each at its own place and pace, all at once: none has more than its headers and body may take."""
    draw = random.Random(f"senders {seed}")
    with ExitStack() as stack:
        made = []
        for pace in (1, 3):
            some = stack.enter_context(sockets(server.url, 20, b""))
            for one in some:
                with suppress(OSError):
                    one.sendall(torn(draw))
            stack.enter_context(dripping(draw.sample(some, 10), pace))
            made += some
        begun = time.monotonic()
        while time.monotonic() < begun + HEAD_SECONDS:
            assert answers(server)
            assert deliver(server.url, f"guid-{seed}-{time.monotonic()}", SOON) == 202
            time.sleep(0.5)
        until(lambda: not any(is_open(one) for one in made), PATIENCE, lambda: "one is never ended")


def is_open(one):
    """Whether the server still waits for what comes there."""
    one.setblocking(False)
    try:
        while one.recv(1000):
            continue
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def test_a_request_that_does_not_end_is_ended(server):
    with sockets(server.url, 1, UNENDING) as (one,), dripping([one], 1):
        begun = time.monotonic()
        assert one.recv(100).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - begun < PATIENCE


def test_a_connection_that_is_kept_may_not_drip_its_next_request(server):
    with sockets(server.url, 40, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") as made:
        assert all(b"200 OK" in one.recv(1000) for one in made)
        for one in made:
            one.sendall(UNENDING)
        assert answers(server)


def test_two_requests_in_one_packet_are_both_answered(server):
    twice = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 2
    with sockets(server.url, 1, twice) as (one,):
        said = b""
        while said.count(b"200 OK") < 2:
            piece = one.recv(1000)
            assert piece, said
            said += piece


def most_taken(pids):
    """Megabytes that each of them had at its most (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html)."""
    found = []
    for pid in pids:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        found += [int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM:")]
    return found


def test_large_requests_of_anybody_take_little_memory_together(server):
    """Each is looked at with copies of it, signed or not: forty at once would end a container."""
    size = 25 << 20
    head = b"POST /github/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size
    body = bytes(size)

    def send(one):
        with suppress(OSError):  # beyond what is held, the largest goes
            one.sendall(body)
            one.recv(100)

    with sockets(server.url, 40, head) as made:
        threads = [threading.Thread(target=send, args=(one,)) for one in made]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)

    assert max(most_taken(server.children())) < 300
    server.wait_for(lambda: answers(server, PATIENCE), "it does not answer any more")
    assert deliver(server.url, "after") == 202
