"""What pushing a ref would promote where: the pipeline walked through without writing anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from app.core.gates.foreign_content import held, values_of
from app.core.model.facts import Content
from app.core.model.hand_edits import HandEdit
from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.pipeline import Pipeline, Stage, sources
from app.core.model.previews import Held, Ignored, StagePreview
from app.core.model.renders import Rendered
from app.core.model.snapshot import ConfigState
from app.core.paths.watch_rules import compile_rules
from app.core.protection.commit_notes import written
from app.core.state.lines import BranchLine
from app.engine.survey.adoption import REACH, supposed
from app.engine.survey.commit_graph import Parents, Step, fires, step
from app.engine.survey.config_in_force import config_state
from app.engine.survey.edits_in_clone import hand_edits, since_promotion
from app.engine.survey.ignoring import ignored, watching
from app.engine.survey.previewing import Walk
from app.engine.survey.unremembered import Landed, unremembered
from app.ports import GitRepo

NEVER = datetime.min.replace(tzinfo=UTC)
MOST_RENDERS = 5_000
"""Of stages, to find the freight that explains what they hold: a minute of somebody's patience."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a push would do."""

    config: ConfigState
    freight: dict[WarehouseName, FreightId | None]
    """Each warehouse's newest commit; None: it watches nothing there."""
    stages: tuple[StagePreview, ...]
    ignored: tuple[Ignored, ...] = ()
    """What the push changes, and no warehouse takes up."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What a stage that was never promoted to holds now."""

    holds: Content
    """(output, mark) pairs."""
    files: int
    """How many files lie in the folders among them."""
    explained: FreightId | None
    """The freight that gives just that; None: none does."""
    whole: bool
    """All freights that count were compared."""


def preview(
    git: GitRepo, default_branch: str, tip: Sha, pipeline: Pipeline | None, before: Sha | None
) -> Preview:
    """
    Walk *tip*, as if it were pushed to *default_branch*, through the pipeline.

    *pipeline* None: the one of the `stagelock.yaml` at *tip*. *before*: what the branch is on the
    server now (None: it is not there).
    """
    config = config_state(git, tip, None, default_branch)
    pipeline = pipeline or (config.pipeline if config.status == "valid" else None)
    if pipeline is None:
        return Preview(config, {}, ())
    line = _Lines(git, default_branch, tip, pipeline, before)
    previews = line.walk().stages()
    return Preview(config, line.freight, line.with_contacts(previews), line.ignored())


def first_contact(
    git: GitRepo, default_branch: str, tip: Sha, pipeline: Pipeline, before: Sha | None
) -> Mapping[StageName, Contact]:
    """
    Whose content the stages hold now, by the rule of first contact, had we never written any.

    As `preview` for the rest; stages that write nothing, or hold nothing, are not in it.
    """
    return _Lines(git, default_branch, tip, pipeline, before).contacts()


