"""Errors of every kind hit every call: each that goes out passes the place where faults go off."""

import ast
import inspect
import textwrap

import pytest

from app.errors import Conflict, Denied, Missing, Rejected, Transient
from app.ports import Forge
from tests.simulation.faults import Faults
from tests.simulation.forge import SimForge
from tests.simulation.mirror import SimMirrors, SimRepo

KEPT = {"app_id", "app_slug"}
"""Asked of GitHub once a process."""
CALLS = sorted(
    name
    for name in vars(Forge)
    if not name.startswith("_") and name in vars(SimForge) and name not in KEPT
)
KINDS = {
    "502": Transient,
    "limit": Transient,
    "denied": Denied,
    "rejected": Rejected,
    "conflict": Conflict,
    "missing": Missing,
}


def passes(method) -> bool:
    """It calls ``before`` of the faults, or what does so for everything that writes."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(method)))
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return bool(called & {"before", "_write"})


@pytest.mark.parametrize("name", CALLS)
def test_each_call_to_github_does(name):
    assert passes(getattr(SimForge, name))


@pytest.mark.parametrize("method", [SimRepo.fetch, SimRepo.push, SimMirrors.ls_remote])
def test_each_call_to_the_git_server_does(method):
    assert passes(method)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", ["forge.pull", "git.push"])
def test_each_kind_of_error_goes_off_there(kind, call):
    if (kind, call) == ("limit", "git.push"):
        return  # GitHub's limits are of its API
    faults = Faults()
    faults.arm(kind, 0)
    with pytest.raises(KINDS[kind]):
        faults.before(call, writes=False)
