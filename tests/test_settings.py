"""The environment is read once and judged as a whole."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.core.locks.quota import Quota
from app.sandbox.people.apps import new_private_key
from app.settings import Secret, Settings, SettingsError
from tests.keys import KEY, openssh_key, private_pem

PEM = "-----BEGIN RSA PRIVATE KEY-----\nQ0FOQVJZ\n-----END RSA PRIVATE KEY-----"
GITHUB = {
    "STAGELOCK_APP_ID": "7",
    "STAGELOCK_PRIVATE_KEY": PEM,
    "STAGELOCK_WEBHOOK_SECRET": "new-canary, old-canary",
}


def load(**variables: str) -> Settings:
    environ = {f"STAGELOCK_{name}": value for name, value in variables.items()}
    return Settings.load({"HOME": "/home/ada", **environ})


def problems(**variables: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(**variables)
    return caught.value.problems


def test_an_empty_environment_gives_the_documented_defaults():
    settings = load()
    assert settings.data_dir == Path("/home/ada/.local/share/stagelock")
    assert settings.database_url.reveal() == (
        "sqlite:////home/ada/.local/share/stagelock/stagelock.db"
    )
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.quiet_seconds, settings.sweep_seconds) == (60, 300)
    assert settings.github_url == "https://github.com"
    assert settings.github_api_url == "https://api.github.com"
    assert settings.github_api_version == "2026-03-10"
    assert settings.log_format == "text"
    assert settings.api_tokens == ()


@pytest.mark.parametrize(
    ("url", "version"),
    [
        ("https://github.com", "2026-03-10"),
        ("https://acme.ghe.com", "2026-03-10"),
        ("https://ghe.acme.example", "2022-11-28"),
    ],
)
def test_the_version_of_the_api_is_one_that_the_server_speaks(url, version):
    assert load(GITHUB_URL=url).github_api_version == version
    chosen = load(GITHUB_URL=url, GITHUB_API_VERSION="2022-11-28")
    assert chosen.github_api_version == "2022-11-28"
    [problem] = problems(GITHUB_API_VERSION="2021-01-01")
    assert problem == (
        "STAGELOCK_GITHUB_API_VERSION is '2021-01-01': expected 2022-11-28 or 2026-03-10"
    )


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("https://github.com/", "https://api.github.com"),
        ("https://ghe.acme.example", "https://ghe.acme.example/api/v3"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000/api/v3"),
    ],
)
def test_the_api_url_is_derived_from_the_servers(url, api):
    assert load(GITHUB_URL=url).github_api_url == api


def test_a_given_api_url_wins():
    assert load(GITHUB_API_URL="http://localhost:1/api/v3/").github_api_url == (
        "http://localhost:1/api/v3"
    )


def test_all_problems_are_reported_together():
    found = problems(
        PORT="eighty",
        SWEEP_SECONDS="0",
        APP_ID="Iv1.abc",
        PUBLIC_URL="ftp://x",
        LOG_FORMAT="xml",
        DATABASE_URL="mysql://ada:canary@db/x",
    )
    assert not [text for text in found if "canary" in text]
    assert {text.split()[0] for text in found} == {
        "STAGELOCK_DATABASE_URL",
        "STAGELOCK_PORT",
        "STAGELOCK_PUBLIC_URL",
        "STAGELOCK_APP_ID",
        "STAGELOCK_SWEEP_SECONDS",
        "STAGELOCK_LOG_FORMAT",
    }


@pytest.mark.parametrize(
    "url", ["github.com", "https://", "https://ada:pw@ghe", "https://ghe?x=1", "https://ghe:99999"]
)
def test_urls_that_cannot_be_used_are_refused(url):
    assert "STAGELOCK_GITHUB_URL" in problems(GITHUB_URL=url)[0]


def test_the_key_may_be_text_or_a_file_or_text_on_one_line(tmp_path):
    file = tmp_path / "key.pem"
    file.write_text(PEM + "\n")
    for given in (PEM, str(file), PEM.replace("\n", "\\n")):
        key = load(PRIVATE_KEY=given).private_key
        assert key is not None
        assert key.reveal() == PEM + "\n"


def test_what_is_no_key_is_refused_without_being_shown(tmp_path):
    public = tmp_path / "key.pub"
    public.write_text("-----BEGIN PUBLIC KEY-----\n")
    for given in ("Q0FOQVJZ", str(public), str(tmp_path)):
        (problem,) = problems(PRIVATE_KEY=given)
        assert given not in problem


def test_the_signing_key_is_an_ed25519_key(tmp_path):
    text = openssh_key()
    file = tmp_path / "key"
    file.write_text(text)
    for given in (text, text.replace("\n", "\\n"), str(file)):
        key = load(SIGNING_KEY=given).signing_key
        assert key is not None
        assert key.reveal() == text


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (PEM, "is no private key that can be read"),
        (openssh_key().replace("b3BlbnNzaC1rZXk", "canary"), "is no private key that can be read"),
        (new_private_key(), "is not an ed25519 key"),
    ],
    ids=["nonsense", "damaged", "rsa"],
)
def test_a_key_that_cannot_sign_is_refused_with_what_to_do(given, why):
    (problem,) = problems(SIGNING_KEY=given)

    assert problem.startswith(f"STAGELOCK_SIGNING_KEY {why}")
    assert "ssh-keygen -t ed25519" in problem
    assert given.splitlines()[1] not in problem


@pytest.mark.parametrize(
    ("url", "published"),
    [
        ("https://github.com", False),
        ("https://acme.ghe.com", False),
        ("https://git.acme.example", True),
    ],
)
def test_locks_are_published_where_a_hook_may_read_them(url, published):
    assert load(GITHUB_URL=url).publish_locks is published
    assert load(GITHUB_URL=url, PUBLISH_LOCKS="false").publish_locks is False
    assert load(GITHUB_URL=url, PUBLISH_LOCKS="true").publish_locks is True


def test_the_webhook_secret_rotates_by_a_comma():
    both = load(WEBHOOK_SECRET="new, old,").webhook_secrets
    assert [secret.reveal() for secret in both] == ["new", "old"]


def test_api_tokens_have_a_name_scopes_and_a_token_with_any_colons():
    (entry,) = load(API_TOKENS="ci:lock+read:a:b").api_tokens
    assert (entry.name, entry.scopes) == ("ci", frozenset({"lock", "read"}))
    assert entry.token.reveal() == "a:b"


def test_bad_api_tokens_are_named_by_place_not_by_value():
    found = problems(API_TOKENS="canary, ci:root:canary, a:read:1, a:read:canary")
    assert [text.split("entry ")[1][0] for text in found] == ["1", "2", "4"]
    assert "canary" not in str(found)


def test_github_is_required_only_by_who_needs_it():
    settings = load()
    with pytest.raises(SettingsError) as caught:
        settings.require_github()
    assert len(caught.value.problems) == 3
    whole = {"HOME": "/", **GITHUB, "STAGELOCK_PRIVATE_KEY": KEY}
    assert Settings.load(whole).require_github().app_id == 7


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (openssh_key(), "is an OpenSSH key"),
        (private_pem(Ed25519PrivateKey.generate()), "is a key of the wrong kind (Ed25519)"),
        (private_pem(Ed25519PrivateKey.generate(), b"word"), "is locked by a passphrase"),
        (PEM, "is no private key that can be read"),
    ],
    ids=["openssh", "ed25519", "locked", "damaged"],
)
def test_a_key_that_is_no_apps_is_refused_where_the_app_is_needed(given, why):
    """With what it is, what is right, and where that is made; never a part of it."""
    settings = Settings.load({"HOME": "/", **GITHUB, "STAGELOCK_PRIVATE_KEY": given})

    with pytest.raises(SettingsError) as caught:
        settings.require_github()

    (problem,) = caught.value.problems
    assert problem.startswith(f"STAGELOCK_PRIVATE_KEY {why}")
    assert "settings page" in problem
    assert given.splitlines()[1] not in problem


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_may_lie_in_a_file_whose_last_line_end_does_not_count(tmp_path, end):
    file = tmp_path / "secret"
    file.write_bytes(b"sqlite: a canary" + end.encode())

    for name in ("WEBHOOK_SECRET", "TOKEN", "DATABASE_URL"):
        settings = load(**{f"{name}_FILE": str(file)})
        found: dict[str, tuple[Secret | None, ...]] = {
            "WEBHOOK_SECRET": settings.webhook_secrets[:1],
            "TOKEN": (settings.token,),
            "DATABASE_URL": (settings.database_url,),
        }
        [secret] = found[name]
        assert secret is not None
        assert secret.reveal() == "sqlite: a canary"


def test_keys_and_tokens_may_lie_in_files_too(tmp_path):
    key, signing, tokens = (tmp_path / name for name in ("key", "signing", "tokens"))
    key.write_text(KEY)
    signing.write_text(openssh_key())
    tokens.write_text("ci:read:canary\n")

    settings = load(
        PRIVATE_KEY_FILE=str(key), SIGNING_KEY_FILE=str(signing), API_TOKENS_FILE=str(tokens)
    )

    assert settings.private_key == Secret(KEY)
    assert settings.signing_key is not None
    assert [entry.name for entry in settings.api_tokens] == ["ci"]


def test_a_secret_that_is_given_twice_is_refused(tmp_path):
    file = tmp_path / "secret"
    file.write_text("file-canary")

    (problem,) = problems(WEBHOOK_SECRET="canary", WEBHOOK_SECRET_FILE=str(file))

    assert problem == (
        "STAGELOCK_WEBHOOK_SECRET and STAGELOCK_WEBHOOK_SECRET_FILE are both set: unset one of them"
    )


def test_a_file_that_cannot_be_read_is_named_by_its_variable_alone(tmp_path):
    """Somebody may have put the secret where its path belongs."""
    (problem,) = problems(TOKEN_FILE="/nowhere/canary")
    assert (
        problem == "STAGELOCK_TOKEN_FILE names no file that can be read: No such file or directory"
    )

    empty = tmp_path / "empty"
    empty.write_text("\n")
    assert problems(TOKEN_FILE=str(empty)) == ("STAGELOCK_TOKEN_FILE names an empty file",)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("WEBHOK_SECRET", "WEBHOOK_SECRET"),
        ("SWEEP_SECOND", "SWEEP_SECONDS"),
        ("PRIVATE_KEY_FILES", "PRIVATE_KEY_FILE"),
        ("GITHUB_API", "GITHUB_API_URL"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_one_that_was_meant(wrong, right):
    (problem,) = problems(**{wrong: "canary"})

    assert problem == f"STAGELOCK_{wrong} is not a setting: did you mean STAGELOCK_{right}?"


def test_what_others_put_under_our_prefix_is_left_alone():
    """Kubernetes does so for a service called stagelock."""
    load(SERVICE_HOST="10.0.0.1", SERVICE_PORT="8080", PORT_8080_TCP_ADDR="10.0.0.1", FENCE="e2e=3")


def test_no_secret_is_in_any_repr():
    settings = Settings.load(
        {
            "HOME": "/",
            **GITHUB,
            "STAGELOCK_DATABASE_URL": "postgresql://ada:pw-canary@db/x",
            "STAGELOCK_API_TOKENS": "ci:read:api-canary",
            "STAGELOCK_TOKEN": "cli-canary",
        }
    )
    whole = replace(settings, private_key=Secret(KEY)).require_github()
    shown = f"{settings!r} {settings} {whole} {settings.token:>40}"
    assert "canary" not in shown
    assert "Q0FOQVJZ" not in shown
    hidden = {secret.reveal() for secret in settings.secrets()}
    assert {"pw-canary", "api-canary", "cli-canary", "new-canary", "old-canary"} <= hidden


def test_secrets_are_equal_by_value():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1


def test_the_quota_of_lock_requests_is_three_numbers():
    assert load().lock_quota == Quota(repository=20, pull=5, token=200)
    assert load(LOCK_QUOTA="3, 2,10").lock_quota == Quota(repository=3, pull=2, token=10)
    for wrong in ("3", "3,2", "3,2,1,0", "3,2,-1", "3,0,1", "a,b,c", "٣,2,1", "3,2,1.5"):
        assert problems(LOCK_QUOTA=wrong) == (
            f"STAGELOCK_LOCK_QUOTA is {wrong!r}: expected three numbers, such as 20,5,200",
        )