class _Lines:
    def __init__(
        self,
        git: GitRepo,
        default_branch: str,
        tip: Sha,
        pipeline: Pipeline,
        before: Sha | None,
    ) -> None:
        self._git = git
        self._before = before
        self._pipeline = pipeline
        self._default = default_branch
        self._tips = {**git.heads(), default_branch: tip}
        self._rules = compile_rules(pipeline, default_branch)
        self.freight = {name: next(self._firing(name), None) for name in pipeline.warehouses}

    def walk(self) -> Walk:
        """The newest freight of each warehouse on its way."""
        rules, on = self._rules, self._default
        return Walk(self._git, self._pipeline, on, rules, self._tips, self.freight, named=None)

    def _firing(self, name: WarehouseName) -> Iterator[FreightId]:
        """The freight that commits of the line are, newest first."""

        def watches(path: bytes) -> bool:
            return name in self._rules.watched(path)

        branch = self._pipeline.warehouses[name].branch or self._default
        for commit in self._line(branch):
            if fires(self._git, watches, commit):
                yield FreightId(name, commit.sha)

    def _line(self, branch: str) -> Iterator[Step]:
        """The branch's line after the push, newest first."""
        graph, line = Parents(self._git), BranchLine({}, ())
        for tip in (self._before if branch == self._default else None, self._tips.get(branch)):
            if tip is not None:
                line.advance(graph, tip, NEVER)
        for place in range(line.top, line.bottom, -1):
            yield step(graph, line, line.at[place])
        if line.at:
            yield from unremembered(self._git, line.at[line.bottom], self._landed(branch))

    def _landed(self, branch: str) -> Landed:
        """Here nothing is stored, so what a commit says of itself has to do."""

        def landed(sha: Sha) -> bool:
            claim = written(sha, self._git.message(sha).encode("utf-8", "surrogatepass"))
            stage = self._pipeline.stages.get(StageName(claim[0])) if claim is not None else None
            return stage is not None and _pushed_to(stage, branch, self._default)

        return landed

    def ignored(self) -> tuple[Ignored, ...]:
        """What the push changes on the default branch, and no warehouse takes up."""
        tip, base = self._tips[self._default], self._before
        if base is None or (base := self._git.merge_base(base, tip)) is None:
            return ()
        on = watching(self._pipeline, self._default, self._default)
        return tuple(ignored(self._pipeline, self._rules, on, self._git.changed_paths(tip, base)))

    def with_contacts(self, previews: Sequence[StagePreview]) -> tuple[StagePreview, ...]:
        """
        Those that hold what no freight explains, and were never promoted to, say so; of the others
        what was edited there by hand.
        """
        differing = {p.stage for p in previews if p.changes is not None and p.changes.count}
        there = {
            name: content
            for name, content in self._held().items()
            if name in differing and not self._promoted(self._of(name))
        }
        foreign = {
            name: Held(values_of(self._of(name), contact.holds), contact.files)
            for name, contact in self._contacts(there).items()
            if contact.explained is None and contact.whole
        }
        return tuple(
            replace(preview, foreign=foreign.get(preview.stage), edited=self._edited(preview))
            for preview in previews
        )

    def _edited(self, preview: StagePreview) -> tuple[HandEdit, ...]:
        if preview.freight is None or preview.changes is None:
            return ()
        stage = self._of(preview.stage)
        return hand_edits(self._git, stage, self._tips.get(self._branch(stage)))

    def _promoted(self, stage: Stage) -> bool:
        promoted, _ = since_promotion(self._git, stage, self._tips.get(self._branch(stage)))
        return promoted is not None

    def _branch(self, stage: Stage) -> str:
        return stage.branch or self._default

    def contacts(self) -> Mapping[StageName, Contact]:
        """Of all stages that hold something."""
        return self._contacts(self._held())

    def _contacts(self, held_now: Mapping[StageName, Content]) -> Mapping[StageName, Contact]:
        """Freight by freight, the newest first, until every one of *held_now* has one."""
        contacts: dict[StageName, Contact] = {}
        room = MOST_RENDERS
        for name in self._pipeline.warehouses:
            there = {n: c for n, c in held_now.items() if self._of(n).freight == name}
            explained, used = self._explained(name, there, room)
            room -= used
            for stage, content in there.items():
                tip = self._tips.get(self._branch(self._of(stage)))
                files = self._git.files_in(tip, self._of(stage).outputs)
                known = explained.get(stage)
                contacts[stage] = Contact(tuple(held(content)), files, known, whole=room > 0)
        return contacts

    def _explained(
        self, name: WarehouseName, there: Mapping[StageName, Content], room: int
    ) -> tuple[Mapping[StageName, FreightId], int]:
        """The newest freight that gives what a stage holds; and how often a stage was rendered."""
        explained: dict[StageName, FreightId] = {}
        used = 0
        for freight in islice(self._firing(name), REACH) if there else ():
            if used >= room or len(explained) == len(there):
                break
            given = self._given(freight)
            used += max(1, len(given))
            for stage, content in given.items():
                if there.get(stage) == content:
                    explained.setdefault(stage, freight)
        return explained, used

    def _of(self, name: StageName) -> Stage:
        return self._pipeline.stages[name]

    def _held(self) -> Mapping[StageName, Content]:
        """What stages hold that hold anything."""
        contents: dict[StageName, Content] = {}
        for stage in self._pipeline.stages.values():
            tip = self._tips.get(self._branch(stage))
            content = self._git.content(tip, stage.outputs) if stage.writes else ()
            if any(True for _ in held(content)):
                contents[stage.name] = content
        return contents

    def _given(self, freight: FreightId) -> Mapping[StageName, Content]:
        """What each stage of its warehouse would hold, had *freight* gone all the way."""
        above: dict[StageName, Sha] = {}
        walk = self.walk()
        given: dict[StageName, Content] = {}
        for stage in self._pipeline.stages.values():
            if stage.freight != freight.warehouse or not stage.writes:
                continue
            if all(name in above for name in sources(stage)):
                outcome = walk.rendered(stage, freight, above)
                if isinstance(outcome, Rendered):
                    above[stage.name] = supposed(self._git, outcome.tree)
                    given[stage.name] = outcome.content
        return given


def _pushed_to(stage: Stage, branch: str, default_branch: str) -> bool:
    """We push to *branch* for the stage; what claims to be of a pull request may be its head."""
    return stage.writes and stage.via == "commit" and (stage.branch or default_branch) == branch
