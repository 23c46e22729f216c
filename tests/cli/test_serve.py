import os
import signal
import socket
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest

from app.settings import Settings
from app.wiring import open_store, owner_prefix
from tests.cli.delivering import deliver
from tests.postgres import free_port
from tests.processes import PATIENCE, alive, until


def work_processes(running):
    """The command lines of the work processes below *running*."""
    lines = {}
    for pid in running.children():
        try:
            lines[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except FileNotFoundError:
            continue
    return {pid for pid, line in lines.items() if b"work" in line}


def test_it_says_where_it_is_and_answers_there(start):
    running = start("serve").wait_until_ready()

    assert running.out == [f"stagelock is ready on {running.url}\n"]
    assert running.get("/healthz")[0] == 200
    status, why = running.get("/readyz")
    assert (status, b"GitHub has not answered" in why) == (503, True)
    assert deliver(running.url, "guid-1") == 202
    running.wait_for(lambda: len(work_processes(running)) == 1, "no work process")


def test_it_ends_cleanly_with_all_its_processes_and_leaves_only_its_data(start, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    places = {"HOME": str(elsewhere), "TMPDIR": str(elsewhere)}
    running = start("serve", "--workers", "2", **places).wait_until_ready()
    running.wait_for(lambda: len(work_processes(running)) == 2, "no work processes")
    children = running.children()

    assert running.end() == 0
    assert [pid for pid in children if alive(pid)] == []
    assert {file.name.partition("-")[0] for file in (tmp_path / "data").iterdir()} <= {
        "stagelock.db",
        "worker",
        "workers.lock",
        "mirrors",
        "metrics",
    }
    assert list(elsewhere.iterdir()) == []


def test_the_metrics_of_the_web_processes_show_what_the_work_processes_did(start):
    """Whichever process answers, and also after one of them was killed."""
    running = start("serve").wait_until_ready()
    ticks = 'stagelock_ticks_total{kind="sweep",outcome="'

    def shown():
        try:
            return ticks in running.get("/metrics")[1].decode()
        except OSError:  # accepted, and nobody is there yet to answer
            return False

    running.wait_for(shown, "no tick of a work process is shown")
    deliver(running.url, "guid-1")
    before = [line for line in running.get("/metrics")[1].decode().splitlines() if ticks in line]
    for pid in work_processes(running):
        os.kill(pid, signal.SIGKILL)
    for _ in range(4):  # two web processes take turns
        text = running.get("/metrics")[1].decode()
        assert all(line.rpartition(" ")[0] in text for line in before)
        assert 'stagelock_deliveries_total{event="push",outcome="accepted"} 1.0' in text
        assert "stagelock_store_up 1.0" in text


def test_work_alone_shows_its_metrics_where_it_is_told_to(start):
    port = free_port()
    running = start("work", STAGELOCK_METRICS_ADDRESS=f"127.0.0.1:{port}")

    def shown():
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE
            ) as answer:
                return b'stagelock_ticks_total{kind="sweep"' in answer.read()
        except OSError:
            return False

    running.wait_for(shown, "no metrics of the work process")
    assert running.end() == 0


def test_ctrl_c_ends_it_too(start):
    assert start("serve").wait_until_ready().end(signal.SIGINT) == 0


@pytest.mark.parametrize(("command", "processes"), [("serve", 4), ("work", 2)])
def test_no_process_outlives_a_killed_parent_by_5_seconds(start, environ, command, processes):
    """Orphans would go on holding the port, and work in a folder that somebody else took over."""
    store = open_store(Settings.load(environ))
    store.migrate()
    store.close()
    running = start(command, "--workers", "2")
    running.wait_for(lambda: len(running.children()) >= processes, "not all processes are there")
    running.wait_for(lambda: len(work_processes(running)) == 2, "not all work processes are there")
    children = running.children()

    running.process.kill()
    running.process.wait(PATIENCE)

    until(lambda: not any(alive(pid) for pid in children), 5, "children outlived their parent")


def test_a_work_process_that_dies_is_replaced_and_what_it_held_is_free_at_once(start, environ):
    running = start("serve").wait_until_ready()
    running.wait_for(lambda: work_processes(running), "no work process")
    (first,) = work_processes(running)
    settings = Settings.load(environ)
    store = open_store(settings)
    store.work.touch("unheard-of")
    claim = store.work.claim(f"{owner_prefix(settings)}{first}-x", timedelta(hours=1))

    os.kill(first, signal.SIGKILL)

    running.wait_for(lambda: work_processes(running) - {first}, "no new work process")
    if claim is not None:  # it may have been quicker
        running.wait_for(lambda: store.work.remaining(claim) == timedelta(), "it is held still")
    store.close()


def test_without_workers_deliveries_wait_in_the_store(start, environ):
    running = start("serve", "--no-worker").wait_until_ready()
    deliver(running.url, "guid-1")

    assert work_processes(running) == set()
    store = open_store(Settings.load(environ))
    assert [one.guid for one in store.inbox.pending(7, None)] == ["guid-1"]
    store.close()


def test_a_port_in_use_is_said_and_ends_it(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        running = start("serve", STAGELOCK_PORT=str(taken.getsockname()[1]))

        assert running.ended() == 3
    assert "in use" in "".join(running.err)


def test_what_a_killed_server_held_is_taken_over_at_once(start, environ):
    """Else every restart would leave its repositories alone for half a minute."""
    settings = Settings.load(environ)
    store = open_store(settings)
    store.migrate()
    store.work.touch("repo-7")
    claim = store.work.claim(f"{owner_prefix(settings)}dead", timedelta(hours=1))

    start("serve").wait_until_ready()

    assert claim is not None
    assert store.work.remaining(claim) <= timedelta()
    store.close()


def test_a_second_one_in_the_same_folder_takes_nothing_over(start, environ):
    settings = Settings.load(environ)
    start("serve").wait_until_ready()
    store = open_store(settings)
    store.work.touch("unheard-of", timedelta(hours=1))
    store.work.touch("repo-7")
    claim = store.work.claim(f"{owner_prefix(settings)}alive", timedelta(hours=1))
    while claim and claim.key != "repo-7":
        claim = store.work.claim(f"{owner_prefix(settings)}alive", timedelta(hours=1))

    start("serve").wait_until_ready()

    if claim is not None:  # the first one's worker may have been quicker
        assert store.work.remaining(claim) > timedelta()
    store.close()


def test_work_alone_works(start, environ):
    settings = Settings.load(environ)
    store = open_store(settings)
    store.migrate()
    store.work.touch("repo-7")

    running = start("work")

    running.wait_for(lambda: store.work.due_for() == timedelta(), "nothing was worked on")
    assert running.end() == 0
    store.close()


@pytest.mark.postgres
def test_an_unmigrated_postgresql_is_refused_by_naming_the_command(start, postgres_url):
    """Several machines share it: which one may change its tables is the operator's to say."""
    url = {"STAGELOCK_DATABASE_URL": postgres_url}
    for command in ("serve", "work"):
        refused = start(command, **url)
        assert refused.ended() == 3
        assert "stagelock migrate" in "".join(refused.err)

    assert start("migrate", **url).ended() == 0
    running = start("serve", "--no-worker", **url).wait_until_ready()
    assert b"GitHub has not answered" in running.get("/readyz")[1]  # the database is fine
    assert deliver(running.url, "guid-1") == 202
    assert running.end() == 0
