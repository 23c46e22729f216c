"""Each audit entry as a line of JSON: whole, in order, without secrets, and nobody waits for it."""

import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from app import wiring
from app.observe.audit import AuditLines
from app.observe.redact import Redactor
from app.ports.audit import AuditEntry, shown
from app.settings import Settings, SettingsError
from tests.stores import sqlite_store

AT = datetime(2026, 11, 23, 14, 2, 11, tzinfo=UTC)
CANARY = "canary-of-a-secret-0123456789"


def entry(number, **more):
    kept = {"kind": "command", "user": "ada", "effective": True, **more}
    return AuditEntry(f"event-{number}", AT, 7, "acme/shop", kept, number)


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def to(file):
    return AuditLines(str(file), Redactor([CANARY]))


def test_a_line_is_the_entry_as_the_api_shows_it_and_its_place(tmp_path):
    file = tmp_path / "audit.jsonl"
    hear = to(file)
    hear([entry(1), entry(2, reason="two\nlines, ü and \u2028")])
    hear([entry(3)])

    first, second, third = lines(file)
    assert first.keys() == shown(entry(1)).keys()
    assert [one["id"] for one in (first, second, third)] == ["event-1", "event-2", "event-3"]
    assert [one["detail"].pop("number") for one in (first, second, third)] == [1, 2, 3]
    assert second == shown(entry(2, reason="two\nlines, ü and \u2028"))
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_there_stays_and_a_file_that_was_moved_away_is_made_anew(tmp_path):
    file = tmp_path / "audit.jsonl"
    file.write_text('{"id": "before"}\n')
    hear = to(file)
    hear([entry(1)])
    file.rename(tmp_path / "audit.1")
    hear([entry(2)])

    assert [line["id"] for line in lines(tmp_path / "audit.1")] == ["before", "event-1"]
    assert [line["id"] for line in lines(file)] == ["event-2"]


def test_no_secret_is_in_a_line(tmp_path):
    file = tmp_path / "audit.jsonl"
    told = {"reason": f"it is {CANARY}", "promotions": [{"note": [f"ghs_{'a' * 36}"], CANARY: 1}]}
    to(file)([entry(1, **told)])

    text = file.read_text()
    assert CANARY not in text
    assert "ghs_a" not in text
    assert text.count("[redacted]") == 4  # the reason stands there twice


def test_what_cannot_be_written_is_logged_once_a_minute_and_stops_nothing(tmp_path, caplog):
    file = tmp_path / "gone" / "audit.jsonl"
    hear = to(file)
    with caplog.at_level(logging.ERROR):
        hear([entry(1), entry(2)])
        hear([entry(3)])

    [record] = caplog.records
    assert record.action == "audit.unwritten"
    assert "No such file or directory" in record.getMessage()
    assert "entries without a line so far: 2" in record.getMessage()
    assert "stagelock events" in record.getMessage()
    file.parent.mkdir()
    hear([entry(4)])
    assert [line["id"] for line in lines(file)] == ["event-4"]


def test_what_was_cut_short_spoils_no_other_line(tmp_path):
    """A disk that is full takes a part of a line, in a process whose files may have 500 bytes."""
    file = tmp_path / "audit.jsonl"
    script = f"""
import resource, signal
from tests.observe.test_audit_lines import *
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
hear = AuditLines({str(file)!r}, Redactor([]))
hear([entry(1)])
size = os.path.getsize({str(file)!r})
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40, hard))
hear([entry(2)])
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
hear([entry(3)])
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=60)

    first, cut, third = file.read_text().splitlines()
    assert (json.loads(first)["id"], json.loads(third)["id"]) == ("event-1", "event-3")
    assert len(cut) == 40


def test_on_standard_output_nothing_is_between_the_lines(tmp_path):
    script = (
        "from tests.observe.test_audit_lines import *\n"
        "hear = AuditLines('-', Redactor([]))\n"
        "for n in range(3): hear([entry(n), entry(n + 10)])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, timeout=60, text=True
    )
    ids = [json.loads(line)["id"] for line in ran.stdout.splitlines()]
    assert ids == [f"event-{n}" for n in (0, 10, 1, 11, 2, 12)]


def test_processes_share_a_file_and_no_line_is_torn(tmp_path):
    file = tmp_path / "audit.jsonl"
    script = (
        "from tests.observe.test_audit_lines import *\n"
        f"hear = AuditLines({str(file)!r}, Redactor([]))\n"
        "for n in range(200): hear([entry(n, reason='x' * 3000)])"
    )
    ran = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(3)]
    assert [one.wait(timeout=60) for one in ran] == [0, 0, 0]
    assert len(lines(file)) == 600


def test_the_setting_makes_every_store_of_ours_write_its_entries(tmp_path):
    sqlite_store(tmp_path).close()
    file = tmp_path / "audit.jsonl"
    settings = Settings.load(
        {"STAGELOCK_DATA_DIR": str(tmp_path), "STAGELOCK_AUDIT_LOG": str(file), "HOME": "/"}
    )
    store = wiring.open_store(settings)
    store.history.audit(None, 7, "aaaaaaaa", AT, {"kind": "run"})
    store.close()

    assert [line["id"] for line in lines(file)] == ["aaaaaaaa"]


@pytest.mark.parametrize(
    ("where", "said"), [("", "a folder"), ("none/audit", "there is no folder")]
)
def test_a_place_where_nothing_can_be_written_is_refused_at_the_start(tmp_path, where, said):
    with pytest.raises(SettingsError) as caught:
        Settings.load({"STAGELOCK_AUDIT_LOG": str(tmp_path / where), "HOME": os.sep})
    assert len(caught.value.problems) == 1
    assert "STAGELOCK_AUDIT_LOG" in caught.value.problems[0]
    assert said in caught.value.problems[0]
