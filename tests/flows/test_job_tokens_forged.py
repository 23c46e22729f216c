"""Whoever is no job of the right repository now is let in nowhere: over real HTTP, from the words of L23 to L25."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.wiring import clock
from tests.flows.calling import Caller
from tests.flows.harness import REPO, Flow
from tests.flows.jobs import AUDIENCE, Job, believing, claims_of
from tests.issuer import Issuer, issuing, rsa


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with issuing() as made:
        yield made


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Flow]:
    with believing(tmp_path_factory.mktemp("forged"), issuer) as made:
        made.world.ci.job("smoke", paths=("ci",), lasts=None)
        yield made


def claims(flow: Flow, issuer: Issuer) -> dict[str, Any]:
    now = int(clock().timestamp())
    known = {"iss": issuer.url, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300}
    return {**known, **claims_of(flow, REPO, 900)}


def part(value: object) -> bytes:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def by_hand(header: object, said: object, key: bytes = b"") -> str:
    signed = part(header) + b"." + part(said)
    made = hmac.new(key, signed, hashlib.sha256).digest() if key else b""
    return (signed + b"." + part(made)).decode()


def asks(flow: Flow, token: str, group: str = "open") -> Any:
    place = f"/locks/repo-{flow.world.repo(REPO).id}/{group}/requests"
    return Caller(flow, token)("POST", place, {"owner": "e2e"})


def forged(flow: Flow, issuer: Issuer) -> dict[str, str]:
    said = claims(flow, issuer)
    public = rsa("one").public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    mine = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa("mine").public_key()))
    right = {"aud": AUDIENCE, **claims_of(flow, REPO, 900)}
    good = issuer.token(**right)
    head, body, signature = good.split(".")
    return {
        "alg none": by_hand({"alg": "none", "kid": "one", "typ": "JWT"}, said),
        "alg None": by_hand({"alg": "None", "kid": "one"}, said),
        "the public key as a secret": by_hand({"alg": "HS256", "kid": "one"}, said, pem),
        "its own key in the header": jwt.encode(
            said, rsa("mine"), "RS256", {"jwk": mine, "kid": "one"}
        ),
        "its own key without a name": jwt.encode(said, rsa("mine"), "RS256", {"jwk": mine}),
        "keys from elsewhere": jwt.encode(
            said, rsa("mine"), "RS256", {"jku": "http://127.0.0.1:9/jwks", "kid": "mine"}
        ),
        "another algorithm of the right key": jwt.encode(said, rsa("one"), "PS256", {"kid": "one"}),
        "another key of that name": issuer.token(key="two", kid="one", **right),
        "without a signature": f"{head}.{body}.",
        "another body": f"{head}.{part({**said, 'run_id': '901'}).decode()}.{signature}",
        "two tokens": f"{good}, {good}",
        "a name that climbs": jwt.encode(said, rsa("mine"), "RS256", {"kid": "../../etc/passwd"}),
        "a list as its body": by_hand({"alg": "RS256", "kid": "one"}, [1, 2]),
        "no json": "e30.e30.e30",
        "deep json": by_hand({"alg": "RS256", "kid": "one"}, b"[" * 5000 + b"]" * 5000),
        "expired": issuer.token(**{**right, "exp": said["iat"] - 120}),
        "not yet": issuer.token(**{**right, "nbf": said["iat"] + 120}),
        "another audience": issuer.token(**{**right, "aud": AUDIENCE + ".evil"}),
        "another issuer": issuer.token(iss=issuer.url + "/", **right),
        "an enterprise's issuer": issuer.token(iss=issuer.url + "/acme", **right),
        "an endless expiry": issuer.token(**{**right, "exp": "never"}),
        "a number that is none": issuer.token(**{**right, "repository_id": "٧٤"}),
        "a negative run": issuer.token(**{**right, "run_id": "-1"}),
    }


def test_no_forged_token_is_let_in_and_none_is_written_anywhere(
    flow: Flow, issuer: Issuer, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    for how, token in forged(flow, issuer).items():
        answer = asks(flow, token)
        assert answer.status_code == 401, (how, answer.status_code, answer.text)
        assert answer.json()["error"] == "unauthorized", how
        assert token not in answer.text, how
        stem = token.split(".")[1][:60]
        assert len(stem) < 20 or stem not in caplog.text, how
    place = f"/locks/repo-{flow.world.repo(REPO).id}/open"
    assert all(holder["kind"] == "stage" for holder in Caller(flow).get(place)["holders"])


def test_a_huge_token_is_refused_and_the_server_goes_on(flow: Flow, issuer: Issuer):
    answer = asks(flow, issuer.token(aud=AUDIENCE, pad="x" * 60_000, **claims_of(flow, REPO, 900)))
    assert answer.status_code in (400, 401, 413, 431)
    assert Job(flow, issuer, 901).ask("again").status_code in (200, 202)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"repository_id": "1"}, 403),
        ({"repository": REPO, "repository_id": "1", "repository_owner_id": "1"}, 403),
        ({"repository": "evil/other"}, 200),
    ],
    ids=["another number", "our name with another number", "another name with our number"],
)
def test_a_repository_is_its_number_whatever_the_token_calls_it(
    flow: Flow, issuer: Issuer, more: dict[str, str], status: int
):
    answer = Job(flow, issuer, 905, **more).ask("command", owner=str(status))
    assert answer.status_code == status, answer.text
    if status == 200:
        done = Job(flow, issuer, 905, **more)
        done.where = answer.headers["location"]
        token = answer.json()["token"]
        assert done("POST", f"{done.where}/release", {"token": token}).status_code == 200


def test_a_token_that_is_shown_again_after_its_job_has_ended_blocks_nobody_for_long(
    flow: Flow, issuer: Issuer
):
    """It is still in its five minutes: what it takes is suspect after its ttl, and its run says the rest."""
    sha = flow.world.push(REPO, "main", {"ci/a": "replay"})
    flow.settle()
    run = flow.world.check(REPO, sha, "smoke")
    assert run is not None
    flow.world.wait_for(lambda: run.status == "in_progress", what="smoke")
    flow.world.ci.finish(REPO, sha, "smoke", "success")
    flow.settle()
    job = Job(flow, issuer, run.suite_id)
    place = f"/locks/repo-{flow.world.repo(REPO).id}/mine/requests"
    answer = job("POST", place, {"owner": "e2e", "ttl": "10s"})
    if answer.status_code in (401, 403, 409):
        return
    job("GET", answer.headers["location"])
    for _ in range(3):
        flow.passes(minutes=2)
    group = Caller(flow).get(f"/locks/repo-{flow.world.repo(REPO).id}/mine")
    assert group["holders"] == []


def test_a_token_that_came_before_another_attempt_does_not_hold_for_it(flow: Flow, issuer: Issuer):
    first, second = Job(flow, issuer, 910), Job(flow, issuer, 910, run_attempt="2")
    held = first.ask("again", owner="same")
    waits = second.ask("again", owner="same")
    assert held.json()["id"] != waits.json()["id"]
    answer = second("POST", f"{first.where}/release", {"token": held.json()["token"]})
    assert answer.status_code == 404
