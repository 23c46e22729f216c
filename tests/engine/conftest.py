import pytest

from tests.engine.sweeping import House
from tests.stores import sqlite_store


@pytest.fixture
def store(tmp_path):
    store = sqlite_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def house(store):
    return House(store)


@pytest.fixture
def settled(house):
    """Both repositories are known and nothing is due."""
    house.run()
    house.remember_tips()
    house.due()
    house.outside.asked_tips.clear()
    return house
