"""`/setup/doctor`, and `stagelock doctor` that asks it: the same lines from elsewhere."""

from __future__ import annotations

import json
import threading

import pytest
from werkzeug.serving import make_server

from app import arrival, wiring
from app.__main__ import main
from app.doctor.told import Line
from app.settings import Settings
from tests.flows.listening import Quiet
from tests.keys import KEY
from tests.processes import PATIENCE

ADMIN, READER = "an-admins-token", "a-readers-token"
FOUND = [
    Line("settings", "ok", "all variables are valid"),
    Line("permissions", "todo", "acme has not granted <b>checks</b>: write", "an owner grants it"),
    Line("hook", "unknown", "GitHub tells nobody"),
]


@pytest.fixture
def examined():
    return {"found": FOUND, "gate": None}


@pytest.fixture
def server(tmp_path, examined):
    """A server whose doctor finds what a test says."""
    settings = Settings.load(
        {
            "STAGELOCK_DATA_DIR": str(tmp_path),
            "STAGELOCK_APP_ID": "1",
            "STAGELOCK_PRIVATE_KEY": KEY,
            "STAGELOCK_WEBHOOK_SECRET": "x",
            "STAGELOCK_API_TOKENS": f"ada:admin:{ADMIN},ben:read:{READER}",
        }
    )
    store = wiring.reached(settings, wiring.open_store(settings))
    store.migrate()
    store.close()

    def examine():
        if examined["gate"] is not None:
            examined["entered"].set()
            examined["gate"].wait(PATIENCE)
        return examined["found"]

    return arrival.web(settings, examine)


@pytest.fixture
def ask(server):
    def asked(token="", accept="*/*"):
        headers = {"Accept": accept} | ({"Authorization": f"Bearer {token}"} if token else {})
        return server.test_client().get("/setup/doctor", headers=headers)

    return asked


@pytest.fixture
def doctor(server, monkeypatch, capsys):
    """`stagelock doctor` on another machine."""
    listening = make_server("127.0.0.1", 0, server, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
    thread.start()
    monkeypatch.setenv("STAGELOCK_URL", f"http://127.0.0.1:{listening.port}")

    def run(token, *options):
        monkeypatch.setenv("STAGELOCK_TOKEN", token)
        code = main(["doctor", *options])
        return code, *capsys.readouterr()

    yield run
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_a_token_of_scope_admin_opens_it_and_no_other(ask):
    assert ask().status_code == 401
    assert ask("wrong").status_code == 401
    assert ask(READER).status_code == 403
    assert ask(ADMIN).get_json()[1] == {
        "name": "permissions",
        "state": "todo",
        "said": "acme has not granted <b>checks</b>: write",
        "do": "an owner grants it",
    }


def test_people_see_what_to_do_first_and_foreign_words_as_text(ask):
    page = ask(ADMIN, accept="text/html").get_data(as_text=True)

    assert "<h1>1 thing to do</h1>" in page
    assert page.index("an owner grants it") < page.index("all variables are valid")
    assert "not known: GitHub tells nobody" in page
    assert "<b>checks" not in page


def test_who_has_no_token_is_told_how_to_ask(ask):
    answer = ask(accept="text/html")

    assert answer.status_code == 401
    assert "stagelock doctor" in answer.get_data(as_text=True)
    assert "acme" not in answer.get_data(as_text=True)


def test_one_look_at_a_time(ask, examined):
    """A look takes many requests to GitHub; the second who asks does not wait for the first."""
    examined["gate"], examined["entered"] = threading.Event(), threading.Event()
    first = threading.Thread(target=ask, args=(ADMIN,))
    first.start()
    assert examined["entered"].wait(PATIENCE)
    assert ask(ADMIN).status_code == 503
    examined["gate"].set()
    first.join()

    assert ask(ADMIN).status_code == 200


def test_the_command_line_asks_the_server_that_is_named(doctor, examined):
    code, out, err = doctor(ADMIN)
    assert (code, err) == (1, "")
    assert "to do      permissions  acme has not granted <b>checks</b>: write. To do:" in out
    code, out, _ = doctor(ADMIN, "--format", "json")
    assert [one["state"] for one in json.loads(out)] == ["ok", "todo", "unknown"]
    examined["found"] = FOUND[:1]
    assert doctor(ADMIN)[0] == 0


def test_a_server_that_refuses_the_token_is_told(doctor):
    code, _, err = doctor(READER)
    assert code == 1
    assert "has not the scope admin" in err
    assert doctor("wrong")[0] == 3
