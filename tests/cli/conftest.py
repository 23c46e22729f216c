"""A server of ours as an operator starts it: real processes, its own data folder, a free port."""

import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.__main__ import main
from app.sandbox.serve.server import Sandbox
from tests.cli.cloned import Clone
from tests.cli.doctored import well
from tests.cli.setting_up import Typed
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


@pytest.fixture
def sandbox(tmp_path):
    """A GitHub with an organisation's repository, and no App of ours."""
    with Sandbox(tmp_path / "github") as made:
        made.world.create_repo("acme/shop", {"README.md": "x\n"}, install=False)
        yield made


@pytest.fixture
def terminal(tmp_path, monkeypatch, capsys):
    """Runs `stagelock setup`; what is typed may be a function that is called when it is asked for."""
    for name in ("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "GITHUB_URL", "PUBLIC_URL"):
        monkeypatch.delenv(f"STAGELOCK_{name}", raising=False)
    monkeypatch.setenv("STAGELOCK_DATA_DIR", str(tmp_path / "data"))

    def run(*options, typed=()):
        monkeypatch.setattr("sys.stdin", Typed(typed))
        page = ["--page", str(tmp_path / "page.html")]
        code = main(["setup", *options, *page])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def server(tmp_path, app_key, monkeypatch):
    """A server that the doctor finds well."""
    for name in [name for name in os.environ if name.startswith("STAGELOCK_")]:
        monkeypatch.delenv(name)
    with well(tmp_path, app_key) as found:
        yield found


@pytest.fixture
def ask(server, monkeypatch, capsys):
    """Asks the doctor, with variables changed; (state, words) by the name of the line."""
    return lambda **changed: server.asked(monkeypatch, capsys, **changed)


@pytest.fixture
def clone(tmp_path):
    """A clone with one commit of these files."""

    def made(files) -> Clone:
        return Clone(tmp_path / "shop", files)

    return made
