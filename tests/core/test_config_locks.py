"""`lock` as a mapping, named permits and `max-wait` in the file."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.config import parse
from app.core.config.organization import parse_organization
from app.core.model.group_names import spoken
from app.core.model.lock_requests import ALL
from app.core.model.names import GroupName, StageName
from app.core.model.organization_locks import Organization
from app.core.model.pipeline import LockGroup, Weight
from app.core.model.steps import Output
from app.core.state.organization_groups import defined, problems, qualified
from tests.core.world import parsed

FILE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
    lock: %s
locks:
  db: {permits: 3, max-wait: 20m}
  env: {permits: [e2e-1, e2e-2]}
"""


def read(lock, more=""):
    return parse((FILE % lock + more).encode())


@pytest.mark.parametrize(
    ("lock", "locks", "weights"),
    [
        ("db", ("db",), ()),
        ("[db, env]", ("db", "env"), ()),
        ("{db: 1}", ("db",), ()),
        (
            "{db: 2, env: all}",
            ("db", "env"),
            (Weight(GroupName("db"), 2), Weight(GroupName("env"), ALL)),
        ),
    ],
)
def test_a_lock_says_how_many_permits_it_takes(lock, locks, weights):
    stage = read(lock).pipeline.stages["dev"]
    assert (stage.locks, stage.weights) == (locks, weights)


NAMING = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    lock: %s
    steps: [{uses: yaml-set, with: {file: v.yaml, values: {host: "%s"}}}]
locks:
  db: {permits: 3}
  env: {permits: [e2e-1, e2e-2]}
"""


def test_a_value_may_name_the_permit_of_a_group_with_named_permits():
    found = parse((NAMING % ("[db, env]", "x-${{ lock.env }}.test")).encode())
    assert found.problems == ()
    assert found.pipeline is not None
    [step] = found.pipeline.stages[StageName("dev")].steps
    assert step.of_grants == ((Output("stages/dev/v.yaml", "host"), ("env",)),)


@pytest.mark.parametrize(
    ("lock", "word", "words", "suggestion"),
    [
        ("[db, env]", "lock.db", "the permits of that group have no names", "permits: [db-1]"),
        ("db", "lock.env", "this stage does not take that lock group", "lock: env"),
        ("env", "lock.enw", "did you mean `lock.env`?", "${{ lock.env }}"),
    ],
)
def test_a_value_names_no_other_group(lock, word, words, suggestion):
    [problem] = parse((NAMING % (lock, "${{ " + word + " }}")).encode()).problems
    assert (problem.code, problem.mark.line, problem.suggestion) == ("bad-template", 7, suggestion)
    assert words in problem.message


def test_permits_may_have_names_and_waiting_an_end():
    locks = read("db").pipeline.locks
    assert (locks["env"].permits, locks["env"].names) == (2, ("e2e-1", "e2e-2"))
    assert (locks["db"].permits, locks["db"].names) == (3, ())
    assert (locks["db"].max_wait, locks["env"].max_wait) == (timedelta(minutes=20), None)


@pytest.mark.parametrize(
    ("lock", "more", "words"),
    [
        ("{db: 4}", "", "`dev` takes 4 permits of `db`, which has 3 permits"),
        ("{env: 3}", "", "which has 2 permits"),
        ("{db: 0}", "", "must be from 1 to 1000"),
        ("{db: most}", "", "a whole number from 1 to 1000"),
        ("{nowhere: 1}", "", "there is no lock group `nowhere`"),
        ("db", "  x: {permits: []}\n", "`permits`"),
        ("db", "  x: {permits: [A]}\n", "cannot name a permit"),
        ("db", "  x: {permits: [a, a]}\n", "stands in `permits` twice"),
        ("db", "  x: {max-wait: 0s}\n", "max-wait"),
    ],
)
def test_what_is_wrong_is_said(lock, more, words):
    messages = [problem.message for problem in read(lock, more).problems]
    assert any(words in message for message in messages), messages


SERVED = FILE % "db" + "  floor: {service: %s}\n"


@pytest.mark.parametrize(
    ("service", "use"),
    [
        ("mutex", ("mutex", "floor")),
        ("{name: mutex}", ("mutex", "floor")),
        ("{name: mutex, resource: teams/shop e2e}", ("mutex", "teams/shop e2e")),
    ],
)
def test_a_lock_group_names_a_service_and_what_to_lock_there(service, use):
    found = parsed(SERVED % service).locks[GroupName("floor")].service
    assert found is not None
    assert (found.name, found.resource) == use


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("[mutex]", "wrong-type"),
        ("5", "wrong-type"),
        ("Mutex", "bad-name"),
        ("https://evil.example/", "bad-name"),
        ("{resource: x}", "missing-key"),
        ("{name: mutex, resource: a/../b}", "wrong-value"),
        ("{name: mutex, url: x}", "unknown-key"),
        ('{name: mutex, resource: "a\\nb"}', "wrong-value"),
    ],
)
def test_a_service_is_a_name_and_a_plain_resource(service, code):
    assert [p.code for p in parse((SERVED % service).encode()).problems] == [code]


ELSEWHERE = """\
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages:
  dev:
    path: stages/dev
    steps: [{uses: copy, with: {from: apps/web, to: web}}]
    lock: {env: 4}
