"""What is logged carries its ids, and never a secret."""

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.github.endpoints import ENDPOINTS
from app.observe import Redactor, Seldom, about, listed, set_up
from app.observe.redact import _SHAPES, BLOT

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEcanarycanarycanary\n-----END RSA PRIVATE KEY-----\n"


@pytest.fixture
def log():
    """The root logger as it was, after each test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield logging.getLogger("stagelock.test")
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_json_line_carries_the_ids_of_what_is_worked_on(log):
    stream = io.StringIO()
    set_up(stream, Redactor(), "json")
    with about(delivery="d-1", repository=42), about(promotion="p-9", action="push"):
        log.info("pushed %s", "4f2a91c", extra={"tries": 2})
    log.info("idle")
    first, second = lines(stream)
    assert first["message"] == "pushed 4f2a91c"
    assert (first["action"], first["delivery"], first["repository"]) == ("push", "d-1", "42")
    assert (first["promotion"], first["tries"], first["level"]) == ("p-9", 2, "info")
    assert second["action"] == "stagelock.test"
    assert "delivery" not in second


def test_a_text_line_stays_one_line(log):
    """A commit subject with a line end must not look like a line of ours."""
    stream = io.StringIO()
    set_up(stream, Redactor(), "text")
    log.warning("subject %s", "a\n2026-01-01 error forged")
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("style", ["json", "text"])
def test_secrets_are_blotted_out_wherever_they_stand(log, style):
    stream = io.StringIO()
    redact = Redactor(["hook-canary", PEM, 'with"quote-canary'])
    redact.learn("minted-canary")
    set_up(stream, redact, style)
    try:
        int(f"hook-canary {PEM}")
    except ValueError:
        log.exception("minted-canary %s", {"k": 'with"quote-canary'}, extra={"url": "hook-canary"})
    log.info(PEM)
    assert "canary" not in stream.getvalue()
    assert stream.getvalue().count("[redacted]") >= 5


@pytest.mark.parametrize(
    "text",
    [
        "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
        "ghs_1234_eyJhbGciOi.eyJpc3M-x_y.sig-na_ture",
        "ghp_abc", "github_pat_11AB_cd",
        "Authorization: Bearer abc.def-ghi_jkl",
        "authorization: basic eC1hY2Nlc3MtdG9rZW46Z2hzXw==",
        "Authorization: token v1.0123456789abcdef",
        "https://x-access-token:s3cr3t.t@github.com/acme/shop",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ncut off in the mid",
    ],
)  # fmt: skip
def test_well_known_shapes_are_blotted_out_unasked(text):
    shown = Redactor()(f"before {text}")
    assert shown.startswith("before ")
    for piece in ("16C7", "sig-na", "abc", "11AB", "jkl", "eC1h", "abcdef", "s3cr", "b3Bl", "cut"):
        assert piece not in shown


@pytest.mark.parametrize("password", ["e", "db", "main"])
def test_a_short_password_is_found_where_it_is_the_value_and_in_no_word(password):
    redact = Redactor([password])

    for ordinary in ("the server does not answer", "dbname", "maintain the domain", "remainders"):
        assert redact(ordinary) == ordinary
    assert redact(password) == BLOT
    for told in (
        f"at postgresql://ada:{password}@db.acme:5432/x",
        f"host=db.acme password={password}",
    ):
        shown = redact(told)
        assert "[redacted]" in shown
        assert f":{password}@" not in shown
        assert f"password={password}" not in shown


def test_a_password_as_long_as_a_word_is_found_as_a_word_of_its_own_and_as_in_an_address():
    redact = Redactor(["main", "p%40ss"])

    assert redact("refused: 'main', main.") == "refused: '[redacted]', [redacted]."
    assert redact("p@ss p%40ss p@sst") == "[redacted] [redacted] p@sst"


def test_ordinary_text_is_left_alone():
    text = "held for e2e since 14:02 UTC, token 17; basic checks pass; bearer of https://a/b@c"
    assert Redactor()(text) == text


def test_remembered_tokens_are_bounded():
    redact = Redactor(remembered=2)
    for number in range(5):
        redact.learn(f"tok-{number}")
    assert redact("tok-0 tok-4") == "tok-0 [redacted]"


def test_what_anybody_can_cause_is_logged_seldom():
    seldom = Seldom(1000.0)
    assert [seldom.may() for _ in range(3)] == [True, False, False]


def test_many_ids_are_cut_and_counted():
    assert listed([]) is None
    assert listed(["a", "b"]) == "a,b"
    assert listed([str(n) for n in range(12)]) == "0,1,2,3,4,5,6,7,8,9,+2"


def test_secrets_of_several_fields_are_blotted_out_each_by_itself(log):
    stream = io.StringIO()
    set_up(stream, Redactor(["hook-canary"]), "json")
    extra = {"a": "-----BEGIN PRIVATE KEY-----", "b": "hook-canary", "c": "kept", "d": 7}
    log.info("token: see https://u:p@host", extra=extra)
    (line,) = lines(stream)
    assert [line[key] for key in "abcd"] == ["[redacted]", "[redacted]", "kept", 7]
    assert "u:p" not in str(line["message"])


@given(st.text(alphabet="ghusKſbBeyJ.tokn:/@p_ -1\nawrd=", max_size=60))
def test_the_quick_look_misses_nothing(text):
    assert Redactor()(text) == _SHAPES.sub(BLOT, text)


def test_the_log_of_a_call_says_which_it_was_and_how_it_ended():
    """An endpoint called `token` looked like a token, and took the status with it."""
    redact = Redactor([])
    for endpoint in ENDPOINTS:
        told = f"{endpoint.method} {endpoint.path}  endpoint={endpoint.name} status=201 seconds=0.1"
        assert redact(told) == told


@pytest.mark.parametrize("style", ["json", "text"])
@pytest.mark.parametrize("word", ["token", "Bearer", "basic"])
def test_a_word_at_the_end_of_a_text_takes_no_field_with_it(log, style, word):
    """Beside each other they look like a header with a secret: `token  tick=repo-1009.1`."""
    stream = io.StringIO()
    set_up(stream, Redactor(), style)
    with about(tick="repo-1009.1", repository=1009):
        log.info(
            "GitHub's answer holds no %s", word, extra={"reason": f"no {word}", "check": "a-b"}
        )
    shown = stream.getvalue()
    assert "[redacted]" not in shown
    for field in ("repo-1009.1", "1009", f"no {word}", "a-b"):
        assert field in shown
