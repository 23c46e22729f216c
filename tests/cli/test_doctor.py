"""`stagelock doctor`: each line broken once, and exactly that line says so, with what to do."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from app.__main__ import main
from app.sandbox.people.apps import new_private_key
from tests.cli.doctored import PIPELINE, SHOP, well


@pytest.fixture
def server(tmp_path, app_key, monkeypatch):
    for name in [name for name in os.environ if name.startswith("STAGELOCK_")]:
        monkeypatch.delenv(name)
    with well(tmp_path, app_key) as found:
        yield found


def wrong(found):
    """The lines on which something must be done."""
    return {name for name, (state, _) in found.items() if state == "todo"}


@pytest.fixture
def ask(server, monkeypatch, capsys):
    return lambda **changed: server.asked(monkeypatch, capsys, **changed)


SERVER = [
    "settings",
    "data folder",
    "database",
    "github",
    "app",
    "clock",
    "permissions",
    "installations",
    "webhook",
    "deliveries",
    "signature",
    "public address",
    "certificate",
    "proxy",
    "oidc",
    "budget",
    "plan required",
    "push rules",
    "auto-delete",
    "concurrency",
    "workflows",
    "hook",
]


def test_of_a_server_that_is_well_every_line_is_fine_or_says_why_it_is_not_known(server, ask):
    found = ask()

    assert wrong(found) == set()
    assert server.code == 0
    assert list(found) == SERVER
    for state, said in found.values():
        assert state in {"ok", "unknown"}
        assert state == "ok" or said.strip()
    assert {name for name, (state, _) in found.items() if state == "unknown"} == {
        "certificate",
        "oidc",
        "hook",
    }
    assert "1 with stagelock.yaml, 1 without" in found["installations"][1]


def test_people_read_a_line_each(server, ask, capsys):
    ask()

    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(server.lines)
    assert all(line.startswith(("ok         ", "not known  ", "to do      ")) for line in lines)
    assert any(line.startswith("not known  certificate") for line in lines)


def test_a_setting_that_is_wrong_is_named_and_the_rest_is_not_known(server, ask):
    found = ask(STAGELOCK_PORT="x")

    assert wrong(found) == {"settings"}
    assert "STAGELOCK_PORT" in found["settings"][1]
    assert server.code == 1
    assert {state for name, (state, _) in found.items() if name != "settings"} == {"unknown"}


def test_a_data_folder_that_cannot_be_written_to(server, ask, tmp_path):
    (tmp_path / "file").write_text("")
    environ = {"STAGELOCK_DATABASE_URL": f"sqlite:///{tmp_path}/data/stagelock.db"}

    found = ask(STAGELOCK_DATA_DIR=str(tmp_path / "file" / "x"), **environ)

    assert wrong(found) == {"data folder"}
    assert "STAGELOCK_DATA_DIR" in found["data folder"][1]


def test_a_database_that_is_none(server, ask, tmp_path):
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database" * 1000)

    assert wrong(ask(STAGELOCK_DATABASE_URL=f"sqlite:///{broken}")) == {"database"}


def test_the_size_of_the_database_is_said(ask):
    assert "MB" in ask()["database"][1]


def test_a_github_that_does_not_answer(server, ask):
    found = ask(STAGELOCK_GITHUB_API_URL="http://127.0.0.1:9")

    assert wrong(found) == {"github"}
    assert found["permissions"][0] == "unknown"


def test_the_key_of_another_app(server, ask):
    found = ask(STAGELOCK_PRIVATE_KEY=new_private_key())

    assert wrong(found) == {"app"}
    assert "STAGELOCK_PRIVATE_KEY" in found["app"][1]


@pytest.mark.parametrize("seconds", [-400, 90, 400])
def test_a_clock_that_is_off(tmp_path, app_key, monkeypatch, capsys, seconds):
    def elsewhere():
        return datetime.now(UTC) + timedelta(seconds=seconds)  # noqa: TID251

    with well(tmp_path, app_key, now=elsewhere) as server:
        found = server.asked(monkeypatch, capsys)

    assert wrong(found) == {"clock"}
    assert "timedatectl" in found["clock"][1]


def test_a_permission_that_is_not_granted(server, ask):
    server.world.set_permissions("stagelock", pull_requests="read")

    found = ask()

    assert wrong(found) == {"permissions"}
    assert "pull requests: write" in found["permissions"][1]
    assert "/settings/installations/" in found["permissions"][1]


def test_an_event_that_the_app_is_not_sent(server, ask):
    server.app.events = tuple(e for e in server.app.events if e != "push")

    found = ask()

    assert wrong(found) == {"permissions"}
    assert "the event push" in found["permissions"][1]


def test_an_installation_that_is_suspended(server, ask):
    server.world.suspend_installation("stagelock")

    found = ask()

    assert wrong(found) == {"installations"}
    assert "suspended" in found["installations"][1]


def test_an_app_that_is_installed_nowhere(server, ask):
    server.world.uninstall("stagelock")

    found = ask()

    assert wrong(found) == {"installations"}
    assert "install it" in found["installations"][1]


def test_a_webhook_that_goes_elsewhere(server, ask):
    server.app.webhook_url = "http://127.0.0.1:1/elsewhere"

    found = ask()

    assert wrong(found) == {"webhook"}
    assert "/github/webhook" in found["webhook"][1]


def test_a_webhook_that_is_not_set(server, ask):
    server.app.webhook_url = None

    assert "webhook" in wrong(ask())


def test_a_delivery_that_did_not_come(server, ask):
    server.world.courier.weather.lost = lambda _: True
    server.world.push(SHOP, "main", {"apps/web/a": "3\n"})
    server.world.flush()

    found = ask()

    assert wrong(found) == {"deliveries"}
    assert "had no answer" in found["deliveries"][1]


def test_a_secret_that_is_not_the_apps(server, ask):
    server.app.webhook_secret = "another"
    server.world.push(SHOP, "main", {"apps/web/a": "3\n"})
    server.world.flush()

    found = ask()

    assert wrong(found) == {"signature"}
    assert "STAGELOCK_WEBHOOK_SECRET" in found["signature"][1]


def test_a_secret_that_the_last_delivery_does_not_prove_is_not_known(server, ask):
    """GitHub keeps what it sent, not byte by byte: a signature that does not fit proves nothing."""
    found = ask(STAGELOCK_WEBHOOK_SECRET="rotated")

    assert wrong(found) == set()
    assert found["signature"][0] == "unknown"


def test_no_delivery_yet_is_not_known(server, ask):
    server.sandbox.hub.deliveries.clear()

    found = ask()

    assert wrong(found) == set()
    assert found["deliveries"][0] == found["signature"][0] == "unknown"


def test_a_public_address_that_nobody_listens_on(server, ask):
    server.app.webhook_url = "http://127.0.0.1:9/github/webhook"

    found = ask(STAGELOCK_PUBLIC_URL="http://127.0.0.1:9")

    assert wrong(found) == {"public address"}
    assert "STAGELOCK_PUBLIC_URL" in found["public address"][1]


def test_a_public_address_on_which_another_program_answers(server, ask):
    url = server.sandbox.url
    server.app.webhook_url = f"{url}/github/webhook"

    assert wrong(ask(STAGELOCK_PUBLIC_URL=url)) == {"public address"}


def test_without_a_public_address_nothing_is_known_of_it(server, ask):
    found = ask(STAGELOCK_PUBLIC_URL="")

    assert wrong(found) == set()
    assert found["public address"][0] == "unknown"


def test_requests_that_are_nearly_used_up(server, ask):
    server.sandbox.hub.requests_left = 40

    found = ask()

    assert wrong(found) == {"budget"}
    assert "40 of 5000" in found["budget"][1]


def test_the_proxy_is_named_without_its_password(server, ask):
    proxy = "http://ada:canary@127.0.0.1:9"

    found = ask(STAGELOCK_PROXY=proxy)

    assert "127.0.0.1:9" in found["proxy"][1]
    assert not any("canary" in said for _, said in found.values())
    assert wrong(found) == {"github"}


def test_no_secret_is_ever_shown(server, ask, monkeypatch):
    done = subprocess.run(
        [sys.executable, "-m", "app", "doctor"],
        env={**os.environ, **server.environ},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    for name in ("STAGELOCK_WEBHOOK_SECRET", "STAGELOCK_PRIVATE_KEY"):
        assert (
            server.environ[name][40:80] not in done.stdout + done.stderr
            or not server.environ[name][40:80]
        )
    assert server.environ["STAGELOCK_WEBHOOK_SECRET"] not in done.stdout + done.stderr


def test_it_changes_nothing(server, ask, tmp_path):
    before = sorted(p.name for p in (tmp_path / "data").iterdir())

    ask()

    assert [x.method for x in server.sandbox.exchanges if x.method != "GET"] == ["POST"] * sum(
        x.path.endswith("access_tokens") for x in server.sandbox.exchanges
    )
    assert {p.name for p in (tmp_path / "data").iterdir()} <= {
        *before,
        "stagelock.db-wal",
        "stagelock.db-shm",
    }


@contextmanager
def secure(tmp_path, days):
    """Our address over https, with a certificate that ends in so many days; its port."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)  # noqa: TID251
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    answer = Response("ok\n")
    listening = make_server("localhost", 0, answer, ssl_context=context, threaded=True)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"https://localhost:{listening.port}"
    finally:
        listening.shutdown()
        listening.server_close()


