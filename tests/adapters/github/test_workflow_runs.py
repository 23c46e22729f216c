"""What a workflow run of GitHub's tells of where its head is."""

import pytest

from app.github.environments import workflow_run


@pytest.mark.parametrize(("head", "foreign"), [({"id": 1}, False), ({"id": 2}, True), (None, True)])
def test_a_run_whose_head_is_in_a_fork_or_in_a_deleted_one_is_foreign(head, foreign):
    found = workflow_run({"id": 5, "repository": {"id": 1}, "head_repository": head})
    assert found.foreign is foreign
