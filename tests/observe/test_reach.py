"""What an address answers is always an answer of ours, whatever stands in it."""

import pytest

from app.observe.reach import reach


@pytest.mark.parametrize(
    "url",
    ["http://x..example/", f"http://{'a' * 70}.example/", "http://127.0.0.1:9/", "http://\ud800/"],
)
def test_an_address_that_cannot_be_asked_is_a_problem_and_no_crash(url):
    assert reach(url).problem
