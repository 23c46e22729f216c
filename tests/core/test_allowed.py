"""What a stage needs of the App's permissions, level by level."""

import pytest

from app.core.gates.permissions import covers, spelled
from app.core.model.installations import InstallationFact
from app.core.text.installation import line


@pytest.mark.parametrize(
    ("granted", "level", "enough"),
    [
        ({}, "read", False),
        ({"contents": "none"}, "read", False),
        ({"contents": "read"}, "read", True),
        ({"contents": "read"}, "write", False),
        ({"contents": "write"}, "read", True),
        ({"contents": "admin"}, "write", True),
        ({"contents": "a new word"}, "read", False),
    ],
)
def test_a_level_covers_those_below_it(granted, level, enough):
    assert covers(granted, "contents", level) is enough


def test_permissions_are_spelled_as_githubs_pages_do():
    assert spelled("pull_requests", "write") == "pull requests: write"


def test_the_line_counts_and_names_what_is_lacking_where_names_may_be_told():
    lacking = InstallationFact(9, "acme", False, {}, "https://gh.example/9", ("contents: write",))
    whole, asleep = InstallationFact(8, "lib", False), InstallationFact(7, "old", True)

    assert line("stagelock", 42, 1, [whole], with_file="1", named=True) == (
        "App stagelock (42): 1 organisation, 1 repository, 1 with stagelock.yaml; "
        "permissions complete"
    )
    assert line("stagelock", 42, 3, [whole, lacking, asleep]) == (
        "App stagelock (42): 2 organisations, 3 repositories; "
        "lacks contents: write in installation 9"
    )
    assert line("stagelock", 42, 0, [lacking], named=True).endswith(
        "; lacks contents: write in acme (https://gh.example/9)"
    )
    assert line("stagelock", 42, 0, []) == (
        "App stagelock (42): 0 organisations, 0 repositories; install it on an organisation"
    )


def test_of_many_that_lack_something_three_are_named():
    many = [InstallationFact(n, f"o{n}", False, lacks=("contents: write",)) for n in range(5)]

    assert line("s", 1, 5, many).endswith("installation 2; and 2 more")
