"""No folder of the machine that Stagelock runs on is a remote, however its path is spelt."""

import random
from datetime import UTC, datetime

import pytest

from app.core.model.facts import Identity
from app.core.model.names import Repo
from app.gitplumbing import run
from app.gitplumbing.remote import Remote

REPO = Repo(7, "acme", "web", 1)
BOT = Identity("Stagelock", "bot@example.org")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_no_folder_of_the_machine_is_a_remote(origin, tmp_path):
    """Whoever could make us look at one would read what the server's user may read."""
    origin.commit({"f": b"1"})
    listed = run("ls-remote", origin.path.as_uri(), folder="/")

    assert listed.code != 0
    assert b"not allowed" in listed.err
    assert Remote(str(origin.path), "acme/web").branches()


@pytest.mark.parametrize("seed", range(20))
def test_however_a_folder_is_spelt_it_is_no_remote(origin, seed):
    tip = origin.commit({"f": b"1"})
    draw = random.Random(f"spelt {seed}")
    path = "".join(
        f"{draw.choice(('/', '//', '/./', '/x/../'))}{part}" for part in origin.path.parts[1:]
    )
    spelt = draw.choice(("file://{}", "file://localhost{}", "{}", "{}/", "../../../../../..{}"))
    wanted = spelt.format(path)

    for words in (
        ["ls-remote", wanted],
        ["fetch-pack", "--all", wanted],
        ["archive", f"--remote={wanted}", "main"],
    ):
        told = run(*words, folder=str(origin.path.parent))

        assert told.code != 0, wanted
        assert str(tip).encode() not in told.out
