"""Other people's pull requests and merge groups: what merging them would feed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TypeVar

from app.core.model.facts import PullFact
from app.core.model.merge_queue import merge_group
from app.core.model.names import Sha, WarehouseName
from app.core.model.snapshot import Proposal, Snapshot
from app.core.paths.output_coverage import touched
from app.core.paths.watch_rules import PathRules
from app.engine.survey.config_in_force import FILE, parsed
from app.engine.survey.watched_paths import WatchedPaths
from app.errors import Denied, Missing, Rejected
from app.ports import Forge, GitRepo

OURS = "stagelock/"
SHOWN = 50
KEPT = 2000

Fact = TypeVar("Fact")
Apart = Callable[[str], AbstractContextManager[None]]
"""What fails in such a block, which is named, is tried again by the next look."""

log = logging.getLogger("stagelock.proposals")


class Proposals:
    """Reads what is proposed; what a head changes is read once for each (base, head)."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._known: dict[tuple[int, int, Sha, Sha | None], Sequence[bytes] | None] = {}

    def read(
        self, snapshot: Snapshot, git: GitRepo, watched: WatchedPaths, apart: Apart
    ) -> tuple[Proposal, ...]:
        """
        Every open pull request that is not ours, by number, then the merge groups.

        One of which GitHub gives no answer now is left out: its runs stay as they are.
        """
        pipeline = snapshot.config.pipeline
        if pipeline is None:
            return ()
        rules = watched.rules(pipeline, snapshot.default_branch)
        found: list[Proposal] = []
        for pull in self._forge.open_pulls(snapshot.repo):
            if not _ours(pull, snapshot):
                read = partial(self._paths_of, snapshot, git, pull)
                about = pull.number, pull.head_sha, pull.base_ref
                with apart(f"proposal #{pull.number}"):
                    found.append(self._proposal(snapshot, git, rules, *about, _alone(read)))
        for branch, tip in sorted(snapshot.tips.items()):
            group = merge_group(branch)
            if group is not None:
                base = group.base
                read = partial(_between, git, snapshot.tips.get(base), tip)
                with apart(f"proposal {branch}"):
                    found.append(self._proposal(snapshot, git, rules, 0, tip, base, _alone(read)))
        return tuple(found)

    def _paths_of(self, snapshot: Snapshot, git: GitRepo, pull: PullFact) -> Sequence[bytes] | None:
        base = snapshot.tips.get(pull.base_ref)
        key = (snapshot.repo.id, pull.number, pull.head_sha, base)
        if key not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            if base is not None and git.has(pull.head_sha):
                self._known[key] = _between(git, base, pull.head_sha)
            else:
                files = partial(self._forge.pull_files, snapshot.repo, pull.number)
                self._known[key] = _alone(files)
        return self._known[key]

    def _proposal(
        self,
        snapshot: Snapshot,
        git: GitRepo,
        rules: PathRules,
        number: int,
        head: Sha,
        base: str,
        paths: Sequence[bytes] | None,
    ) -> Proposal:
        pipeline = snapshot.config.pipeline
        known = paths or ()
        here = [
            w
            for w in (pipeline.warehouses.values() if pipeline else ())
            if (w.branch or snapshot.default_branch) == base
        ]
        fed = {name for path in known for name in rules.watched(path)}
        changes = FILE.encode() in known
        text = _alone(partial(self._config, snapshot, git, head)) if changes else None
        checked = parsed(text, snapshot.default_branch) if text is not None else None
        return Proposal(
            number=number,
            head=head,
            base=base,
            warehouses=tuple(w.name for w in here if w.name in fed),
            ignored=_ignored(rules, [w.name for w in here], known),
            changes_config=changes,
            config_problems=tuple(checked.problems) if checked else (),
            config_notes=tuple(checked.notes) if checked else (),
            config_readable=checked is not None or not changes,
            config_pipeline=checked.pipeline if checked else None,
            known=paths is not None,
            outputs=touched(pipeline, snapshot.default_branch, base, known) if pipeline else (),
        )

    def _config(self, snapshot: Snapshot, git: GitRepo, head: Sha) -> bytes | None:
        if git.has(head):
            return git.read(head, FILE)
        return self._forge.read_file(snapshot.repo, head, FILE)


def _alone(read: Callable[[], Fact | None]) -> Fact | None:
    """
    What *read* finds of one pull request; None where that cannot be read: its runs say so.
    """
    try:
        return read()
    except (Denied, Missing, Rejected) as error:
        log.info("%s", error.message, extra={"action": "proposal.unread"})
        return None


def _ours(pull: PullFact, snapshot: Snapshot) -> bool:
    return pull.head_ref.startswith(OURS) and pull.head_repo_id == snapshot.repo.id


def _between(git: GitRepo, base: Sha | None, head: Sha) -> Sequence[bytes] | None:
    """What merging *head* into *base* brings: the changes since they parted."""
    if base is None:
        return None
    fork = git.merge_base(base, head)
    return None if fork is None else git.changed_paths(head, fork)


def _ignored(
    rules: PathRules, warehouses: Sequence[WarehouseName], paths: Sequence[bytes]
) -> tuple[tuple[str, str], ...]:
    """Changed paths that feed nothing, with the rule that says so, where one does."""
    found: list[tuple[str, str]] = []
    for path in paths:
        answers = [rules.explain(name, path) for name in warehouses]
        if answers and not any(answer.fires for answer in answers):
            rule = next((a.rule for a in answers if a.rule), None)
            if rule is not None:
                found.append((path.decode("utf-8", "backslashreplace"), rule))
        if len(found) == SHOWN:
            break
    return tuple(found)
