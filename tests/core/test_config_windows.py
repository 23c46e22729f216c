"""`windows` in the file: what is read, what is refused and with which words, and what never opens."""

from __future__ import annotations

import json
import time

import jsonschema
import pytest

from app.core.config import parse
from app.core.config.schema import schema
from app.core.model.names import StageName
from app.core.model.windows import ALWAYS, opening
from tests.core.problems import HEAD
from tests.core.windowing import file, utc, windows

FIRST = 'stages:\n  dev: {path: stages/dev, windows: {"allow": ["'
COLUMN = len(FIRST.splitlines()[1])
"""Where the first entry of `allow` begins, with its quote."""

READ = [
    "Mon 09:00-16:00 UTC",
    "Mon-Fri 09:00-16:00 Europe/Berlin",
    "Fri-Mon 18:00-24:00 America/Argentina/Buenos_Aires",
    "Sat 22:00-06:00 Etc/GMT+3",
    "Sun-Sat 00:01-24:00 Asia/Kolkata",
    "2026-12-24..2027-01-02 Europe/Berlin",
    "2026-12-24..2026-12-24 UTC",
    "2026-12-24 18:00..2027-01-02 08:00 Europe/Berlin",
    "2026-12-24 00:00..2026-12-24 24:00 UTC",
]


@pytest.mark.parametrize("entry", READ)
@pytest.mark.parametrize("key", ["allow", "deny"])
def test_every_form_is_read_and_kept_as_it_is_written(key, entry):
    found = windows(**{key: [entry]})
    assert [str(window) for window in getattr(found, key)] == [entry]


def test_a_file_without_quotes_is_read_too():
    text = f"{HEAD}stages:\n  dev:\n    path: stages/dev\n    windows:\n      allow:\n"
    text += "".join(f"        - {entry}\n" for entry in READ)
    found = parse(text.encode())
    assert found.problems == ()
    assert found.pipeline is not None
    stage = found.pipeline.stages[StageName("dev")]
    assert [str(window) for window in stage.windows.allow] == READ


def test_without_the_key_a_stage_has_no_windows():
    found = parse(f"{HEAD}stages: {{dev: {{path: stages/dev}}}}\n".encode())
    assert found.pipeline is not None
    assert found.pipeline.stages[StageName("dev")].windows == ALWAYS


