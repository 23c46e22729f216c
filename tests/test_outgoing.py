"""Which proxy an address is reached through: the same answer for API calls and Git."""

from pathlib import Path

import pytest

from app.settings import Secret, Settings, SettingsError
from app.settings.outgoing import Outgoing

PROXY = Secret("http://proxy.example:3128")
CANARY = "canary-of-the-proxy"


def load(**environ: str) -> Settings:
    return Settings.load({"HOME": "/home/ada", **environ})


@pytest.mark.parametrize(
    ("url", "entry", "direct"),
    [
        ("https://github.com", "github.com", True),
        ("https://github.com", ".github.com", True),
        ("https://api.github.com", "github.com", True),
        ("https://notgithub.com", "github.com", False),
        ("https://github.com", "api.github.com", False),
        ("https://GHE.acme.example", "ghe.ACME.example", True),
        ("https://ghe.acme.example:8443", "acme.example:8443", True),
        ("https://ghe.acme.example", "acme.example:8443", False),
        ("https://10.1.2.3", "10.0.0.0/8", True),
        ("https://11.1.2.3", "10.0.0.0/8", False),
        ("https://[fd00::1]", "fd00::/8", True),
        ("https://[::1]", "::1", True),
        ("https://github.com", "*", True),
        ("https://github.com", "", False),
        ("https://github.com", ".", False),
    ],
)
def test_an_entry_of_no_proxy_names_a_host_the_domains_below_it_or_a_network(url, entry, direct):
    found = Outgoing(PROXY, direct=("other.example", entry)).proxy_for(url)
    assert (found is None) == direct


def test_the_usual_variable_is_for_https_and_ours_for_everything():
    usual = load(HTTPS_PROXY="http://proxy.example:3128").outgoing
    assert usual.proxy_for("https://github.com") is not None
    assert usual.proxy_for("http://ghe.acme.example") is None
    ours = load(HTTPS_PROXY="http://no.example:1", STAGELOCK_PROXY="http://proxy.example:3128")
    found = ours.outgoing.proxy_for("http://ghe.acme.example")
    assert found is not None
    assert found.reveal() == "http://proxy.example:3128"


def test_without_a_proxy_everything_is_reached_directly():
    assert load().outgoing == Outgoing(secure_only=True)
    assert load(NO_PROXY="a, b ,,c").outgoing.direct == ("a", "b", "c")


@pytest.mark.parametrize("name", ["STAGELOCK_PROXY", "HTTPS_PROXY"])
@pytest.mark.parametrize("address", [f"socks5://u:{CANARY}@p:1", f"{CANARY}:3128", "http://"])
def test_what_is_no_address_of_a_proxy_is_refused_without_showing_it(name, address):
    with pytest.raises(SettingsError) as caught:
        load(**{name: address})
    [problem] = caught.value.problems
    assert problem.startswith(f"{name} is not the address of a proxy")
    assert CANARY not in problem


def test_a_file_of_authorities_is_read_at_the_start(tmp_path: Path):
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for path, why in ((empty, "holds no certificate"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(SettingsError) as caught:
            load(STAGELOCK_CA_FILE=str(path))
        [problem] = caught.value.problems
        assert f"names {path}, which {why}" in problem


def test_a_proxys_password_is_a_secret():
    settings = load(STAGELOCK_PROXY=f"http://ada:{CANARY}@proxy.example:3128")
    assert CANARY in {secret.reveal() for secret in settings.secrets()}
    assert CANARY not in repr(settings)
