"""The profiles file of external lock services: what is wrong is told by its place, with the way out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.core.model.group_names import of_organization
from app.core.model.lock_services import LockAsked, ServicesKnown, ServiceTerms, ServiceUse, refusal
from app.core.model.names import GroupName
from app.settings import Settings, SettingsError
from app.settings.lock_conditions import BadExpression, Expression, Reply
from app.settings.lock_profile_file import parse_profiles
from app.settings.lock_templates import Unfillable, percent

SECRET = "canary-9f8e7d"
ASKED = LockAsked('e2e/ü "x\\', "stagelock-7-ab", "0123456789abcdef")
GOOD = """\
version: 1
services:
  mutex:
    type: http
    url: https://locks.example.com/api
    headers: {Authorization: "Bearer ${{ env.KEY }}"}
    acquire: {method: POST, path: "/${{ lock.name }}", body: {by: "${{ lock.owner }}"}, success: [201], busy: body.state == 'taken'}
    inspect: {method: GET, path: "/${{ lock.name }}", success: body.by == lock.owner}
    release: {method: DELETE, path: "/${{ lock.name }}?by=${{ lock.owner }}"}
"""


def read(text: str, **environ: str):
    return parse_profiles(text.encode(), environ or {"KEY": SECRET})


def told(text: str, **environ: str) -> list[tuple[int, int, str]]:
    _, problems = read(text, **environ)
    return [(p.mark.line, p.mark.column, p.message) for p in problems]


def test_a_whole_profile_is_read_and_shows_no_secret():
    profiles, problems = read(GOOD)
    profile = profiles["mutex"]

    assert problems == ()
    assert profile.timeout.total_seconds() == 5
    assert [s.reveal() for s in profile.secrets()] == [SECRET]
    assert SECRET not in repr(profiles)


def test_what_is_filled_in_is_encoded_for_where_it_stands():
    profiles, _ = read(GOOD)
    call = profiles["mutex"].calls["acquire"]

    assert call.path.filled(ASKED, percent) == "/e2e%2F%C3%BC%20%22x%5C"
    assert call.body is not None
    assert call.body.filled(ASKED) == '{"by": "stagelock-7-ab"}'


@pytest.mark.parametrize(
    ("body", "filled"),
    [
        ("""'{"a": "x-${{ lock.name }}"}'""", r'{"a": "x-e2e/\u00fc \"x\\"}'),
        ("""'{"a": ${{ lock.name }}}'""", r'{"a": "e2e/\u00fc \"x\\"}'),
        (
            """{a: "${{ lock.name }}", n: 5, t: true, z: null, l: [1]}""",
            r'{"a": "e2e/\u00fc \"x\\", "n": 5, "t": true, "z": null, "l": [1]}',
        ),
    ],
)
def test_a_body_stays_json_whatever_is_filled_in(body: str, filled: str):
    profiles, problems = read(GOOD.replace('{by: "${{ lock.owner }}"}', body))
    call = profiles["mutex"].calls["acquire"]

    assert problems == ()
    assert call.body is not None
    assert call.body.filled(ASKED) == filled


@pytest.mark.parametrize("name", ["a\nb", "a\x00", "a\u2028b", "..", "."])
def test_control_characters_and_climbing_parts_are_refused(name: str):
    profiles, _ = read(GOOD)
    with pytest.raises(Unfillable):
        profiles["mutex"].calls["acquire"].path.filled(LockAsked(name, "o", "t"), percent)


MISTAKES = [
    ("type: http", "type: htp", (4, 11, "`type` must be `http` or")),
    ("    url: https://locks.example.com/api\n", "", (4, 5, "has no `url`")),
    ("url: https", "ulr: https", (5, 5, "unknown key `ulr`: did you mean `url`?")),
    ("https://locks.example.com/api", "ftp://locks.example.com", (5, 10, "`url` must begin with http:// or https://")),
    ("https://locks.example.com/api", "https://${{ lock.name }}.example.com/", (5, 10, "`url` must")),
    ("https://locks.example.com/api", "https://me:pw@locks.example.com/", (5, 10, "write them as `headers`")),
    ("https://locks.example.com/api", "https://locks.example.com/?a=1", (5, 10, "write what follows a `?` into `path`")),
    ("env.KEY", "env.KEY2", (6, 30, "the variable KEY2 is not set: set it in the server's environment")),
    ("env.KEY", "lock.nam", (6, 30, "`${{ lock.nam }}` is not known here")),
    ("Authorization:", "Host:", (6, 15, "`Host` is no header that a profile may set")),
    ("success: [201]", "success: [2o1]", (7, 99, "`success` must be a list of statuses such as 200")),
    ("success: [201]", "success: [302]", (7, 98, "`success` has a redirect: none is followed")),
    ("body.state == 'taken'", "body.state = 'taken'", (7, 111, "`busy` is no expression of CEL: character 12")),
    ("body.state == 'taken'", "statuss == 200", (7, 111, "undeclared reference to 'statuss'")),
    ("body.state == 'taken'", "status + 1", (7, 111, "`busy` must be true or false, and this is int")),
    ("method: POST", "method: STEAL", (7, 23, "`method` must be")),
    ("success: body.by == lock.owner", "success: [200]", (8, 14, "`inspect` must tell whose lock it is")),
    ("    release:", "    relaese:", (9, 5, "unknown key `relaese`: did you mean `release`?")),
    ("    acquire:", "    timeout: 31s\n    acquire:", (7, 14, "`timeout` is at most 30s")),
    ("    acquire:", "    ttl: 5s\n    acquire:", (7, 10, "`ttl` is at least 10s")),
    ("    acquire:", "    renew: {method: POST}\n    acquire:", (7, 5, "`renew` needs `ttl`")),
    ('body: {by: "${{ lock.owner }}"}', "body: '{\"by\": ${{ lock.owner }}'", (7, 62, "`body` is not JSON once it is filled in")),
    ("version: 1", "version: 2", (1, 10, "`version` must be 1")),
]  # fmt: skip


REDIS = """\
version: 1
services:
  cache:
    type: redis
    url: redis://redis.example.com:6379/2
    password: ${{ env.KEY }}