REFUSED = {
    # What is written -> what the message says, and what to write instead.
    "Mon-Fri 09:00-16:00": ("has no time zone", "Mon-Fri 09:00-16:00 UTC"),
    "2026-12-24..2027-01-02": ("has no time zone", "2026-12-24..2027-01-02 UTC"),
    "Mon-Fri 09:00-16:00 Europe/Berln": ("not a time zone", "Europe/Berlin"),
    "Mon-Fri 09:00-16:00 europe/berlin": ("not a time zone", "Europe/Berlin"),
    "Mon-Fri 09:00-16:00 America/New York": ("not a window", None),
    "Mon-Fri 09:00-16:00 America/New-York": ("not a time zone", "America/New_York"),
    "Mon-Fri 09:00-16:00 utc": ("not a time zone", "UTC"),
    "Mon-Fri 09:00-16:00 CEST": ("not a time zone", ...),
    "Mon-Fri 09:00-16:00 +02:00": ("not a time zone", None),
    "Mon-Fri 09:00-16:00 localtime": ("not a time zone", ...),
    "Mon-Fri 09:00-16:00 ../../etc/passwd": ("not a time zone", ...),
    "Mon-Fri 09:00-16:00 /etc/localtime": ("not a time zone", ...),
    "mon-fri 09:00-16:00 UTC": ("`mon` is not a day of the week", "Mon"),
    "Monday 09:00-16:00 UTC": ("`Monday` is not a day of the week", "Mon"),
    "Mon-Friday 09:00-16:00 UTC": ("`Friday` is not a day of the week", "Fri"),
    "Mo-Fr 09:00-16:00 Europe/Berlin": ("`Mo` is not a day of the week", None),
    "Mon-Fri 9:00-16:00 UTC": ("not a window", None),
    "Mon-Fri 09:00-25:00 UTC": ("not a window", None),
    "Mon-Fri 09:60-16:00 UTC": ("not a window", None),
    "Mon-Fri 24:00-06:00 UTC": ("not a window", None),
    "Mon-Fri 09:00-24:01 UTC": ("not a window", None),
    "Mon-Fri 9am-4pm UTC": ("not a window", None),
    "Mon,Fri 09:00-16:00 UTC": ("not a day of the week", ...),
    "Mon-Fri  09:00-16:00 UTC": ("not a window", None),
    "Mon-Fri 09:00 - 16:00 UTC": ("not a window", None),
    "Mon-Fri 09:00\u201316:00 UTC": ("not a window", None),
    "Mon-Fri \u0660\u0669:00-16:00 UTC": ("not a window", None),
    "0 9 * * 1-5": ("not a window", None),
    "always": ("not a window", None),
    "Mon 09:00-09:00 UTC": ("whole day is `00:00-24:00`", None),
    "Mon 00:00-00:00 UTC": ("whole day is `00:00-24:00`", None),
    "2027-01-02..2026-12-24 UTC": ("ends before it begins", None),
    "2026-12-24 18:00..2026-12-24 18:00 UTC": ("before it begins", None),
    "2026-12-24 18:00..2026-12-24 08:00 UTC": ("ends before it begins", None),
    "2026-02-30..2026-03-02 UTC": ("there is no `2026-02-30`", None),
    "2026-13-01..2027-01-02 UTC": ("there is no `2026-13-01`", None),
    "2027-02-29..2027-03-01 UTC": ("there is no `2027-02-29`", None),
    "2026-12-24 25:00..2027-01-02 08:00 UTC": ("there is no `2026-12-24 25:00`", None),
    "2026-12-24 18:00..2027-01-02 UTC": ("both days a time, or neither", None),
    "2026-12-24..2027-01-02 08:00 UTC": ("both days a time, or neither", None),
    "9999-12-31..9999-12-31 UTC": ("years", None),
    "0001-01-01..2027-01-02 UTC": ("years", None),
    "2026-12-24 UTC": ("not a window", None),
    "2026-12-24-2027-01-02 UTC": ("not a window", None),
    "24.12.2026..02.01.2027 UTC": ("not a window", None),
}


@pytest.mark.parametrize(("entry", "told"), REFUSED.items(), ids=[ascii(e) for e in REFUSED])
@pytest.mark.parametrize("key", ["allow", "deny"])
def test_what_is_no_window_is_refused_at_its_place_with_what_was_meant(key, entry, told):
    words, instead = told
    good = "Mon 10:00-11:00 UTC"
    data = f'{HEAD}{FIRST.replace("allow", key)}{good}", {json.dumps(entry)[:-1]}"]}}}}\n'
    (problem,) = parse(data.encode()).problems
    assert (problem.code, problem.mark.line) == ("bad-window", 5)
    assert problem.mark.column == COLUMN - (key == "deny") + len(good) + 4
    assert words in problem.message
    if instead is not ...:
        assert problem.suggestion == instead
    if problem.suggestion:
        assert problem.message.endswith(f"did you mean `{problem.suggestion}`?")


