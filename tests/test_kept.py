"""The App's credentials in the data folder: for nobody else to read, whole or not at all."""

import os
import stat
from dataclasses import replace

import pytest

from app.settings import Settings, SettingsError, kept
from tests.kept import APP
from tests.keys import KEY

NAMES = {
    "STAGELOCK_APP_ID",
    "STAGELOCK_PRIVATE_KEY",
    "STAGELOCK_WEBHOOK_SECRET",
    "STAGELOCK_GITHUB_URL",
    "STAGELOCK_PUBLIC_URL",
}


def load(data_dir, **variables):
    environ = {f"STAGELOCK_{name}": value for name, value in variables.items()}
    return Settings.load({"STAGELOCK_DATA_DIR": str(data_dir), **environ})


def problem(data_dir, **variables):
    """Said to who must be the App, and to nobody else."""
    settings = load(data_dir, **variables)
    assert not settings.nameless
    with pytest.raises(SettingsError) as caught:
        settings.require_github()
    return "; ".join(caught.value.problems)


def test_what_was_kept_is_read_where_the_environment_says_nothing(tmp_path):
    assert load(tmp_path).nameless
    assert kept.keep(tmp_path, APP)

    settings = load(tmp_path)
    assert not settings.nameless
    assert settings.require_github().app_id == 4242
    assert settings.webhook_secrets == (APP.webhook_secret,)
    assert settings.github_api_url == "https://ghe.acme.example/api/v3"
    assert settings.public_url == APP.public_url
    assert settings.kept == NAMES
    assert settings.given == frozenset()


def test_the_environment_wins_and_it_can_be_asked_which_does(tmp_path):
    kept.keep(tmp_path, APP)

    settings = load(tmp_path, WEBHOOK_SECRET="new,old", PUBLIC_URL="https://other.example")
    assert [secret.reveal() for secret in settings.webhook_secrets] == ["new", "old"]
    assert settings.private_key == APP.private_key
    assert settings.public_url == "https://other.example"
    assert settings.given == {"STAGELOCK_WEBHOOK_SECRET", "STAGELOCK_PUBLIC_URL"}
    assert settings.kept == NAMES - settings.given


@pytest.mark.parametrize("more", [{}, {"GITHUB_URL": "https://github.com"}])
def test_where_the_environment_names_another_app_nothing_of_what_was_kept_counts(tmp_path, more):
    kept.keep(tmp_path, APP)

    settings = load(tmp_path, APP_ID="7", **more)
    assert settings.private_key is None
    assert settings.webhook_secrets == ()
    assert settings.kept == frozenset()


def test_another_github_than_that_of_the_app_that_was_kept_is_a_mistake_and_no_new_set_up(tmp_path):
    kept.keep(tmp_path, APP)

    said = problem(tmp_path, GITHUB_URL="https://github.com")
    assert "STAGELOCK_GITHUB_URL is https://github.com" in said
    assert f"{kept.file(tmp_path)} is one of https://ghe.acme.example" in said


@pytest.mark.parametrize(
    "same",
    ["https://GHE.acme.example/", "https://ghe.acme.example:443", "HTTPS://ghe.acme.example"],
)
def test_the_same_github_written_otherwise_is_the_same(tmp_path, same):
    kept.keep(tmp_path, APP)

    assert load(tmp_path, GITHUB_URL=same).app_id == APP.app_id


def test_files_and_folder_are_for_their_owner_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        kept.keep(tmp_path / "data", APP)
    finally:
        os.umask(before)

    file = kept.file(tmp_path / "data")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(("what", "mode"), [("file", 0o640), ("file", 0o604), ("folder", 0o750)])
def test_what_others_could_read_is_refused_with_what_to_do(tmp_path, what, mode):
    kept.keep(tmp_path, APP)
    path = kept.file(tmp_path) if what == "file" else kept.folder(tmp_path)
    path.chmod(mode)

    said = problem(tmp_path)
    assert f"{path} can be read by others" in said
    assert f"`chmod {'0600' if what == 'file' else '0700'} {path}`" in said
    assert "canary" not in said


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path):
    kept.keep(tmp_path / "elsewhere", APP)
    kept.folder(tmp_path).mkdir(mode=0o700)
    kept.file(tmp_path).symlink_to(kept.file(tmp_path / "elsewhere"))

    assert "cannot be read" in problem(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"app_id": 1}', '{"app_id": "x"}'])
def test_a_damaged_file_is_a_sentence_and_no_secret(tmp_path, content):
    kept.keep(tmp_path, APP)
    kept.file(tmp_path).write_text(content)

    said = problem(tmp_path)
    assert "does not hold an App's credentials" in said
    assert "remove it to set up anew" in said


def test_the_environment_alone_needs_no_folder(tmp_path):
    kept.keep(tmp_path, APP)
    kept.file(tmp_path).write_text("{")

    assert load(tmp_path, APP_ID="7", PRIVATE_KEY=KEY, WEBHOOK_SECRET="x").app_id == 7


def test_an_app_that_was_kept_is_never_replaced(tmp_path):
    assert kept.keep(tmp_path, APP)
    assert not kept.keep(tmp_path, replace(APP, app_id=1))

    assert load(tmp_path).app_id == 4242
    assert len(list(kept.folder(tmp_path).iterdir())) == 1


def test_a_folder_that_cannot_be_written_keeps_nothing_and_says_so(tmp_path):
    (tmp_path / "data").write_text("a file in its place")

    with pytest.raises(kept.NotKept, match="cannot be written to"):
        kept.keep(tmp_path / "data", APP)


def test_no_secret_is_shown_by_repr(tmp_path):
    kept.keep(tmp_path, APP)

    for shown in (repr(APP), repr(load(tmp_path)), str(load(tmp_path).require_github())):
        assert "canary" not in shown
        assert "BEGIN" not in shown
