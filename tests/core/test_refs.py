"""`refs` of a lock group: globs of branches and tags by their short names."""

import pytest

from app.core.config import parse
from app.core.config.organization import parse_organization
from app.core.model.names import GroupName
from tests.core.locking import GUARDED
from tests.core.world import parsed


def file(refs):
    return (GUARDED % "[e2e]").replace("permits: 1", f"permits: 1, refs: {refs}").encode()


def test_refs_of_a_lock_group_are_globs_of_short_names():
    found = parse(file("[main, 'release/*', 'hotfix/**']"))
    assert found.problems == ()
    assert found.pipeline is not None
    assert found.pipeline.locks[GroupName("env")].refs == ("main", "release/*", "hotfix/**")
    assert parsed(GUARDED % "[e2e]").locks[GroupName("env")].refs == ()
    shared = parse_organization(b"version: 1\nlocks:\n  env: {refs: [main]}\n")
    assert shared.groups is not None
    assert shared.groups[0].refs == ("main",)


@pytest.mark.parametrize(
    ("refs", "words"),
    [
        ("[]", "`refs`"),
        ("main", "`refs`"),
        ("['']", "`refs`"),
        ("[refs/heads/main]", "without `refs/heads/`"),
        ("['regex:.*']", "not by `regex:`"),
        ("['!main']", "is not an exclusion"),
        ("['v**']", "stands alone between slashes"),
        ("['release/']", "Git does not allow this"),
    ],
)
def test_refs_that_name_no_branch_or_tag_are_refused(refs, words):
    found = parse(file(refs))
    assert found.pipeline is None
    assert any(words in problem.message for problem in found.problems), found.problems
    ours = f"version: 1\nlocks:\n  env: {{refs: {refs}}}\n"
    assert parse_organization(ours.encode()).groups is None


def test_refs_stand_where_the_group_is_defined_and_not_beside_the_reference_to_it():
    text = file("[main]").replace(b"permits: 1, ", b"scope: organization, ")
    found = parse(text)
    assert any("`scope: organization` takes no `refs`" in p.message for p in found.problems)
