"""Whom we believe to be a job of Actions: only who is right in everything, and never without the issuer."""

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.errors import Rejected, Transient
from app.oidc import GitHubJobTokens
from app.oidc import Issuer as Known
from app.settings.outgoing import Outgoing
from app.wiring import clock
from tests.issuer import issuing, rsa

AUDIENCE = "https://stagelock.example.org"
CLAIMS = {
    "aud": AUDIENCE, "sub": "repo:acme/shop:ref:refs/heads/main", "repository": "acme/shop",
    "repository_id": "74", "repository_owner_id": "65", "run_id": "9001", "run_attempt": "2",
    "ref": "refs/heads/main", "ref_type": "branch", "sha": "4f" * 20,
}  # fmt: skip


def now():
    return int(clock().timestamp())


class Ticks:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def issuer():
    with issuing() as made:
        made.claims = dict(CLAIMS)
        yield made


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def tokens(issuer, ticks):
    return GitHubJobTokens(Known(issuer.url, Outgoing(), ticks), AUDIENCE)


def test_a_token_that_is_right_names_repository_run_attempt_ref_and_commit(issuer, tokens):
    job = tokens.job(issuer.token())
    assert (job.attempt.repository, job.attempt.run, job.attempt.attempt) == (74, 9001, 2)
    assert (job.owner, job.ref, job.sha) == (65, "refs/heads/main", "4f" * 20)
    assert job.environment == ""
    assert tokens.job(issuer.token(environment="e2e")).environment == "e2e"


@pytest.mark.parametrize(
    ("ref", "pull"),
    [
        ("refs/pull/7/merge", 7),
        ("refs/pull/7/head", 7),
        ("refs/heads/main", None),
        ("refs/heads/refs/pull/7/merge", None),
        ("refs/pull/7/mergex", None),
    ],
)
def test_which_pull_request_a_job_is_of_is_read_from_its_ref(issuer, tokens, ref, pull):
    assert tokens.job(issuer.token(ref=ref)).pull == pull


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://other.example.org"},
        {"aud": [AUDIENCE, "https://other.example.org"]},
        {"aud": None},
        {"iss": "https://token.actions.githubusercontent.com"},
        {"iss": None},
        {"exp": None},
        {"iat": None},
        {"repository_id": None},
        {"repository_id": "74 "},
        {"repository_owner_id": "0"},
        {"run_id": "x"},
        {"run_attempt": True},
        {"sha": "main"},
        {"ref": None},
        {"environment": 7},
    ],
    ids=str,
)
def test_a_claim_that_is_wrong_or_missing_is_refused(issuer, tokens, claims):
    with pytest.raises(Rejected):
        tokens.job(issuer.token(**claims))


@pytest.mark.parametrize(
    ("claim", "seconds", "good"),
    [("exp", -30, True), ("exp", -90, False), ("nbf", 30, True), ("nbf", 90, False),
     ("iat", 30, True), ("iat", 90, False)],
)  # fmt: skip
def test_time_is_right_within_sixty_seconds(issuer, tokens, claim, seconds, good):
    token = issuer.token(**{claim: now() + seconds})
    if good:
        assert tokens.job(token).attempt.run == 9001
        return
    with pytest.raises(Rejected):
        tokens.job(token)


def part(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def forged(issuer, algorithm, key=b""):
    """A token by hand: libraries refuse to make such."""
    claims = {**CLAIMS, "iss": issuer.url, "iat": now(), "exp": now() + 300}
    header = {"alg": algorithm, "kid": "one", "typ": "JWT"}
    signed = b".".join(part(json.dumps(one).encode()) for one in (header, claims))
    signature = hmac.new(key, signed, hashlib.sha256).digest() if key else b""
    return (signed + b"." + part(signature)).decode()


def test_neither_no_signature_nor_the_public_key_as_a_secret_is_a_signature(issuer, tokens):
    tokens.job(issuer.token())
    pem = rsa("one").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for token in (forged(issuer, "none"), forged(issuer, "HS256", pem), forged(issuer, "RS256")):
        with pytest.raises(Rejected):
            tokens.job(token)


def test_a_key_of_another_issuer_is_no_key(issuer, tokens):
    for token in (issuer.token(key="two"), issuer.token(key="two", kid="one")):
        with pytest.raises(Rejected):
            tokens.job(token)


def test_keys_are_asked_for_once_and_an_unknown_name_asks_again_once_a_minute(
    issuer, tokens, ticks
):
    for _ in range(3):
        tokens.job(issuer.token())
    assert len(issuer.asked) == 2  # where the keys are, and the keys
    for number in range(20):
        with pytest.raises(Rejected):
            tokens.job(issuer.token(key="two", kid=f"made-up-{number}"))
    assert len(issuer.asked) == 2
    issuer.names = ["two"]
    with pytest.raises(Rejected):
        tokens.job(issuer.token(key="two"))
    ticks.now += 61
    assert tokens.job(issuer.token(key="two")).attempt.run == 9001
    assert len(issuer.asked) == 4
    with pytest.raises(Rejected):  # taken back by its issuer
        tokens.job(issuer.token(key="one"))


def test_without_the_issuer_nobody_is_let_in(issuer, tokens, ticks):
    issuer.down = True
    with pytest.raises(Transient):
        tokens.job(issuer.token())
    asked = len(issuer.asked)
    with pytest.raises(Transient):
        tokens.job(issuer.token())
    assert len(issuer.asked) == asked
    issuer.down = False
    ticks.now += 6
    assert tokens.job(issuer.token())
    issuer.down = True
    ticks.now += 1800
    assert tokens.job(issuer.token())  # its keys still count
    ticks.now += 1801
    with pytest.raises(Transient):
        tokens.job(issuer.token())


@pytest.mark.parametrize(
    "change", [{"says": "https://else.example"}, {"elsewhere": "http://127.0.0.1:9/issuer"}]
)
def test_a_document_that_speaks_of_another_server_is_no_answer(issuer, tokens, change):
    for name, value in change.items():
        setattr(issuer, name, value)
    with pytest.raises(Transient):
        tokens.job(issuer.token())


@pytest.mark.parametrize("token", ["a.b.c", "..", "é.é.é", "x" * 20_000, "e30.e30.e30"])
def test_what_is_no_token_is_refused_without_asking_anybody(issuer, tokens, token):
    with pytest.raises(Rejected):
        tokens.job(token)
    assert issuer.asked == []
