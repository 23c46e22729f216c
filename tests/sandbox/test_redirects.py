"""Whatever a form of the sandbox's page says, the browser is sent to the sandbox and nowhere else."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.sandbox.serve.server import Sandbox

HERE = "http://localhost"
PIECES = st.sampled_from(
    ["/", "\\", "//", "\t", "\n", "\r", " ", "\x00", "\x1f", "\u2028", ".", "..", ":", "@", "?", "#",
     "evil.example", "http:", "https:", "javascript:", "data:", "acme/shop", "%2f", "%5c", "%09",
     "localhost", "localhost@", "[::1]", "／", "\ufeff"]
)  # fmt: skip
TARGETS = st.lists(PIECES, max_size=6).map("".join) | st.text(max_size=20)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    sandbox = Sandbox(tmp_path_factory.mktemp("hub"))
    return sandbox.flask.test_client()


def where(location: str) -> str:
    """
    The server that a browser goes to: it drops tabs and line ends, what is no letter at both ends,
    and takes a backslash for a slash (https://url.spec.whatwg.org/#url-parsing).
    """
    for dropped in "\t\n\r":
        location = location.replace(dropped, "")
    ends = "".join(map(chr, range(0x21)))
    found = urlsplit(urljoin(f"{HERE}/acme/shop", location.strip(ends).replace("\\", "/")))
    return f"{found.scheme}://{found.netloc}"


@settings(
    max_examples=600,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(TARGETS)
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("\\\\evil.example")
@example("https:evil.example")
def test_whatever_a_form_names_its_answer_leads_back_to_the_sandbox(browser, target):
    answer = browser.post("/_me", data={"who": "bob", "back": target})

    assert answer.status_code == 303
    assert where(answer.headers["Location"]) == HERE


def test_a_browser_would_be_led_away_by_what_is_tried():
    """So that the judge is no blind one."""
    away = [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "https://evil.example",
        " //e/",
    ]
    assert all(where(one) != HERE for one in away)
    assert {where(one) for one in ("/acme/shop", "x?y#z", "/..//e")} == {HERE}
