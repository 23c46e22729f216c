"""Commits signed in process: git itself believes them, and nobody else's."""

import subprocess
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from app.core.model.facts import Identity
from app.core.model.names import Repo
from app.git.mirror import Mirrors
from app.git.signing import Signer
from tests.adapters.git.origin import ENV
from tests.keys import openssh_key, public_line

REPO = Repo(7, "acme", "web", 1)
BOT = Identity("stagelock[bot]", "bot@example.org")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
MESSAGE = "Promote\n\n- näher\n\nStagelock-Stage: dev\n"


@pytest.fixture(scope="module")
def key():
    return openssh_key()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mirrors" / "7.git"


def opened(tmp_path, server, key):
    signer = None if key is None else Signer.of(key)
    mirrors = Mirrors(
        tmp_path / "mirrors", lambda _: server.url(), lambda _: server.token, signer=signer
    )
    return mirrors.open(REPO)


def written(tmp_path, server, tip, key, message=MESSAGE):
    with opened(tmp_path, server, key) as mirror:
        return mirror.commit(mirror.empty_tree(), [tip], message, BOT, NOON)


def verified(tmp_path, folder, commit, public):
    signers = tmp_path / "signers"
    signers.write_text(f"promoter {public}\n")
    settings = [f"gpg.ssh.allowedSignersFile={signers}", "gpg.format=ssh"]
    words = [word for setting in settings for word in ("-c", setting)]
    command = ["git", *words, "--git-dir", str(folder), "verify-commit", commit]
    return subprocess.run(command, env=ENV, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("message", [MESSAGE, "no newline", "\n\n", "x\n\n\n", "a\r\nb"])
def test_git_verifies_what_was_signed(tmp_path, folder, origin, server, key, message):
    tip = origin.commit({"f": b"1"})
    commit = written(tmp_path, server, tip, key, message)

    assert verified(tmp_path, folder, commit, public_line(key))
    assert not verified(tmp_path, folder, commit, public_line(openssh_key()))


def test_the_same_commit_made_again_has_the_same_id(tmp_path, origin, server, key):
    """A crash between the stored intent and the push must not change what is pushed."""
    tip = origin.commit({"f": b"1"})
    once, again = (written(tmp_path, server, tip, key) for _ in range(2))

    assert once == again
    assert once != written(tmp_path, server, tip, None)


def test_a_signed_commit_says_what_an_unsigned_one_says(tmp_path, folder, origin, server, key):
    tip = origin.commit({"f": b"1"})
    signed, plain = (written(tmp_path, server, tip, k) for k in (key, None))

    shown = ("log", "-1", "--format=%T %P %an <%ae> %at %cn <%ce> %ct%n%B")
    texts = [
        subprocess.run(
            ["git", "--git-dir", str(folder), *shown, sha], env=ENV, capture_output=True, check=True
        ).stdout
        for sha in (signed, plain)
    ]
    assert texts[0] == texts[1]


def test_a_key_may_be_in_pkcs8():
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    assert Signer.of(pem).public_line == public_line(openssh_key(key))


def test_the_form_of_the_key_does_not_change_the_signature():
    key = Ed25519PrivateKey.generate()
    forms = (PrivateFormat.PKCS8, PrivateFormat.OpenSSH)
    pems = [key.private_bytes(Encoding.PEM, form, NoEncryption()).decode() for form in forms]

    assert len({Signer.of(pem).sign(b"x") for pem in pems}) == 1


def test_an_encrypted_key_is_refused_in_words():
    locked = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    with pytest.raises(ValueError, match="passphrase"):
        Signer.of(locked.decode())


@pytest.mark.parametrize("message", [MESSAGE, "no newline", "a\r\nb"])
def test_our_own_signature_is_known_again_and_no_other(tmp_path, origin, server, key, message):
    tip = origin.commit({"f": b"1"})
    ours = written(tmp_path, server, tip, key, message)
    theirs = written(tmp_path, server, tip, openssh_key(), message)
    bare = written(tmp_path, server, tip, None, message)

    with opened(tmp_path, server, key) as mirror:
        assert [mirror.is_signed(sha) for sha in (ours, theirs, bare, tip)] == [True] + 3 * [False]
    with opened(tmp_path, server, None) as mirror:
        assert not mirror.is_signed(ours)