locks:
  env: %s
"""


def test_a_group_of_the_organisation_is_only_named_here():
    found = parse((ELSEWHERE % "{scope: organization}").encode())
    assert found.problems == ()
    assert found.pipeline is not None
    assert found.pipeline.locks[GroupName("env")].scope == "organization"


MORE = [
    "permits: 4",
    "max-hold: 1h",
    "max-wait: 1h",
    "environments: [e2e]",
    "refs: [main]",
    "service: {name: x}",
]


@pytest.mark.parametrize("more", MORE)
def test_scope_organization_stands_alone(more):
    text = ELSEWHERE % f"{{scope: organization, {more}}}"
    [problem] = parse(text.encode()).problems
    assert (problem.code, problem.mark.line) == ("combination", 9)
    assert "takes no" in problem.message


def test_the_organisations_own_file_defines_groups():
    text = b"version: 1\nlocks:\n  env: {permits: [a, b], max-hold: 1h}\n  db:\n"
    groups = parse_organization(text).groups
    assert groups is not None
    env, db = groups
    assert (env.name, env.permits, env.names) == ("env", 2, ("a", "b"))
    assert (db.name, db.permits, db.max_hold) == ("db", 1, timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "missing-key"),
        (b"[]\n", "wrong-type"),
        (b"version: 2\nlocks: {a: {}}\n", "wrong-value"),
        (b"version: 1\n", "missing-key"),
        (b"version: 1\nlocks: {a: {scope: organization}}\n", "unknown-key"),
        (b"version: 1\nlocks: {A: {}}\n", "bad-name"),
        (b"version: 1\nstages: {}\nlocks: {a: {}}\n", "unknown-key"),
    ],
)
def test_what_is_wrong_in_it_makes_it_invalid(text, code):
    found = parse_organization(text)
    assert found.groups is None
    assert code in {problem.code for problem in found.problems}


def test_what_the_organisation_does_not_have_is_told_at_the_group():
    found = parsed(ELSEWHERE % "{scope: organization}")
    there = Organization(5, "acme", (LockGroup(GroupName("env"), permits=2),))

    assert problems(found, replace(there, unknown="not now")) == ()
    [heavy] = problems(found, there)
    assert "takes 4 permits of `env`, which has 2" in heavy.message
    [gone] = problems(found, replace(there, groups=()))
    assert (gone.code, gone.mark.line) == ("undefined-name", 9)
    [user] = problems(found, replace(there, is_one=False, unknown="x"))
    assert "acme is no organisation" in user.message


def test_the_same_name_in_two_organisations_is_two_groups():
    found = parsed(ELSEWHERE % "{scope: organization}")
    here, there = qualified(found, 5), qualified(found, 6)
    assert here.stages[StageName("dev")].locks != there.stages[StageName("dev")].locks
    assert [spoken(name) for name in here.locks] == ["env"]
    known = Organization(5, "acme", (LockGroup(GroupName("env"), permits=4),))
    assert [lock.permits for lock in defined(here, known).locks.values()] == [4]
    assert [lock.permits for lock in defined(there, known).locks.values()] == [0]
