"""Lines of `stagelock doctor` about what the stand-in for GitHub, or this machine, cannot be made to be."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from app.core.model.installations import AppFact, InstallationFact
from app.doctor.registry import examined
from app.doctor.subject import Creations, Detour, Greeted, Kept, Reached, Subject
from app.doctor.subject import Machine as Here
from app.doctor.verdicts import Fine, Todo, Unknown
from app.errors import Missing, Transient
from app.ports.examination import Attempt, Examination, Hook, RequestsLeft, Sent
from app.settings import Settings

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
PUBLIC = "https://stagelock.example"
SETTINGS = {
    "HOME": "/home/ada",
    "STAGELOCK_PUBLIC_URL": PUBLIC,
    "STAGELOCK_WEBHOOK_SECRET": "old,new",
}
REACHED = Reached(200, "ok\n", NOW + timedelta(days=60))
HOOK = Hook(f"{PUBLIC}/github/webhook", json=True, insecure=False)
LEFT = RequestsLeft(5000, 5000, NOW)


@dataclass
class Machine:
    greeted: Greeted = field(default_factory=Greeted)
    rooms: dict = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    reached: Reached = REACHED
    left: tuple = ()

    def greet(self):
        return self.greeted

    def folder(self):
        return ""

    def room(self):
        return self.rooms

    def database(self):
        return self.kept

    def creations(self):
        return self.left

    def reach(self, url):
        assert url == f"{PUBLIC}/healthz"
        return self.reached

    def proxy(self):
        return Detour()

    def issuer(self):
        return ""


@dataclass
class GitHub:
    """GitHub, of which everything is well."""

    configured: Hook = HOOK
    attempted: tuple = ()
    left: RequestsLeft | Exception = LEFT
    installed: tuple = (InstallationFact(3, "acme", suspended=False),)

    def app(self):
        return AppFact(
            7, "stagelock", page="https://github.com/settings/apps/stagelock/permissions"
        )

    def installations(self):
        return self.installed

    def repositories(self, installation_id):
        return ()

    def hook(self):
        return self.configured

    def attempts(self):
        return self.attempted

    def sent(self, attempt):
        return Sent("sha256=0", {})

    def requests_left(self, installation_id):
        if isinstance(self.left, Exception):
            raise self.left
        return self.left


def lines(machine=None, github=None, **settings):
    kept = Settings.load({**SETTINGS, **settings})
    # Both answer as far as these lines ask.
    here, there = cast("Here", machine or Machine()), cast("Examination", github or GitHub())
    subject = Subject(kept, (), here, there, lambda: NOW)
    return dict(examined(subject))


def test_a_disk_that_is_nearly_full_is_said_with_the_mirrors_that_lie_there():
    rooms = {"disk_free_bytes": 5 << 20, "mirrors": 3, "mirrors_bytes": 2 << 30}

    verdict = lines(Machine(rooms=rooms))["data folder"]

    assert isinstance(verdict, Todo)
    assert "5.0 MB free; 3 mirrors, 2.0 GB" in verdict.said


def test_a_database_that_is_not_migrated_names_the_command():
    verdict = lines(Machine(kept=Kept("the database is behind this version")))["database"]

    assert isinstance(verdict, Todo)
    assert "stagelock migrate" in verdict.do


def test_the_version_of_a_server_is_said_and_its_hooks_are_not_known():
    own = "https://git.acme.example"
    found = lines(Machine(greeted=Greeted(server="3.19.1")), STAGELOCK_GITHUB_URL=own)

    assert "GitHub Enterprise Server 3.19.1" in found["github"].said
    assert isinstance(found["hook"], Unknown)
    assert "stagelock hook test GIT_DIR" in found["hook"].why
    assert "stagelock doctor --repo GIT_DIR" in found["hook"].why


@pytest.mark.parametrize(
    ("address", "server", "runs_hooks"),
    [
        ("https://github.com", "", False),
        ("https://acme.ghe.com", "", False),
        ("https://git.acme.example", "3.19.1", True),
        # A proxy in front of it, or an older version, leaves the header out.
        ("https://git.acme.example", "", True),
    ],
)
def test_whether_a_server_runs_hooks_follows_from_its_address(address, server, runs_hooks):
    machine = Machine(greeted=Greeted(server=server))

    verdict = lines(machine, STAGELOCK_GITHUB_URL=address)["hook"]

    assert isinstance(verdict, Unknown)
    assert ("runs no hooks" in verdict.why) is not runs_hooks
    assert ("stagelock hook test GIT_DIR" in verdict.why) is runs_hooks


def test_what_may_still_be_created_is_said_of_the_account_that_has_the_least_left():
    left = (Creations(5, 60, 400), Creations(3, 0, 12))

    assert lines(Machine(left=left))["creations"] == Fine(
        "acme: 0 left in this minute, 12 in this hour"
    )


def test_an_hour_in_which_nothing_more_may_be_created_is_that_line_alone():
    found = lines(Machine(left=(Creations(5, 60, 0), Creations(3, 60, 400))))

    changed = {name for name, verdict in found.items() if verdict != lines()[name]}
    assert changed == {"creations"}
    assert isinstance(found["creations"], Todo)
    assert "installation 5: 60 left in this minute, 0 in this hour" in found["creations"].said
    assert "at-most-every" in found["creations"].do


def test_what_was_created_is_known_also_where_github_does_not_answer():
    found = lines(Machine(greeted=Greeted(silent="no answer"), left=(Creations(3, 59, 399),)))

    assert found["creations"] == Fine("installation 3: 59 left in this minute, 399 in this hour")


def test_an_address_that_is_no_github_is_the_fault_of_one_line():
    wrong = Greeted(wrong="STAGELOCK_GITHUB_API_URL: it is not GitHub's API", about="address")

    found = lines(Machine(greeted=wrong))

    assert [name for name, verdict in found.items() if isinstance(verdict, Todo)] == ["github"]
    assert isinstance(found["app"], Unknown)


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        (Hook(f"{PUBLIC}/github/webhook", json=False, insecure=False), "as a form"),
        (Hook(f"{PUBLIC}/github/webhook", json=True, insecure=True), "does not check"),
        (Hook(f"{PUBLIC}/", json=True, insecure=False), f"sends deliveries to {PUBLIC}/"),
    ],
)
def test_a_webhook_that_is_set_up_otherwise(hook, said):
    verdict = lines(github=GitHub(configured=hook))["webhook"]

    assert isinstance(verdict, Todo)
    assert said in verdict.said
    assert "https://github.com/settings/apps/stagelock" in verdict.do


def test_a_webhook_is_not_fine_where_there_is_nothing_to_compare_it_with():
    assert isinstance(lines(STAGELOCK_PUBLIC_URL="")["webhook"], Unknown)


def test_a_server_without_rate_limits_has_a_budget_that_is_not_known():
    verdict = lines(github=GitHub(left=Missing("Rate limiting is not enabled.")))["budget"]

    assert verdict == Unknown("Rate limiting is not enabled.")


def test_one_line_that_has_no_answer_ends_no_other():
    class Silent(GitHub):
        def attempts(self):
            raise Transient("list webhook deliveries: no answer in time")

    found = lines(github=Silent())

    assert (
        found["deliveries"]
        == found["signature"]
        == Unknown("list webhook deliveries: no answer in time")
    )
    assert isinstance(found["webhook"], Fine)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("secret", ["old", "new"])
def test_each_secret_of_a_rotation_proves_a_delivery_however_its_letters_were_written(
    secret, ascii_only
):
    payload = {"zen": "Keep it löwenstark."}
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=ascii_only).encode()
    signature = f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"

    class Signing(GitHub):
        def sent(self, attempt):
            return Sent(signature, payload)

    attempt = Attempt(1, "ping", NOW, 200, "OK")

    assert isinstance(lines(github=Signing(attempted=(attempt,)))["signature"], Fine)


def test_accounts_that_cannot_be_counted_are_named_as_far_as_they_fit():
    many = tuple(InstallationFact(n, f"org-{n}", suspended=False) for n in range(9))

    verdict = lines(github=GitHub(installed=many))["installations"]

    assert "org-4 and 4 more" in verdict.said