@pytest.mark.parametrize(
    ("days", "known", "expected"),
    [
        (60, True, set()),
        (5, True, {"certificate"}),
        (60, False, {"certificate"}),
        (-1, True, {"certificate"}),
    ],
)
def test_a_certificate_that_ends_soon_or_is_not_trusted(
    server, ask, tmp_path, days, known, expected
):
    with secure(tmp_path, days) as url:
        server.app.webhook_url = f"{url}/github/webhook"
        trusted = {"STAGELOCK_CA_FILE": str(tmp_path / "cert.pem")} if known else {}

        found = ask(STAGELOCK_PUBLIC_URL=url, **trusted)

    assert wrong(found) == expected
    assert found["certificate"][0] != "unknown"


def protect(server, **how):
    """As the healthy server's main is, but for what *how* says."""
    usual = {
        "allowed": ["stagelock[bot]", "alice"],
        "required_checks": ["stagelock / plan"],
        "required_app": server.app_id,
    }
    server.world.protect(SHOP, "main", **{**usual, **how})


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"required_checks": ["build"]}, "is not required on main"),
        ({"required_app": None}, "any App may report it"),
        ({"required_app": 15368}, "another App has to report it"),
    ],
)
def test_a_plan_that_is_not_required_or_not_ours(server, ask, how, said):
    protect(server, **how)

    found = ask()

    assert wrong(found) == {"plan required"}
    assert said in found["plan required"][1]
    assert f"{server.sandbox.url}/{SHOP}/settings/rules" in found["plan required"][1]


