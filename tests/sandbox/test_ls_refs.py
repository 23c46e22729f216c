"""Which refs there are: what we answer is what git answers, byte for byte, or it is git that answers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from app.sandbox.serve.ls_refs import listed
from tests.sandbox.support import git

CAPABILITIES = (b"agent=git/2.39.5", b"object-format=sha1")


def packed(*lines: bytes) -> bytes:
    return b"".join(b"%04x%b\n" % (len(line) + 5, line) for line in lines)


def question(*arguments: bytes, command: bytes = b"command=ls-refs") -> bytes:
    return packed(command, *CAPABILITIES) + b"0001" + packed(*arguments) + b"0000"


def git_says(folder: Path, body: bytes) -> bytes:
    words = ["git", "upload-pack", "--stateless-rpc", str(folder)]
    env = {**os.environ, "GIT_PROTOCOL": "version=2"}
    return subprocess.run(words, input=body, capture_output=True, check=True, env=env).stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Branches, a packed one, tags of both kinds, a ref of ours; HEAD names a branch."""
    git("init", "-q", "-b", "main", tmp_path / "work")
    work = tmp_path / "work"
    git("commit", "-q", "--allow-empty", "-m", "First", cwd=work)
    git("branch", "a/b", cwd=work)
    git("tag", "light", cwd=work)
    git("tag", "-am", "A tag", "heavy", cwd=work)
    git("pack-refs", "--all", cwd=work)
    git("commit", "-q", "--allow-empty", "-m", "Second", cwd=work)
    git("branch", "a-b", cwd=work)
    git("branch", "größer", cwd=work)
    git("update-ref", "refs/stagelock/locks/x", "heavy", cwd=work)
    return work / ".git"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (b"peel", b"symrefs"),
        (b"peel", b"symrefs", b"unborn", b"ref-prefix HEAD", b"ref-prefix refs/heads/"),
        (b"symrefs", b"ref-prefix refs/tags/"),
        (b"peel", b"ref-prefix refs/heads/a", b"ref-prefix refs/stagelock/locks/"),
        (b"ref-prefix refs/none/",),
    ],
)
def test_the_answer_is_gits_byte_for_byte(folder, arguments):
    asked = question(*arguments)
    assert listed(folder, asked) == git_says(folder, asked)


def test_without_capabilities_too(folder):
    asked = packed(b"command=ls-refs") + b"0001" + packed(b"peel") + b"0000"
    assert listed(folder, asked) == git_says(folder, asked)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"0000",
        b"zzzz",
        question(b"want " + b"0" * 40, command=b"command=fetch"),
        question(b"something-new"),
        question()[:-4],
        question() + b"0000",
        packed(b"command=ls-refs", b"object-format=sha256") + b"00010000",
        packed(b"command=ls-refs", b"something-new") + b"00010000",
    ],
)
def test_what_is_no_such_question_is_gits(folder, body):
    assert listed(folder, body) is None


def test_a_repository_without_commits_is_gits(tmp_path):
    git("init", "-q", "--bare", tmp_path / "empty")
    assert listed(tmp_path / "empty", question(b"symrefs", b"unborn")) is None


def test_symbolic_and_broken_refs_are_gits(folder):
    git("symbolic-ref", "refs/heads/alias", "refs/heads/main", cwd=folder)
    assert listed(folder, question()) is None
    (folder / "refs" / "heads" / "alias").write_text("1" * 40 + "\n")
    assert listed(folder, question()) is None
