"""Requests as they arrive, piece by piece."""

from __future__ import annotations

import random

import pytest

from app.web.arriving import Arriving, Verdict

POST = b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
GET = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"


def taken(data: bytes, limit: int = 100) -> Verdict:
    return Arriving(limit, 0).take(data)


@pytest.mark.parametrize("whole", [POST, GET])
def test_a_request_is_whole_with_its_last_byte_however_it_is_cut(whole):
    for seed in range(50):
        rng, at, arriving = random.Random(seed), 0, Arriving(100, 0)
        while at < len(whole):
            size = rng.randint(1, 20)
            said = arriving.take(whole[at : at + size])
            at += size
            assert said == (Verdict.WHOLE if at >= len(whole) else Verdict.MORE)
        assert arriving.data == whole


def test_what_follows_belongs_to_the_next_request_and_is_kept():
    arriving = Arriving(100, 0)
    assert arriving.take(POST + GET) == Verdict.WHOLE
    assert arriving.data == POST + GET


@pytest.mark.parametrize(
    ("head", "verdict"),
    [
        (b"Content-Length: 101", Verdict.LARGE),
        (b"Content-Length: 999999999999999", Verdict.LARGE),
        (b"Transfer-Encoding: chunked", Verdict.UNSIZED),
        (b"CONTENT-LENGTH:5", Verdict.MORE),
        (b"Content-Length: -5", Verdict.WHOLE),
        (b"Content-Length: 5\r\nContent-Length: 6", Verdict.WHOLE),
        (b"nonsense", Verdict.WHOLE),
        (b"x: " + b"y" * (65 << 10), Verdict.LONG_HEAD),
    ],
)
def test_the_head_says_what_is_awaited(head, verdict):
    assert taken(b"POST /x HTTP/1.1\r\n" + head + b"\r\n\r\n") == verdict


def test_a_head_that_never_ends_is_refused():
    assert taken(b"x" * (65 << 10)) == Verdict.LONG_HEAD
