"""The names that git forbids in trees, and those that only look like them."""

import pytest

from app.core.model.git_names import is_forbidden
from app.core.paths.canonical import path_error

# By the tables of git's own t1450 (fsck) and t0060 (path-utils), and its documentation of fsck.
FORBIDDEN = [
    b"",
    b".",
    b"..",
    b"a/b",
    b"a\0b",
    b".git",
    b".GIT",
    b".git.",
    b".git ",
    b".git. .",
    b".git::$INDEX_ALLOCATION",
    b".git:alternate-stream",
    b".git\\config",
    b"a\\.git",
    b"a\\b\\git~1",
    b"git~1",
    b"GIT~1 . ",
    ".g\u200cit".encode(),
    "\u200e.git".encode(),
    ".gi\ufefft\u202e".encode(),
    b".git\xff",
]
ALLOWED = [
    b"git",
    b".github",
    b".gitignore",
    b".gitmodules",
    b".gitx",
    b"git~2",
    b"git~10",
    b"...",
    b". .git",
    b" .git",
    b".git-x",
    b"x.git",
    b"git:1",
    b"a:.git",
    ".g\u200bit".encode(),
    b".g\xe2\x80it",
    b"\xff.git",
    ".gıt".encode(),
    b"a\\b",
    "é".encode(),
]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_name_that_some_file_system_takes_for_gits_own_is_forbidden(name):
    assert is_forbidden(name)


@pytest.mark.parametrize("name", ALLOWED)
def test_a_name_that_only_looks_like_one_is_allowed(name):
    assert not is_forbidden(name)


@pytest.mark.parametrize(
    "path", ["a/.git./b", ".git ", "x/.git::$INDEX_ALLOCATION", ".g\u200cit/hooks", "a/git~1"]
)
def test_the_pipeline_file_names_none_of_them(path):
    assert path_error(path) == "paths hold no `.git`, nor what a file system takes for it"


def test_paths_below_github_are_ordinary_ones():
    assert path_error(".github/workflows/ci.yml") is None
