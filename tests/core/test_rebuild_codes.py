"""What programs are told by our runs stands in their external ids; titles are for people."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model.check_names import code_in, external_id, is_same_run, read_external_id
from app.core.model.facts import Commit
from app.core.rebuild import Head
from tests.core.rebuilding import BEGINNING, E2E, LOCK, landing, pid, rebuilt, run, said
from tests.core.saying import AT, LAW, NASTY, freight, sha

CODES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)


@LAW
@given(st.sampled_from([E2E, LOCK]), st.integers(1, 10**8), CODES)
def test_a_code_is_read_as_it_was_written_and_the_rest_as_without_it(name, serial, code):
    key, bare = external_id(name, pid(), serial, code), external_id(name, pid(), serial)

    assert (code_in(name, key), code_in(name, bare)) == (code, "")
    assert read_external_id(name, key) == read_external_id(name, bare) == (pid(), serial)
    assert is_same_run(name, key, bare)
    assert not is_same_run(name, key, external_id(name, pid(), serial + 1, code))
    assert not is_same_run(name, key, external_id(name, pid(number=2), serial, code))
    assert external_id(name, "", serial, code) == external_id(name, "", serial)


@LAW
@given(NASTY)
def test_no_other_text_has_a_code(text):
    key = f"e2e:{pid()}:1:{text}"
    assert code_in(E2E, text) == ""
    assert code_in(E2E, key) in ("", text)
    assert (read_external_id(E2E, key) is None) == (code_in(E2E, key) == "")


@pytest.mark.parametrize(
    ("code", "title", "end"),
    [
        ("check-failed", "failed: e2e", ("check-failed", "e2e")),
        ("check-failed", "in words of a later version", ("check-failed", "in words of a later version")),
        ("check-failed", "failed: it unfinished at the timeout", ("check-failed", "it unfinished at the timeout")),
        ("check-unfinished", "failed: e2e unfinished at the timeout", ("check-unfinished", "e2e")),
        ("check-unfinished", "failed: e2e without a result at the timeout", ("check-unfinished", "e2e")),
        ("check-not-started", "failed: e2e has not started", ("check-not-started", "e2e")),
        ("check-missing", "failed: no check named e2e started", ("check-missing", "no check named e2e started")),
        ("run-refused", "failed: no run of it", ("run-refused", "failed: no run of it")),
        ("not-rerun", "failed: not again", ("not-rerun", "failed: not again")),
        ("revoked", "revoked: e2e failed at 14:02 UTC on re-run", ("revoked", "e2e")),
        ("errored", "failed: could not find out in time", ("rebuilt", "failed: could not find out in time")),
        ("of-a-later-version", "failed: e2e", ("rebuilt", "failed: e2e")),
    ],
)  # fmt: skip
def test_why_it_failed_is_what_the_code_says_whatever_the_title_looks_like(code, title, end):
    """rule N44"""
    told = run(1, E2E, pid(), "failure", title, code=code)
    [row] = rebuilt(landing(runs=[told])).promotions

    assert (row.state, str(row.reason), row.detail) == ("failed", *end)
    assert (row.revoked_at is not None) == (code == "revoked")


@pytest.mark.parametrize(
    ("code", "title", "token"),
    [
        ("23", "held for e2e since 14:05 UTC, token 23", 23),
        ("23", "held for e2e since 14:05 UTC, token 23, e2e-1", 23),
        ("23", "forced by @x: it had, token 99999", 23),
        ("23", "", 23),
        ("0", "held for e2e, token 7", 0),
        ("x", "held for e2e, token 7", 0),
        ("1" * 17, "", 0),
        ("", "held for e2e since 14:05 UTC, token 7", 7),
    ],
)
def test_a_token_is_what_the_code_says_whatever_the_title_looks_like(code, title, token):
    """rule N44"""
    told = run(9, LOCK, pid(), None, title, code=code)
    assert rebuilt(more={sha(1): [told]}, now=BEGINNING).counters == {"e2e-env": 100 + token}

    commit = Commit(sha(50), (sha(49),), sha(51), "Promote", (), AT)
    head = Head(said("prod"), 12, commit, (("stages/prod", "x"),))
    told = replace(told, external_id=external_id(LOCK, pid("prod"), 1, code))
    [grant] = rebuilt(heads=[head], more={freight(1).sha: [told]}).requests
    assert grant.tokens.get("e2e-env", 0) == token
