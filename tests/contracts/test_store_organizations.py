"""Groups of an organisation in the store: one queue over repositories, and who sees what."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.model.group_names import of_organization
from app.core.model.names import Sha
from app.core.model.organization_locks import OrganizationFile
from app.core.model.repository_change import RepoChange, RepoRecord
from app.core.model.shared_queues import NEAR, SharedQueue
from app.errors import Conflict
from tests.contracts.facts import AT, LEASE, freight

SHARED = of_organization(5, "e2e")
LATER = AT + timedelta(minutes=1)


def due(store):
    """What is due is taken up, and given back: the keys."""
    found = set()
    while (claim := store.work.claim("worker", LEASE)) is not None:
        found.add(claim.key)
        store.work.finish(claim, None)
    return found


def claimed(store, key):
    """A claim on *key*, whatever else was due."""
    due(store)
    store.work.touch(key)
    claim = store.work.claim("worker", LEASE)
    assert claim.key == key
    return claim


@pytest.fixture
def ask(store):
    """Ask for groups as a stage of a repository; the request."""

    def asked(repo_id, *groups, stage="e2e"):
        store.repos.add(RepoRecord(repo_id, "acme", f"r{repo_id}", 3))
        claim = claimed(store, f"repo-{repo_id}")
        try:
            return store.locks.request(
                claim,
                repo_id=repo_id,
                repo_name=f"acme/r{repo_id}",
                stage=stage,
                promotion=f"p-{repo_id}-{stage}",
                freight=freight(),
                groups=groups,
                at=AT,
            )
        finally:
            store.work.finish(claim, None)

    return asked


def granted(store, request, permits=1):
    claim = claimed(store, f"repo-{request.repo_id}")
    try:
        free = dict.fromkeys(request.groups, permits)
        return store.locks.grant(claim, request.id, free, LATER)
    finally:
        store.work.finish(claim, None)


def test_one_queue_over_repositories_and_own_groups_of_one_name_apart(store, ask):
    first, second = ask(7, SHARED, "e2e"), ask(8, SHARED, "e2e")
    held = granted(store, first)
    assert held.state == "held"
    with pytest.raises(Conflict, match="e2e is held by 1"):
        granted(store, second)
    own = ask(9, "e2e")
    assert granted(store, own).state == "held"  # the same name, a group of its own


def test_an_end_wakes_who_waits_in_another_repository_in_its_transaction(store, ask):
    first = granted(store, ask(7, SHARED))
    ask(8, SHARED)
    claim = claimed(store, "repo-7")
    assert due(store) == set()
    store.locks.end(claim, first.id, "released", "why", LATER)
    assert due(store) == {"repo-8"}
    store.work.finish(claim, None)


def test_an_end_wakes_at_once_who_comes_next_and_within_a_minute_who_moves_up(store, ask):
    """rules L5 and L6: with hundreds waiting, whoever is next is not looked at after all of them."""
    first = granted(store, ask(7, SHARED))
    for number in (8, 9, 10):
        ask(number, SHARED)
    claim = claimed(store, "repo-7")
    store.locks.end(claim, first.id, "released", "why", LATER)
    assert due(store) == {"repo-8"}
    assert later(store, ("repo-9", "repo-10")) == {"repo-9", "repo-10"}
    store.work.finish(claim, None)


def later(store, keys):
    """Those of *keys* that are due within a minute, and not yet."""
    now = store.database.sql("{now}")
    query = text(f"SELECT key, run_at - {now} FROM work WHERE run_at IS NOT NULL")
    with store.database.read("read what is due") as connection:
        rows = connection.execute(query).all()
    return {key for key, left in rows if key in keys and 0 < left <= 60_000_000}


def test_tokens_rise_over_all_repositories(store, ask):
    first = granted(store, ask(7, SHARED))
    claim = claimed(store, "repo-7")
    store.locks.end(claim, first.id, "forced", "why", LATER, "mia")
    second = granted(store, ask(8, SHARED))
    assert second.tokens[SHARED] > first.tokens[SHARED] + 1
    known = store.organizations.beside(9, [SHARED]).groups
    assert {group: record.token for group, record in known.items()} == second.tokens


def test_others_are_told_without_a_name_unless_the_repository_is_public(store, ask):
    request = granted(store, ask(7, SHARED, "mine"))
    store.repos.add(RepoRecord(8, "acme", "r8", 3, public=True))
    ask(8, SHARED)

    secret, known = store.organizations.beside(9, [SHARED, "mine"]).requests
    assert (secret.repo_name, secret.name, secret.owner) == ("", "", "acme")
    assert (secret.groups, secret.tokens) == ((SHARED,), {SHARED: request.tokens[SHARED]})
    assert (known.repo_name, known.name, known.state) == ("acme/r8", "e2e", "queued")
    assert "r7" not in repr(secret)
    assert [one.repo_id for one in store.organizations.beside(7, [SHARED]).requests] == [8]
    assert {one.repo_id for one in store.history.load(7).requests} == {7}


def test_of_a_long_queue_a_look_reads_who_holds_who_comes_next_and_the_places_of_its_own(
    store, ask
):
    """However many wait, a look costs the same and says the same."""
    held = granted(store, ask(7, SHARED))
    ahead = [ask(8, SHARED, stage=f"s{n}") for n in range(30)]
    mine = ask(9, SHARED)
    ask(8, SHARED, stage="after")
    beside = store.organizations.beside(9, [SHARED])
    assert [request.id for request in beside.requests] == [
        held.id,
        *(one.id for one in ahead[:NEAR]),
    ]
    assert beside.queues == {SHARED: SharedQueue(32, {mine.id: 31})}

    store.repos.change(8, RepoChange(unavailable="it is archived"))
    beside = store.organizations.beside(9, [SHARED])
    assert [request.id for request in beside.requests] == [held.id], (
        "who cannot take a turn is passed"
    )
    assert beside.queues == {SHARED: SharedQueue(1, {mine.id: 1})}
    assert store.organizations.beside(10, [SHARED]).queues == {SHARED: SharedQueue(1, {})}
    assert store.organizations.beside(8, [SHARED]).queues[SHARED].of == 32, "it meets its own"


def test_what_a_look_found_of_the_file_wakes_the_others_where_it_is_news(store):
    for number in (7, 8):
        store.repos.add(RepoRecord(number, "acme", f"r{number}", 3))
    claim = claimed(store, "repo-7")
    file = OrganizationFile(5, 7, "valid", Sha("a" * 40), b"version: 1\n")
    assert store.organizations.file(5) is None
    assert store.organizations.put(claim, file, [8])
    assert store.organizations.file(5) == file
    assert due(store) == {"repo-8"}
    assert not store.organizations.put(claim, file, [8])
    assert due(store) == set()
    store.work.finish(claim, None)
    with pytest.raises(Conflict):
        store.organizations.put(claim, OrganizationFile(5, 7, "absent"), [8])


def test_who_waits_where_nobody_looks_is_passed_and_keeps_the_place(store, ask):
    held, away, next_one = ask(7, SHARED), ask(8, SHARED), ask(9, SHARED)
    granted(store, held)
    store.repos.change(8, RepoChange(unavailable="it is archived"))
    claim = claimed(store, "repo-7")
    store.locks.end(claim, held.id, "released", "why", LATER)
    store.work.finish(claim, None)
    assert [request.repo_id for request in store.organizations.beside(10, [SHARED]).requests] == [9]
    last = ask(7, SHARED, stage="again")
    first = granted(store, next_one)
    assert first.state == "held"

    store.repos.change(8, RepoChange(unavailable=""))
    claim = claimed(store, "repo-9")
    store.locks.end(claim, first.id, "released", "why", LATER)
    store.work.finish(claim, None)
    with pytest.raises(Conflict, match="1 request is before us"):
        granted(store, last)
    assert granted(store, away).state == "held"


def test_what_is_held_where_nobody_looks_still_blocks(store, ask):
    held, waits = ask(7, SHARED), ask(8, SHARED)
    granted(store, held)
    store.repos.change(7, RepoChange(unavailable="it is archived"))
    with pytest.raises(Conflict, match="e2e is held by 1"):
        granted(store, waits)
