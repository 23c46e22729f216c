"""What reading folders costs: each one once, small or large."""

from __future__ import annotations

from pathlib import Path

import pygit2
import pytest

from app.core.model.names import Sha
from app.git.trees import FILE, TREE, Entry, Trees


@pytest.mark.parametrize("files", [10, 5_000])
def test_a_folder_is_read_once_however_many_of_its_paths_are_asked_for(tmp_path: Path, files: int):
    repo = pygit2.init_repository(tmp_path / "r", bare=True)
    read: list[str] = []

    def content(tree: str) -> bytes:
        read.append(tree)
        return bytes(repo[tree].read_raw())

    trees = Trees(repo, content)
    blob = Entry(FILE, Sha(str(repo.create_blob(b"x"))))
    below = trees.write({b"%06d" % at: blob for at in range(files)})
    root = trees.write({b"all": Entry(TREE, below)})

    for at in range(files):
        assert trees.find(root, b"all/%06d" % at) == blob
    assert read == [root, below]


def test_what_is_forgotten_for_want_of_room_is_read_again(tmp_path: Path):
    repo = pygit2.init_repository(tmp_path / "r", bare=True)
    trees = Trees(repo, lambda tree: bytes(repo[tree].read_raw()))
    blob = Entry(FILE, Sha(str(repo.create_blob(b"x"))))
    wide = [{b"%d-%06d" % (one, at): blob for at in range(90_000)} for one in range(3)]
    written = [trees.write(folder) for folder in wide]

    assert [trees.read(tree) for tree in (*written, *written)] == [*wide, *wide]
