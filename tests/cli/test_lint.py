"""`stagelock lint`: what it prints and how it exits."""

from __future__ import annotations

import json

import pytest

from tests.cli.running import git, stagelock

FINE = "version: 1\nwarehouses:\n  web: {paths: [apps/web]}\nstages:\n  dev: {path: stages/dev}\n"
BAD = FINE.replace("paths", "pahts", 1) + "  e2e: {needs: [dve], path: stages/e2e}\n"


@pytest.fixture
def repo(tmp_path):
    """A work tree with a valid, committed pipeline file on `trunk`."""
    git("init", "-b", "trunk", cwd=tmp_path)
    (tmp_path / "stagelock.yaml").write_text(FINE)
    git("add", ".", cwd=tmp_path)
    git("commit", "-m", "first", cwd=tmp_path)
    return tmp_path


def test_a_valid_file_is_fine_and_nothing_is_printed(tmp_path):
    (tmp_path / "stagelock.yaml").write_text(FINE)
    done = stagelock("lint", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_file_of_an_organizations_groups_is_known_by_its_name(tmp_path):
    file = tmp_path / "stagelock-locks.yaml"
    file.write_text("version: 1\nlocks:\n  e2e-env: {permits: 1}\n")
    done = stagelock("lint", file.name, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    file.write_text("version: 1\nlocks:\n  e2e-env: {permitz: 1}\n")
    done = stagelock("lint", file.name, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == [
        f"{file.name}:3:13: unknown key `permitz`: did you mean `permits`? (unknown-key)",
    ]


def test_each_problem_is_a_line_with_its_place_and_code(tmp_path):
    (tmp_path / "x.yaml").write_text(BAD)
    done = stagelock("lint", "x.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == [
        "x.yaml:3:9: unknown key `pahts`: did you mean `paths`? (unknown-key)",
        "x.yaml:6:17: there is no stage `dve`: did you mean `dev`? (undefined-name)",
    ]


def test_json_is_a_list_of_problems(tmp_path):
    (tmp_path / "x.yaml").write_text(BAD)
    done = stagelock("lint", "x.yaml", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)[0] == {
        "file": "x.yaml",
        "line": 3,
        "column": 9,
        "code": "unknown-key",
        "message": "unknown key `pahts`: did you mean `paths`?",
        "suggestion": "paths",
    }


def test_json_of_a_valid_file_is_an_empty_list(tmp_path):
    (tmp_path / "stagelock.yaml").write_text(FINE)
    done = stagelock("lint", "--format", "json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_a_note_does_not_change_the_exit_code(tmp_path):
    text = FINE.replace("{path: stages/dev}", "{branch: env, verify: {checks: [e2e]}}")
    (tmp_path / "stagelock.yaml").write_text(text)
    done = stagelock("lint", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith(b"stagelock.yaml:5:30: note: GitHub runs the workflows")


def test_a_note_beside_a_problem_changes_neither_the_exit_code_nor_the_list(tmp_path):
    text = BAD + '  own: {path: stages/own, verify: {checks: ["stagelock / dev"]}}\n'
    for name, content in (("noted.yaml", text), ("alone.yaml", FINE + text.splitlines()[-1])):
        (tmp_path / name).write_text(content)
        told = stagelock("lint", name, cwd=tmp_path)
        listed = stagelock("lint", name, "--format", "json", cwd=tmp_path)
        codes = [one["code"] for one in json.loads(listed.stdout)]
        assert codes == (["unknown-key", "undefined-name"] if content is text else [])
        assert told.returncode == listed.returncode == (1 if codes else 0)
        for words in (told.stdout, listed.stderr):
            assert words.count(b": note: ") == words.count(b"(own-check)") == 1
        assert b"own-check" not in listed.stdout


def test_each_key_beside_scope_organization_is_a_problem_of_its_own_place(tmp_path):
    keys = {
        "permits": "2",
        "max-hold": "1h",
        "max-wait": "10m",
        "service": "mutex",
        "refs": "[main]",
        "environments": "[e2e]",
    }
    groups = [f"  {key}: {{scope: organization, {key}: {value}}}\n" for key, value in keys.items()]
    (tmp_path / "x.yaml").write_text(FINE + "locks:\n" + "".join(groups))
    done = stagelock("lint", "x.yaml", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert [set(one) for one in found] == [
        {"file", "line", "column", "code", "message", "suggestion"}
    ] * len(keys)
    places = [(one["file"], one["line"], one["column"], one["code"]) for one in found]
    assert places == [
        ("x.yaml", 7 + n, group.index(f" {key}: ", 5) + 2, "combination")
        for n, (key, group) in enumerate(zip(keys, groups, strict=True))
    ]
    for key, one in zip(keys, found, strict=True):
        assert f"takes no `{key}`" in one["message"]


def test_a_missing_file_is_a_usage_error(tmp_path):
    done = stagelock("lint", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == (
        b"stagelock lint: there is no file stagelock.yaml; name one, or a repository by --repo\n"
    )


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_folder_that_is_no_repository_is_a_usage_error(tmp_path, name):
    done = stagelock("lint", "--repo", name, cwd=tmp_path)
    assert done.returncode == 2
    assert name.encode() in done.stderr


def test_a_folder_as_file_is_a_usage_error(tmp_path):
    done = stagelock("lint", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert b"cannot be read" in done.stderr


def test_repo_reads_the_work_tree(repo, tmp_path_factory):
    """What one is editing is judged, committed or not."""
    (repo / "stagelock.yaml").write_text(BAD)
    done = stagelock("lint", "--repo", str(repo), cwd=tmp_path_factory.mktemp("elsewhere"))
    assert done.returncode == 1
    assert done.stdout.decode().startswith(f"{repo}/stagelock.yaml:3:9: ")


def test_a_bare_repository_is_read_at_head(repo, tmp_path):
    git("clone", "--bare", str(repo), "bare.git", cwd=tmp_path)
    assert stagelock("lint", "--repo", "bare.git", cwd=tmp_path).returncode == 0
    (repo / "stagelock.yaml").write_text(BAD)
    git("commit", "-am", "second", cwd=repo)
    git("push", str(tmp_path / "bare.git"), "trunk", cwd=repo)
    done = stagelock("lint", "--repo", "bare.git", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(b"stagelock.yaml:3:9: ")


def test_a_bare_repository_without_commits_is_a_usage_error(tmp_path):
    git("init", "--bare", "bare.git", cwd=tmp_path)
    done = stagelock("lint", "--repo", "bare.git", cwd=tmp_path)
    assert done.returncode == 2
    assert b"there is no file stagelock.yaml" in done.stderr


def test_repo_knows_the_default_branch(repo):
    """Only with it can `branch: trunk` and a left-out branch be seen to be the same."""
    (repo / "stagelock.yaml").write_text(FINE + "  b: {path: stages/dev/b, branch: trunk}\n")
    assert stagelock("lint", cwd=repo).returncode == 0
    done = stagelock("lint", "--repo", ".", cwd=repo)
    assert done.returncode == 1
    assert b"stagelock.yaml:6:3: " in done.stdout
    assert b"(overlap)" in done.stdout


def test_a_clone_knows_its_servers_default_branch(repo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clones")
    git("clone", str(repo), "clone", cwd=folder)
    git("switch", "-c", "feature", cwd=folder / "clone")
    (folder / "clone" / "stagelock.yaml").write_text(
        FINE + "  b: {path: stages/dev/b, branch: trunk}\n"
    )
    assert stagelock("lint", "--repo", "clone", cwd=folder).returncode == 1


def test_git_settings_of_the_surroundings_do_not_mislead(repo, tmp_path, monkeypatch):
    """In a Git hook GIT_DIR is set, and would win over --repo."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert stagelock("lint", "--repo", str(repo), cwd=tmp_path).returncode == 0
