"""A server of ours as an operator starts it: real processes, its own data folder, a free port."""

import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.processes import SECRET, Running, killed


@pytest.fixture(scope="session")
def app_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def environ(tmp_path, app_key):
    """An operator's environment; nobody answers where GitHub should be."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STAGELOCK_")}
    return {
        **kept,
        "STAGELOCK_DATA_DIR": str(tmp_path / "data"),
        "STAGELOCK_PORT": "0",
        "STAGELOCK_APP_ID": "1",
        "STAGELOCK_PRIVATE_KEY": app_key,
        "STAGELOCK_WEBHOOK_SECRET": SECRET,
        "STAGELOCK_GITHUB_URL": "http://127.0.0.1:9",
        "PYTHONWARNINGS": "",
    }


@pytest.fixture
def start(environ):
    running = []

    def begin(*arguments, **changed):
        running.append(Running(arguments, {**environ, **changed}))
        return running[-1]

    yield begin
    killed(running)
