"""The titles that the rules quote: what stands before the first colon or comma, and every fact."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.core.locks.foreign import foreign
from app.core.locks.queue import Board
from app.core.model.group_names import of_organization
from app.core.model.verdicts import GateAnswer, Reason
from app.core.text import locks
from app.core.text.locks import Around
from app.core.text.titles import title
from tests.core.saying import AT, promotion, request, verdict

SHARED = of_organization(5, "e2e-env")
THREE = [
    foreign(request(1, state="held", granted_at=AT, groups=(SHARED,), repo_id=2), "acme/api"),
    request(2, stage="prod", groups=(SHARED,)),
    request(3, stage="qa", promotion="p3", groups=(SHARED,)),
    request(4, stage="dev", promotion="p4", groups=(SHARED,)),
]
HELD = request(state="held", granted_at=AT + timedelta(minutes=3), tokens={"e2e-env": 17})
SUSPECT = [request(1, state="suspect", granted_at=AT, suspect_at=AT), request(2, stage="prod")]


def lock(about, *others):
    return locks.title(about, Around(about.groups[0], Board([*others] or [about])))


SAID = {
    "ready for prod: /promote prod": title(verdict("ready", Reason.NOT_STARTED, stage="prod")),
    "retrying: GitHub answered 502": title(
        verdict("waiting", Reason.RETRYING, detail="GitHub answered 502")
    ),
    "revoked: e2e failed at 14:02 UTC on re-run": title(
        verdict(
            "revoked",
            Reason.REVOKED,
            names=("e2e",),
            promotion=promotion(state="failed", revoked_at=AT),
        )
    ),
    "no e2e check has run on this content": title(
        verdict("verifying", Reason.NO_EVIDENCE, names=("e2e",))
    ),
    "failed: no check named e2e started on 4f2a91c": title(
        verdict("failed", Reason.CHECK_MISSING, detail="no check named e2e started on 4f2a91c")
    ),
    "failed: e2e has not started": title(
        verdict("failed", Reason.CHECK_NOT_STARTED, names=("e2e",))
    ),
    "prod holds content no freight explains (12 files): /promote prod replaces it": title(
        verdict("waiting", Reason.FOREIGN_CONTENT, stage="prod", names=("12 files",))
    ),
    "blocked: e2e-env is suspect; a maintainer must press Release": title(
        verdict("locking", Reason.LOCK_SUSPECT, stage="prod", names=("e2e-env",))
    ),
    "2nd of 3, held by acme/api e2e since 14:02 UTC": lock(THREE[2], *THREE),
    "held for e2e since 14:05 UTC, token 17": lock(HELD),
    "released after 11 min": lock(
        request(state="released", granted_at=AT, ended_at=AT + timedelta(minutes=11))
    ),
    "forced by @mia: reason": lock(request(state="forced", ended_by="mia", reason="reason")),
    "blocked: e2e-env is suspect; a maintainer must press Release.": lock(SUSPECT[1], *SUSPECT),
}
"""What the rules quote (R11 to R25, V6, V18, V22, A4), and what we say of just that."""
FACT = re.compile(r"\d\d:\d\d UTC|@\w+|/\w+ \w+|\b\d+\b|\b[0-9a-f]{7}\b|\be2e(?:-env)?\b|acme/api")


@pytest.mark.parametrize("quoted", SAID)
def test_a_quoted_title_begins_with_those_words_and_says_those_facts(quoted):
    """rule R24"""
    said = SAID[quoted].replace("\u200b", "")  # nobody is called by a title
    head = re.split(r"[:,](?= )", quoted.rstrip("."))[0]
    assert re.split(r"[:,](?= )", said)[0] == head
    missing = [fact for fact in FACT.findall(quoted) if fact not in said]
    assert missing == []


def test_beside_its_title_a_gate_says_the_same():
    """rule R24: the reason decides the words, not where it is found."""
    gates = (GateAnswer("auto", "wait", Reason.NOT_STARTED),)
    alone = title(verdict("ready", Reason.NOT_STARTED, stage="prod"))
    assert title(verdict("ready", Reason.NOT_STARTED, stage="prod", gates=gates)) == alone
