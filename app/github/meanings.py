"""
What GitHub's answers of 4xx to calls that write mean, and what we do: one table.

`from_answer` reads it; docs/github.md shows it, and a test holds that each 4xx that GitHub
documents for a call that writes has an entry: https://docs.github.com/rest
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Conflict, Denied, Missing, OutsideError, Rejected, Transient
from app.github import endpoints as at
from app.github import rules
from app.github.endpoints import Endpoint

Error = type[Conflict] | type[Denied] | type[Missing] | type[Rejected] | type[Transient]


class Exists(Rejected):
    """What was to be made is there already."""


class OtherMethod(Rejected):
    """The repository does not allow this way of merging."""


class UnknownField(Rejected):
    """The server knows no such field of a request."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One answer of GitHub's."""

    error: Error
    """As which error it is raised."""
    means: str
    """For the manual, as *we*."""
    we: str
    """What we do then."""
    said: str = ""
    """Only where GitHub's words match this expression; "": whatever they are."""

    def fits(self, words: str) -> bool:
        """Whether GitHub's *words* are of this kind."""
        return re.search(self.said, words) is not None


_LATER = "put it off; the next looks try again"
_NAMED = "say which permission is missing, and try again later"
_LACKS = Meaning(Denied, "we lack the permission, or the App is suspended", _NAMED)
_GONE = Meaning(Missing, "it is not there (any more), or hidden from us", _LATER)
_TEXT = Meaning(Rejected, "GitHub does not accept what we sent", "not sent again until it changes")
_OVERTAKEN = "look again, and make a new plan"
_MERGED_BY_THEN = Meaning(
    Conflict,
    "somebody merged, deleted or moved a branch since we looked",
    f"{_OVERTAKEN}: an existing pull request with this head is used as it is",
    r"No commits between|PullRequest (?:head|base) invalid",
)
_LOCKED = Meaning(Rejected, "the conversation is locked", "drop the answer", "locked")
_UNREPEATABLE = Meaning(
    Rejected, "this run cannot be started again (too old, or another App's)", "say so"
)
_NOBODY = "the grant goes back, unless an answer before this one may have been taken"
_NOT_STARTED = "the promotion fails with GitHub's words"
_NO_LEAVE_TO_RUN = (Meaning(_LACKS.error, _LACKS.means, _LACKS.we, "not accessible"), _UNREPEATABLE)
_OLD = Meaning(Rejected, "the delivery is too old", "drop it: the sweep finds what it was about")
_LEAVE_OUT = Meaning(Missing, "the comment is gone", "nothing: no answer is needed any more")
_UNCOMMENTABLE = Meaning(Rejected, "GitHub does not accept the text, or the place", "drop it")
_NO_RULESETS = Meaning(Missing, "no rulesets there, or no administrator's token", "say so")
_RULESET = Meaning(Rejected, "the plan of the account has no such rulesets, say", "say so")
_SHUT = "say so; the installation is left alone after two looks"

COMMON: Mapping[int, Meaning] = {
    400: _TEXT,
    401: Meaning(Denied, "our token was not accepted", "once more with a new one; then say so"),
    403: _LACKS,
    404: _GONE,
    405: _TEXT,
    408: Meaning(Transient, "GitHub did not wait for our request", "check whether it took effect"),
    409: Meaning(Transient, "somebody else is changing it at this moment", _LATER),
    410: _GONE,
    422: _TEXT,
    501: Meaning(Missing, "the server does not know this call", "do without"),
}
"""What a status means where a call has no entry of its own below."""