def test_a_long_entry_is_shown_by_its_beginning_and_on_one_line():
    for entry in ("x" * 900, "Mon 09:00-10:00 " + "y" * 900, "Mon\n09:00-10:00 UTC"):
        (problem,) = parse(file([entry])).problems
        assert len(problem.message) < 250
        assert problem.message.isprintable()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{}", "missing-key"),
        ("{allow: []}", "wrong-value"),
        ("{deny: []}", "wrong-value"),
        ("{allow: Mon 09:00-10:00 UTC}", "wrong-type"),
        ("[Mon 09:00-10:00 UTC]", "wrong-type"),
        ("Mon 09:00-10:00 UTC", "wrong-type"),
        ("{allow: [1]}", "wrong-type"),
        ("{allow: [{days: Mon}]}", "wrong-type"),
        ("{alow: [Mon 09:00-10:00 UTC]}", "unknown-key"),
        ("{allow: [Mon 09:00-10:00 UTC, Mon 09:00-10:00 UTC]}", "duplicate-entry"),
    ],
)
def test_another_shape_is_refused(given, expected):
    found = parse(f"{HEAD}stages:\n  dev: {{path: stages/dev, windows: {given}}}\n".encode())
    assert expected in {p.code for p in found.problems}
    assert {p.mark.line for p in found.problems} == {5}


NEVER = {
    "the same": (["Mon 09:00-10:00 UTC"], ["Mon 09:00-10:00 UTC"]),
    "a larger one": (["Mon-Fri 09:00-10:00 Europe/Berlin"], ["Mon-Sun 08:00-12:00 Europe/Berlin"]),
    "two that meet": (
        ["Mon 09:00-12:00 UTC"],
        ["Mon 08:00-10:30 UTC", "Mon 10:30-12:00 UTC"],
    ),
    "over midnight": (["Sun 22:00-02:00 UTC"], ["Sun 20:00-24:00 UTC", "Mon 00:00-03:00 UTC"]),
    "dated by dated": (["2026-12-24..2026-12-26 UTC"], ["2026-12-20..2027-01-02 UTC"]),
    "dated in another zone": (
        ["2026-12-24 10:00..2026-12-24 12:00 UTC"],
        ["2026-12-24 11:00..2026-12-24 13:00 Europe/Berlin"],
    ),
    "dated by weekly": (
        ["2026-12-24 10:00..2026-12-24 12:00 UTC"],
        ["Thu 09:00-13:00 UTC"],
    ),
    "dated by both": (
        ["2026-12-24 10:00..2026-12-24 14:00 UTC"],
        ["Thu 09:00-12:00 UTC", "2026-12-24 12:00..2026-12-24 14:00 UTC"],
    ),
}


@pytest.mark.parametrize(("allow", "deny"), NEVER.values(), ids=NEVER)
def test_a_window_of_which_deny_leaves_nothing_is_refused(allow, deny):
    (problem,) = parse(file(allow, deny)).problems
    assert (problem.code, problem.mark.line, problem.mark.column) == ("never-opens", 5, COLUMN)
    assert f"`{allow[0]}` never opens" in problem.message


def test_only_the_one_that_never_opens_is_told():
    found = parse(file(["Tue 09:00-10:00 UTC", "Mon 09:00-10:00 UTC"], ["Mon 00:00-24:00 UTC"]))
    assert [p.code for p in found.problems] == ["never-opens"]
    assert "`Mon 09:00-10:00 UTC`" in found.problems[0].message


@pytest.mark.parametrize(
    "deny",
    [
        ["Mon-Sun 00:00-24:00 UTC"],
        ["Mon-Sun 12:00-11:59 UTC", "Mon-Sun 11:00-13:00 UTC"],
        ["Mon-Fri 00:00-24:00 UTC", "Sat-Sun 00:00-24:00 UTC"],
    ],
)
def test_a_denied_whole_week_is_refused(deny):
    (problem,) = parse(file(None, deny)).problems
    assert problem.code == "never-opens"
    assert "the whole week" in problem.message


