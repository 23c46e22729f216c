"""`stagelock serve` with an empty data folder: it starts, and one browser sets it up."""

import http.client
import os
import re
import stat
import urllib.error
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.ports.installs import Standing
from app.sandbox.serve.server import Sandbox
from app.settings import Secret, Settings, kept
from app.wiring import open_store
from tests.cli.delivering import deliver
from tests.cli.inviting import NAMELESS, invited
from tests.kept import APP
from tests.keys import KEY
from tests.processes import PATIENCE


def get(address, cookie=""):
    """Status, headers and text; redirects are not followed."""
    where = urlsplit(address)
    link = http.client.HTTPConnection(where.hostname, where.port, timeout=PATIENCE)
    try:
        path = f"{where.path}?{where.query}" if where.query else where.path
        link.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = link.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        link.close()


def test_it_starts_and_says_where_to_go_and_nothing_works_before(start):
    running = start("serve", **NAMELESS).wait_until_ready()
    address = invited(running)

    assert address.startswith(f"{running.url}/setup?token=")
    assert running.get("/healthz")[0] == 200
    status, why = running.get("/readyz")
    assert (status, b"not set up" in why, b"/setup" in why) == (503, True, True)
    with pytest.raises(urllib.error.HTTPError) as refused:
        deliver(running.url, "guid-1")
    with refused.value as answer:
        assert (answer.code, b"not set up" in answer.read()) == (503, True)


def test_behind_a_proxy_that_forwards_deliveries_only_the_address_of_the_machine_works(start):
    public = "https://stagelock.acme.example"
    running = start("serve", **NAMELESS, STAGELOCK_PUBLIC_URL=public).wait_until_ready()
    running.wait_for(lambda: running.out[-1].startswith("The address works once"), "no address")
    printed = re.findall(r"(http\S+)/setup\?token=\S+", "".join(running.out))

    assert printed == [public, running.url]
    assert get(re.findall(rf"{running.url}/setup\S+", "".join(running.out))[0])[0] == 303


def test_the_first_browser_has_it_and_the_second_is_told_so(start, tmp_path):
    running = start("serve", **NAMELESS).wait_until_ready()
    address = invited(running)
    token = address.partition("=")[2]

    status, headers, _ = get(address)
    assert (status, headers["Location"]) == (303, "/setup")
    cookie = headers["Set-Cookie"].partition(";")[0]
    assert get(f"{running.url}/setup", cookie)[0] == 200
    status, _, text = get(address)
    assert (status, "under way in another browser" in text) == (403, True)
    kept_there = [path.read_text() for path in kept.folder(tmp_path / "data").iterdir()]
    assert not [text for text in kept_there if token in text]
    assert token not in "".join(running.err)
    for pid in [running.process.pid, *running.children()]:
        assert token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()


def test_what_it_keeps_is_for_its_user_alone(start, tmp_path):
    invited(start("serve", **NAMELESS).wait_until_ready())

    folder = kept.folder(tmp_path / "data")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_credentials_take_effect_in_all_processes_without_a_start(start, tmp_path):
    """As `stagelock setup` in a terminal keeps them beside a running server."""
    running = start("serve", **{**NAMELESS, "STAGELOCK_GITHUB_URL": ""}).wait_until_ready()
    invited(running)
    before = running.children()
    nowhere = replace(
        APP, github_url="http://127.0.0.1:9", webhook_secret=Secret("a webhook secret")
    )
    kept.keep(tmp_path / "data", nowhere)

    assert deliver(running.url, "guid-1") == 202
    running.wait_for(lambda: running.get("/readyz")[0] == 200, "it is never ready")
    running.wait_for(
        lambda: "action=sweep.unanswered" in "".join(running.err),
        "no work process asks GitHub",
    )
    assert before <= running.children() | {running.process.pid}
    assert KEY.splitlines()[1] not in "".join(running.err)


def test_credentials_that_cannot_be_used_are_told_and_count_once_they_can(start, tmp_path):
    running = start("serve", **{**NAMELESS, "STAGELOCK_GITHUB_URL": ""}).wait_until_ready()
    invited(running)
    data = tmp_path / "data"
    kept.keep(tmp_path / "aside", replace(APP, github_url="http://127.0.0.1:9"))
    kept.file(tmp_path / "aside").chmod(0o640)
    kept.file(tmp_path / "aside").rename(kept.file(data))

    running.wait_for(lambda: "action=setup.unusable" in "".join(running.err), "it is not told")
    assert running.get("/healthz")[0] == 200
    assert running.get("/readyz")[0] == 503
    assert f"`chmod 0600 {kept.file(data)}`" in "".join(running.err)
    kept.file(data).chmod(0o600)
    running.wait_for(lambda: running.get("/readyz")[0] == 200, "it is never ready")
    assert "Traceback" not in "".join(running.err)


def test_a_folder_that_others_can_read_ends_the_start_with_what_to_do(start, tmp_path):
    folder = kept.folder(tmp_path / "data")
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    running = start("serve", **NAMELESS)

    assert running.ended() == 2
    running_err = "".join(running.err)
    assert f"`chmod 0700 {folder}`" in running_err
    assert "Traceback" not in running_err


@pytest.mark.parametrize("given", ["STAGELOCK_APP_ID", "STAGELOCK_WEBHOOK_SECRET"])
def test_a_part_of_the_settings_is_a_mistake_and_no_set_up(start, given):
    running = start("serve", **{**NAMELESS, given: "7"})

    assert running.ended() == 2
    assert "STAGELOCK_PRIVATE_KEY is not set" in "".join(running.err)
    assert "token=" not in "".join(running.out)


def test_a_server_that_once_knew_its_app_is_never_set_up_anew(start, environ, tmp_path):
    """Its settings are lost, and its database is not."""
    (tmp_path / "data").mkdir()
    settings = Settings.load({**os.environ, **environ, **NAMELESS})
    store = open_store(settings)
    store.migrate()
    store.installs.answered(Standing(7, "stagelock", 1, 1))
    store.close()
    running = start("serve", **NAMELESS)

    assert running.ended() == 2
    assert "STAGELOCK_APP_ID is not set" in "".join(running.err)


def test_a_server_that_is_set_up_by_its_environment_has_no_set_up(start):
    running = start("serve").wait_until_ready()

    status, page = running.get("/setup?token=x")
    assert (status, b"This server is set up" in page) == (410, True)
    assert "token=" not in "".join(running.out)


def test_an_app_that_github_does_not_know_any_more_is_told_with_where_it_was_kept(start, tmp_path):
    with Sandbox(tmp_path / "github") as sandbox:
        kept.keep(tmp_path / "data", replace(APP, github_url=sandbox.url))
        running = start("serve", **{**NAMELESS, "STAGELOCK_GITHUB_URL": ""})
        assert running.ended() == 2

    said = "".join(running.err)
    assert "GitHub knows no such App" in said
    assert f"what set-up kept in {kept.folder(tmp_path / 'data')}" in said