TABLE: Mapping[tuple[Endpoint, int], tuple[Meaning, ...]] = {
    (at.CREATE_TOKEN, 401): (
        Meaning(Denied, "the App's number or key is wrong, or our clock", "say so; try again"),
    ),
    (at.CREATE_TOKEN, 403): (Meaning(Denied, "an owner suspended the App", _SHUT),),
    (at.CREATE_TOKEN, 404): (Meaning(Missing, "the App is not installed there", _SHUT),),
    (at.CREATE_TOKEN, 422): (
        Meaning(
            Rejected,
            "more was asked than was granted, or the repository left the installation",
            "ask what was granted: a weaker token, or the repository is gone",
        ),
    ),
    (at.REDELIVER, 400): (_OLD,),
    (at.REDELIVER, 422): (_OLD,),
    (at.CREATE_RUN, 403): (_LACKS,),
    (at.CREATE_RUN, 404): (_GONE,),
    (at.CREATE_RUN, 422): (
        Meaning(Rejected, "the commit is gone, or the text is not taken", _TEXT.we),
    ),
    (at.UPDATE_RUN, 403): (_LACKS,),
    (at.UPDATE_RUN, 404): (Meaning(Missing, "the run is gone", "make a new one"),),
    (at.UPDATE_RUN, 422): (_TEXT,),
    (at.REREQUEST, 403): _NO_LEAVE_TO_RUN,
    (at.REREQUEST, 404): (_GONE,),
    (at.REREQUEST, 422): (_UNREPEATABLE,),
    (at.RERUN_FAILED, 403): _NO_LEAVE_TO_RUN,
    (at.RERUN_FAILED, 404): (
        Meaning(Missing, "there is no such workflow run", "ask for the check run alone"),
    ),
    (at.CANCEL_RUN, 409): (Meaning(Conflict, "it has ended", "it counts as cancelled"),),
    (at.START_WORKFLOW, 403): (_LACKS,),
    (at.START_WORKFLOW, 404): (
        Meaning(Missing, "no such workflow on the default branch", _NOT_STARTED),
    ),
    (at.START_WORKFLOW, 422): (
        Meaning(
            UnknownField,
            "the server does not know that it may tell the run",
            "ask once more, and look for the run",
            "return_run_details",
        ),
        Meaning(
            Rejected, "the branch's workflow is not there, or cannot be started so", _NOT_STARTED
        ),
    ),
    (at.REVIEW_JOBS, 404): (Meaning(Missing, "nothing waits there for us (any more)", _NOBODY),),
    (at.REVIEW_JOBS, 422): (Meaning(Rejected, "nothing waits there for us (any more)", _NOBODY),),
    (at.CREATE_PULL, 403): (_LACKS,),
    (at.CREATE_PULL, 422): (
        Meaning(Exists, "one is open already", "take that one", "already exists"),
        _MERGED_BY_THEN,
        Meaning(Rejected, "a rule of the server", "the promotion fails with the rule's text"),
    ),
    (at.UPDATE_PULL, 403): (_LACKS,),
    (at.UPDATE_PULL, 404): (_GONE,),
    (at.UPDATE_PULL, 422): (
        Meaning(Rejected, "it is locked, or merged by now", "leave text and state as they are"),
    ),
    (at.MERGE_PULL, 403): (_LACKS,),
    (at.MERGE_PULL, 404): (_GONE,),
    (at.MERGE_PULL, 405): (
        Meaning(Conflict, "the base moved just now", _OVERTAKEN, "Base branch was modified"),
        Meaning(
            OtherMethod,
            "the repository does not allow this method",
            "merge by the next one",
            "not allowed on this repository",
        ),
        Meaning(
            Rejected,
            "it cannot be merged now (reviews, checks, conflicts), or it is merged already",
            "if it is merged at our head, that counts; else say why and try at the next event",
        ),
    ),
    (at.MERGE_PULL, 409): (Meaning(Conflict, "the head moved", _OVERTAKEN),),
    (at.MERGE_PULL, 422): (
        Meaning(
            Rejected,
            "GitHub does not take the request for this pull request",
            "say why and try at the next event",
        ),
    ),
    (at.CREATE_ISSUE_COMMENT, 403): (_LOCKED, _LACKS),
    (at.CREATE_ISSUE_COMMENT, 404): (_GONE,),
    (at.CREATE_ISSUE_COMMENT, 410): (_GONE,),
    (at.CREATE_ISSUE_COMMENT, 422): (_UNCOMMENTABLE,),
    (at.UPDATE_ISSUE_COMMENT, 403): (_LOCKED, _LACKS),
    (at.UPDATE_ISSUE_COMMENT, 404): (_GONE,),
    (at.UPDATE_ISSUE_COMMENT, 422): (_UNCOMMENTABLE,),
    (at.REACT_ISSUE_COMMENT, 404): (_LEAVE_OUT,),
    (at.REACT_ISSUE_COMMENT, 422): (_UNCOMMENTABLE,),
    (at.CREATE_COMMIT_COMMENT, 403): (_LOCKED, _LACKS),
    (at.CREATE_COMMIT_COMMENT, 404): (_GONE,),
    (at.CREATE_COMMIT_COMMENT, 422): (_UNCOMMENTABLE,),
    (at.UPDATE_COMMIT_COMMENT, 404): (_GONE,),
    (at.REACT_COMMIT_COMMENT, 404): (_LEAVE_OUT,),
    (at.REACT_COMMIT_COMMENT, 422): (_UNCOMMENTABLE,),
    (rules.CREATE, 404): (_NO_RULESETS,),
    (rules.CREATE, 422): (_RULESET,),
    (rules.UPDATE, 404): (_NO_RULESETS,),
    (rules.UPDATE, 422): (_RULESET,),
}


def meaning(endpoint: Endpoint, status: int, words: str) -> Meaning:
    """What *status* with GitHub's *words* means as an answer to a call that writes."""
    meanings = TABLE.get((endpoint, status), ())
    fitting = next((meaning for meaning in meanings if meaning.fits(words)), None)
    return fitting or COMMON.get(status, _TEXT)


def raised(kind: Meaning, message: str) -> OutsideError:
    """The error that *found* is."""
    if kind.error is Transient:
        return Transient(message, maybe_done=kind is COMMON[408])
    return kind.error(message)
