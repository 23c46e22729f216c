"""A host that does not answer is asked no more in this tick, by anybody."""

import pytest

from app.engine.survey.listening import Listening
from app.errors import Missing, Transient


class Host:
    """Answers each call with what is prepared for it."""

    def __init__(self):
        self.answers, self.asked = {}, []

    def _say(self, call):
        self.asked.append(call)
        answer = self.answers.get(call, "fine")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def checks(self, repo, sha):
        return self._say("checks")

    def reviews(self, repo, number):
        return self._say("reviews")

    def pull(self, repo, number):
        return self._say("pull")


@pytest.fixture
def host():
    return Host()


@pytest.fixture
def forge(host):
    made = Listening(host)
    made.anew()
    return made


def tries(forge, *calls):
    found = []
    for call in calls:
        try:
            found.append(getattr(forge, call)(1, 2))
        except Transient:
            found.append("no answer")
    return found


def test_a_host_without_any_answer_is_asked_once(host, forge):
    host.answers["checks"] = Transient("no answer in time", silent=True)
    assert tries(forge, "checks", "checks", "pull") == ["no answer"] * 3
    assert host.asked == ["checks"]

    forge.anew()
    assert tries(forge, "pull") == ["fine"]


def test_a_call_that_answers_5xx_twice_is_made_no_more_and_the_others_are(host, forge):
    host.answers["checks"] = Transient("502")
    assert tries(forge, "checks", "checks", "checks", "pull") == [*["no answer"] * 3, "fine"]
    assert host.asked == ["checks", "checks", "pull"]


def test_two_different_calls_that_answer_5xx_silence_the_host(host, forge):
    host.answers = {"checks": Transient("502"), "pull": Transient("503")}
    assert tries(forge, "checks", "pull", "reviews") == ["no answer"] * 3
    assert host.asked == ["checks", "pull"]


def test_an_answer_that_names_a_time_or_says_no_silences_nothing(host, forge):
    host.answers = {"checks": Transient("budget", retry_after=3.0), "pull": Missing("gone")}
    for _ in range(3):
        with pytest.raises(Transient):
            forge.checks(1, 2)
        with pytest.raises(Missing):
            forge.pull(1, 2)
    assert len(host.asked) == 6
    assert tries(forge, "reviews") == ["fine"]


def test_a_host_that_answers_slowly_is_asked_the_rest_in_the_next_look(host, forge):
    """Else a look at many answers would be ended from outside, and its repository quarantined."""
    over = [False]
    forge.anew(lambda: over[0])
    assert tries(forge, "checks") == ["fine"]
    over[0] = True
    assert tries(forge, "checks", "pull") == ["no answer"] * 2

    forge.anew()
    assert tries(forge, "pull") == ["fine"]
