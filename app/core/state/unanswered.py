"""What a stage's past and present cannot be read without, where it has no answer now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from app.core.model.names import StageName, WarehouseName
from app.core.model.pipeline import Pipeline
from app.core.model.questions import (
    ChecksQuestion,
    EqualQuestion,
    LineQuestion,
    PlaceQuestion,
    Question,
    StageQuestion,
)
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot


def blind(snapshot: Snapshot, pipeline: Pipeline) -> Mapping[StageName, tuple[Question, ...]]:
    """
    Per stage the unanswered questions about the line of its warehouse, what lies in its place, and
    which of its and its upstreams' promotions are on their branches.
    """
    if not snapshot.unanswered:
        return {}
    own: dict[StageName, list[Question]] = defaultdict(list)
    lines: set[WarehouseName] = set()
    for question in sorted(snapshot.unanswered, key=repr):
        match question:
            case StageQuestion(name) | PlaceQuestion(name):
                own[name].append(question)
            case LineQuestion(warehouse):
                lines.add(warehouse)
            case _:
                pass
    questions: dict[StageName, tuple[Question, ...]] = {}
    for stage in pipeline.stages.values():
        line = [LineQuestion(stage.freight)] if stage.freight in lines else []
        # What lies in one stage's place concerns no stage below.
        above = [
            q for up in stage.upstreams for q in questions[up] if not isinstance(q, StageQuestion)
        ]
        questions[stage.name] = tuple(dict.fromkeys([*own[stage.name], *line, *above]))
    return questions


def unproven(snapshot: Snapshot, promotion: Promotion) -> Question | None:
    """The question about *promotion*'s evidence that was asked in this tick and has no answer."""

    def about(question: Question) -> bool:
        match question:
            case ChecksQuestion(sha, within, _):
                return sha == promotion.landed or within == promotion.id
            case EqualQuestion(asked, _, None):
                return asked == promotion.id
            case _:
                return False

    return min(filter(about, snapshot.unanswered), key=repr, default=None)
