"""`stagelock doctor` on the proxy to GitHub: broken in each way, that line alone says so."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.cli.doctored import wrong
from tests.proxies import Front, Proxy, authority, listening

USER = "ada:c/anary"
"""A password that stands in an address by its code alone."""


@pytest.fixture
def behind(server, tmp_path):
    """GitHub over TLS, which only a proxy that asks for a password leads to; the settings."""
    ca_file, context = authority(tmp_path)
    front = Front(lambda: urlsplit(server.sandbox.url).port, context)
    proxy = Proxy(lambda: front.port, user=USER)
    api = urlsplit(server.sandbox.api_url).path
    with listening(front), listening(proxy):

        def settings(address):
            return {
                "STAGELOCK_GITHUB_API_URL": f"https://localhost:{front.port}{api}",
                "STAGELOCK_CA_FILE": str(ca_file),
                "STAGELOCK_PROXY": address.format(port=proxy.port),
                "NO_PROXY": "127.0.0.1",
            }

        yield settings


def test_a_proxy_that_leads_to_github_is_fine(ask, behind):
    found = ask(**behind("http://ada:c%2Fanary@127.0.0.1:{port}"))

    assert wrong(found) == set()
    assert found["proxy"][0] == "ok"
    assert "GitHub is reached through 127.0.0.1:" in found["proxy"][1]


@pytest.mark.parametrize("who", ["", "ada:c%2Fanary-2@"])
def test_a_proxy_that_refuses_who_we_are_is_that_line_alone(ask, behind, who):
    found = ask(**behind(f"http://{who}127.0.0.1:{{port}}"))

    assert wrong(found) == {"proxy"}
    assert "407" in found["proxy"][1]
    assert "STAGELOCK_PROXY" in found["proxy"][1]
    assert found["github"][0] == "unknown"


def test_a_proxy_that_is_not_there_is_that_line_alone_and_its_password_is_not_shown(ask):
    found = ask(STAGELOCK_PROXY="http://ada:canary@127.0.0.1:9")

    assert wrong(found) == {"proxy"}
    assert "127.0.0.1:9" in found["proxy"][1]
    assert "NO_PROXY" in found["proxy"][1]
    assert not any("canary" in said for _, said in found.values())


def test_a_proxy_that_no_one_can_find_is_no_fault_of_who_vouches_for_jobs(ask):
    """One cause is one line: jobs' issuer is asked through the same proxy."""
    found = ask(
        STAGELOCK_PROXY="http://127.0.0.1:9",
        STAGELOCK_OIDC_AUDIENCE="https://locks.example.org",
        STAGELOCK_OIDC_ISSUER="http://127.0.0.1:8",
    )

    assert wrong(found) == {"proxy"}
    assert found["oidc"] == ("unknown", "see proxy ")
