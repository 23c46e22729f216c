"""Where the App is installed, and what GitHub said of it, on every database."""

from app.core.model.installations import InstallationFact
from app.ports.installs import Standing

ACME = InstallationFact(
    3, "acme", False, {"contents": "write"}, "https://github.example/x", ("statuses: read",)
)


def test_an_installation_comes_back_as_it_was_put(store):
    assert store.installs.get(3) is None

    assert store.installs.put(ACME)

    assert store.installs.get(3) == ACME
    assert list(store.installs.all()) == [ACME]


def test_only_other_permissions_are_news(store):
    store.installs.put(ACME)

    assert not store.installs.put(ACME)
    renamed = InstallationFact(3, "acme-new", True, ACME.permissions)
    assert not store.installs.put(renamed)
    assert store.installs.get(3) == renamed
    assert store.installs.put(InstallationFact(3, "acme-new", True, {"contents": "read"}))


def test_what_is_installed_no_more_is_forgotten(store):
    for number in (1, 2, 3):
        store.installs.put(InstallationFact(number, "acme", False))

    store.installs.only([2])

    assert [one.id for one in store.installs.all()] == [2]


def test_answers_are_counted_and_a_refusal_keeps_what_was_known(store):
    assert store.installs.standing() is None
    store.installs.refused("401")
    assert store.installs.standing() is None

    store.installs.answered(Standing(42, "stagelock", 1, 3, refused="ignored", answers=9))
    store.installs.answered(Standing(42, "stagelock", 2, 4))
    assert store.installs.standing() == Standing(42, "stagelock", 2, 4, "", 2)

    store.installs.refused("401 again")
    assert store.installs.standing() == Standing(42, "stagelock", 2, 4, "401 again", 2)


def test_the_database_can_be_weighed(store):
    assert store.size() > 10_000