def test_a_rule_that_would_refuse_our_pushes(server, ask):
    protect(server, allowed=["alice"])

    found = ask()

    assert wrong(found) == {"push rules"}
    assert "update, required status checks on main" in found["push rules"][1]
    assert "bypass list" in found["push rules"][1]


BRANCHES = """\
version: 1
warehouses: {all: {}}
stages:
  dev: {branch: env/dev}
"""


def test_branches_that_would_be_deleted_with_their_pull_request(server, ask):
    server.sandbox.hub.repo(SHOP).deletes_heads = True
    assert wrong(ask()) == set()

    server.world.push(SHOP, "main", {"stagelock.yaml": BRANCHES})
    server.world.flush()
    found = ask()

    assert wrong(found) == {"auto-delete"}
    assert "env/dev" in found["auto-delete"][1]

    server.sandbox.hub.repo(SHOP).deletes_heads = False
    assert wrong(ask()) == set()


WORKFLOW = """\
on: {push: {branches: [main], paths: [PATHS]}}
concurrency: e2e
jobs:
  deploy: {environment: prod, runs-on: x, steps: []}
"""


def workflow(server, text):
    server.world.push(SHOP, "main", {".github/workflows/deploy.yml": text})
    server.world.flush()


def test_a_concurrency_that_spans_an_environment_with_reviews(server, ask):
    workflow(server, WORKFLOW.replace("PATHS", "apps/**"))
    assert wrong(ask()) == set()

    server.sandbox.hub.repo(SHOP).reviewed.add("prod")
    found = ask()

    assert wrong(found) == {"concurrency"}
    assert "deploy.yml" in found["concurrency"][1]


@pytest.mark.parametrize("paths", ["stages/**", "'**'", "stages/dev/web/**"])
def test_a_workflow_that_every_promotion_starts_and_no_stage_awaits(server, ask, paths):
    workflow(server, WORKFLOW.replace("PATHS", paths))

    found = ask()

    assert wrong(found) == {"workflows"}
    assert "deploy.yml" in found["workflows"][1]
    assert "paths-ignore" in found["workflows"][1]


def test_a_workflow_that_a_stage_awaits_is_meant_to_run(server, ask):
    awaited = PIPELINE.replace("  prod:", "    verify: {checks: [deploy]}\n  prod:")
    server.world.push(SHOP, "main", {"stagelock.yaml": awaited})
    workflow(server, WORKFLOW.replace("PATHS", "stages/dev/**"))

    assert wrong(ask()) == set()


def test_a_workflow_that_a_stage_starts_needs_the_permission_to_start_it(server, ask):
    started = PIPELINE.replace("  prod:", "    verify: {workflow: e2e.yml}\n  prod:")
    server.world.push(SHOP, "main", {"stagelock.yaml": started})
    assert wrong(ask()) == set()
    server.world.set_permissions("stagelock", actions="read")

    found = ask()

    assert wrong(found) == {"workflows"}
    assert "e2e.yml" in found["workflows"][1]
    assert "actions: write" in found["workflows"][1]


def test_a_workflow_that_ignores_the_outputs_is_fine(server, ask):
    text = WORKFLOW.replace("paths: [PATHS]", "paths-ignore: ['stages/**']")
    workflow(server, text)

    assert wrong(ask()) == set()


def test_what_github_does_not_let_us_ask_is_not_known(server, ask):
    server.sandbox.world.faults.add("GET", "/rules/branches/", "denied", times=99)

    found = ask()

    assert wrong(found) == set()
    assert found["plan required"][0] == found["push rules"][0] == "unknown"


def test_a_server_without_a_pipeline_has_nothing_to_say_of_one(server, ask):
    server.world.push(SHOP, "main", {"stagelock.yaml": None})
    server.world.flush()

    found = ask()

    assert wrong(found) == set()
    assert found["plan required"] == ("unknown", "no repository has a valid stagelock.yaml ")


def test_a_repository_that_cannot_be_asked_hides_nothing_of_another(server, ask):
    server.world.create_repo("acme/api", {"stagelock.yaml": PIPELINE})
    server.sandbox.world.faults.add("GET", "/repos/acme/shop/rules/branches/", "denied", times=99)

    found = ask()

    assert wrong(found) == {"plan required"}
    assert "acme/api" in found["plan required"][1]
