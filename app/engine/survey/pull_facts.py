"""What GitHub says of our pull requests, asked once a tick."""

from __future__ import annotations

from dataclasses import replace

from app.core.model.pull_questions import ReviewRuleQuestion
from app.core.model.questions import ProposedQuestion, PullQuestion, ReviewsQuestion
from app.core.model.snapshot import Snapshot
from app.engine.survey.memo import Memo
from app.ports import Forge


def of_pulls(
    forge: Forge,
    memo: Memo,
    snapshot: Snapshot,
    question: PullQuestion | ProposedQuestion | ReviewsQuestion | ReviewRuleQuestion,
) -> Snapshot:
    """*snapshot* with the answer to *question*; raises what asking raises."""
    repo = snapshot.repo
    match question:
        case PullQuestion(stage, number):
            if number not in memo.pulls:
                memo.pulls[number] = forge.pull(repo, number)
            return replace(snapshot, pulls={**snapshot.pulls, stage: memo.pulls[number]})
        case ProposedQuestion(stage):
            proposed = tuple(forge.pulls_from(repo, f"stagelock/{stage}"))
            return replace(snapshot, proposed={**snapshot.proposed, stage: proposed})
        case ReviewsQuestion(number):
            reviews = tuple(forge.reviews(repo, number))
            return replace(snapshot, reviews={**snapshot.reviews, number: reviews})
        case ReviewRuleQuestion(branch):
            if branch not in memo.required_reviews:
                memo.required_reviews[branch] = forge.required_reviews(repo, branch)
            wanted = {**snapshot.required_reviews, branch: memo.required_reviews[branch]}
            return replace(snapshot, required_reviews=wanted)