@pytest.mark.parametrize(
    ("allow", "deny"),
    [
        (["Mon 09:00-10:00 UTC"], ["Mon 09:01-10:00 UTC"]),
        (["Mon 09:00-10:00 UTC"], ["Mon 09:00-09:59 UTC"]),
        (["Mon 09:00-10:00 UTC"], ["2026-01-01..2027-01-01 UTC"]),
        (["Mon 10:00-11:00 UTC"], ["Mon 10:00-11:00 Europe/London"]),
        (["2026-12-24..2026-12-26 UTC"], ["2026-12-24..2026-12-25 UTC"]),
        (["2026-12-24..2026-12-26 UTC"], ["Thu-Fri 00:00-24:00 UTC"]),
        (["2020-01-01..2020-01-02 UTC", "Mon 09:00-10:00 UTC"], None),
        (["2020-01-01..2020-01-02 UTC"], None),
        (None, ["Mon-Sun 00:01-24:00 UTC"]),
    ],
)
def test_what_opens_for_a_minute_or_another_year_is_accepted(allow, deny):
    """The linter has no clock: a day that is over is no mistake of the file."""
    assert parse(file(allow, deny)).problems == ()


def test_more_than_50_windows_are_refused():
    many = [f"Mon 09:{n:02}-10:00 UTC" for n in range(51)]
    assert parse(file(many[:50], many[:1] and ["Mon 09:00-09:30 UTC"])).problems == ()
    (problem,) = parse(file(many)).problems
    assert (problem.code, problem.mark.line) == ("wrong-value", 5)
    assert "51" in problem.message


HOSTILE = {
    "misspelt zones": ([f"Mon 09:00-16:00 Europe/Berlln{n}" for n in range(50)],) * 2,
    "long zones": ([f"Mon 09:00-16:00 {'a' * 900}{n}" for n in range(50)], None),
    "long days": ([f"{'Mon-' * 200}Fri 09:00-16:00 UTC{n}" for n in range(50)], None),
    "many dates": (
        [f"2026-01-{n % 28 + 1:02} 00:{n:02}..2199-12-31 00:00 Europe/Berlin" for n in range(50)],
        [f"20{n + 10}-01-01..21{n + 10}-01-01 Asia/Tokyo" for n in range(50)],
    ),
    "many weekly": (
        [f"Mon-Sun 09:{n:02}-10:00 UTC" for n in range(50)],
        [f"Mon-Sun 08:{n:02}-11:00 Europe/London" for n in range(50)],
    ),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("allow", "deny"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_entries_are_judged_in_moments(allow, deny):
    """Bounds of work, in processor time of a slow machine: it was fifteen seconds for the last."""
    before = time.process_time()
    parse(file(allow, deny))
    assert time.process_time() - before < 2


def test_the_next_opening_of_hostile_windows_is_found_in_moments():
    found = windows(*HOSTILE["many weekly"])
    before = time.process_time()
    assert opening(found, utc("2026-03-02T00:00")).at is not None
    assert time.process_time() - before < 2


def test_a_hook_asks_no_time_zone_of_its_machine():
    """Where its zones are older, or none, the file is as valid as it is for the App."""
    text = file(["Mon 09:00-10:00 Mars/Olympus"])
    assert parse(text).pipeline is None
    assert parse(text, expressions=False).problems == ()
    assert [p.code for p in parse(file(["Mon 9-10 UTC"]), expressions=False).problems] == [
        "bad-window"
    ]


VALIDATOR = jsonschema.Draft202012Validator(schema())


@pytest.mark.parametrize(
    ("given", "valid"),
    [
        ({"allow": READ}, True),
        ({"deny": READ[:1]}, True),
        ({"allow": READ[:1], "deny": READ[1:2]}, True),
        ({}, False),
        ({"allow": []}, False),
        ({"allow": [READ[0], READ[0]]}, False),
        ({"allow": READ[0]}, False),
        ({"allow": [1]}, False),
        ({"allow": [""]}, False),
        ({"alow": READ}, False),
        ([READ[0]], False),
    ],
)
def test_the_schema_and_the_parser_say_the_same_of_windows(given, valid):
    stage = {"path": "stages/dev", "windows": given}
    document = {
        "version": 1,
        "warehouses": {"web": {"paths": ["apps/web"]}},
        "stages": {"dev": stage},
    }
    assert VALIDATOR.is_valid(document) is valid
    assert (parse(json.dumps(document).encode()).problems == ()) is valid