"""


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("redis://redis", "http://redis", (5, 10, "`url` must begin with redis:// or rediss://")),
        ("6379/2", "6379/two", (5, 10, "`url` is `redis://HOST:PORT` or")),
        ("6379/2", "6379/${{ lock.name }}", (5, 10, "`url` is `redis://HOST:PORT` or")),
        ("redis://redis", "redis://:pw@redis", (5, 10, "write them as `username` and `password`")),
        ("    password: ${{ env.KEY }}", "    username: me", (6, 5, "`username` needs `password`")),
        ("    password:", "    headers: {}\n    password:", (6, 5, "unknown key `headers`")),
    ],
)
def test_a_mistake_of_a_redis_profile_is_told_by_its_place(was, now, said):
    assert told(REDIS) == []
    found = told(REDIS.replace(was, now))
    places = [(line, column) for line, column, message in found if said[2] in message]
    assert places == [said[:2]], found


@pytest.mark.parametrize(("was", "now", "said"), MISTAKES, ids=[m[2][2][:40] for m in MISTAKES])
def test_a_mistake_is_told_by_its_place(was: str, now: str, said: tuple[int, int, str]):
    assert was in GOOD
    found = told(GOOD.replace(was, now, 1))
    places = [(line, column) for line, column, message in found if said[2] in message]
    assert places == [said[:2]], found


def test_a_wrong_file_ends_the_start_with_its_name_and_every_place(tmp_path: Path):
    file = tmp_path / "services.yaml"
    file.write_text(GOOD.replace("type: http", "type: htp").replace("version: 1", "version: 2"))
    with pytest.raises(SettingsError) as caught:
        Settings.load({"STAGELOCK_LOCK_SERVICES": str(file), "KEY": SECRET})

    first, second = caught.value.problems
    assert first.startswith(f"STAGELOCK_LOCK_SERVICES names a file with mistakes: {file}:1:10: ")
    assert f"{file}:4:11: `type` must be `http` or" in second
    assert SECRET not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        Settings.load({"STAGELOCK_LOCK_SERVICES": str(tmp_path / "none.yaml")})


def test_the_settings_count_what_the_profiles_hold_among_their_secrets(tmp_path: Path):
    file = tmp_path / "services.yaml"
    file.write_text(GOOD)
    found = Settings.load({"STAGELOCK_LOCK_SERVICES": str(file), "KEY": SECRET})

    assert SECRET in {secret.reveal() for secret in found.secrets()}
    assert SECRET not in repr(found)


HOSTILE = {
    "(a+)+$ on many a": ("body.matches('(a+)+$')", "a" * 60_000 + "b"),
    "nested macros": ("body.all(x, body.all(y, body.all(z, true)))", [1] * 2_000),
    "deeply nested": ("has(body.a.a.a)", None),
    "a huge number": ("body.n == 5", {"n": 10**3000}),
    "infinity": ("body.n == 5", {"n": float("inf")}),
    "a list instead of a mapping": ("body.owner == lock.owner", [1, 2]),
    "a text instead of a mapping": ("body.owner == lock.owner", "owner"),
    "nothing": ("body.owner == lock.owner", None),
    "a key that is not there": ("body.owner == lock.owner", {}),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_answers_cost_no_time_and_are_no_success(case: str):
    text, body = HOSTILE[case]
    if case == "deeply nested":
        inner: dict = {}
        body = inner
        for _ in range(20_000):
            inner["a"] = inner = {}
    expression = Expression(text)
    began = time.process_time()
    assert expression.holds(Reply(200, {}, body), ASKED) is False
    assert time.process_time() - began < 5


def test_an_expression_that_is_too_deep_is_refused_not_crashed_on():
    for text in ("(" * 5_000 + "1" + ")" * 5_000, "1" + " + 1" * 10_000, "[" * 10_000):
        with pytest.raises(BadExpression):
            Expression(text)


def test_who_may_use_a_profile():
    def why(known: ServicesKnown, resource: str = "e2e-env", owner: str = "acme", name: str = "j"):
        return refusal(known, ServiceUse(name, resource), GroupName("e2e-env"), owner)

    plain = {"j": ServiceTerms("j", "http")}
    narrow = {"j": ServiceTerms("j", "http", ("Acme",), ("e2e-*", "db"))}

    assert why(ServicesKnown(plain)) is None
    assert why(ServicesKnown(plain), name="k") == "unknown"
    assert why(ServicesKnown(plain, alone=False)) == "no-organization"
    assert why(ServicesKnown(plain), "other") == "resource"
    assert why(ServicesKnown(narrow, alone=False)) is None
    assert why(ServicesKnown(narrow), owner="evil") == "organization"
    assert why(ServicesKnown(narrow), "db") is None
    assert why(ServicesKnown(narrow), "db2") == "resource"


def test_a_group_of_the_organisation_may_use_the_resource_of_its_name():
    known = ServicesKnown({"j": ServiceTerms("j", "http")})
    shared = of_organization(5, "e2e-env")
    assert refusal(known, ServiceUse("j", "e2e-env"), shared, "acme") is None
    assert refusal(known, ServiceUse("j", "prod-db"), shared, "acme") == "resource"
