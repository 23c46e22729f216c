"""
Which commits are promotions of ours, where no record says so: by our runs there, or our signature.

Trailers alone, which anybody can write, are nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.model.check_names import PLAN, stage_run
from app.core.model.facts import CheckFact, Commit, PullFact
from app.core.model.names import Repo, Sha, StageName
from app.core.model.pipeline import Pipeline, Stage
from app.core.protection.commit_notes import place
from app.core.rebuild import Landing, Trailers, read_trailers
from app.core.rebuild.found import vouches
from app.errors import Missing
from app.ports import Forge, GitRepo


class Beliefs:
    """
    Of one repository and one pipeline; *runs* are all of ours that were asked for, each once, also
    by those before who have the same.
    """

    def __init__(
        self,
        repo: Repo,
        default_branch: str,
        pipeline: Pipeline,
        git: GitRepo,
        forge: Forge,
        runs: dict[Sha, tuple[CheckFact, ...]] | None = None,
    ) -> None:
        self._repo = repo
        self._default_branch = default_branch
        self._pipeline = pipeline
        self._git = git
        self._forge = forge
        self.runs = {} if runs is None else runs

    def branch(self, stage: Stage) -> str:
        """The branch that *stage* is written to."""
        return stage.branch or self._default_branch

    def own(self, sha: Sha) -> tuple[CheckFact, ...]:
        """Our runs on a commit."""
        if sha not in self.runs:
            self.runs[sha] = tuple(self._forge.own_runs(self._repo, sha))
        return self.runs[sha]

    def claimed(self, commit: Commit, before: Sha | None) -> tuple[Trailers, Sha | None] | None:
        """What *commit* claims to be, and the pull request's head whose merge it claims to be."""
        said = read_trailers(self._repo.id, self._git.message(commit.sha))
        if said is not None:
            return said, None
        for parent in (p for p in commit.parents if len(commit.parents) > 1 and p != before):
            said = read_trailers(self._repo.id, self._git.message(parent))
            if said is not None:
                return said, parent
        return None

    def stage(self, said: Trailers, branch: str) -> Stage | None:
        """The stage that *said* speaks of, if it is written to *branch* and takes that freight."""
        stage = self._pipeline.stages.get(said.stage)
        fits = stage is not None and stage.writes and self.branch(stage) == branch
        return stage if fits and stage and stage.freight == said.freight.warehouse else None

    def landing(self, said: Trailers, commit: Commit, head: Sha | None) -> Landing | None:
        """
        The landing, if a run of ours on *commit*, or on the head that it merged, carries its id, or
        our signature for that place is on it.

        A merge counts by its content: the outputs that its head showed.
        """
        outputs = self._pipeline.stages[said.stage].outputs
        content = self._git.content(commit.sha, outputs)
        runs = self.own(commit.sha)
        branch = self.branch(self._pipeline.stages[said.stage])
        merged = head is not None and vouches(runs, stage_run(said.stage), said.promotion)
        if merged or (head is None and self.pushed(said, commit.sha, branch)):
            return Landing(said, commit, content, runs, head)
        for proposed in (head,) if head else self._merged_heads(said, commit.sha):
            if not self.there(proposed) or self._git.content(proposed, outputs) != content:
                continue
            if self.proposed(proposed, said):
                return Landing(said, commit, content, runs, proposed)
        return None

    def pushed(self, said: Trailers, sha: Sha, branch: str) -> bool:
        """The commit itself is one of ours that landed on *branch*: no head of a pull request."""
        told = vouches(self.own(sha), stage_run(said.stage), said.promotion)
        return told or self._signed(sha, branch)

    def proposed(self, sha: Sha, said: Trailers) -> bool:
        """The pull request's head at *sha* was ours, and for that promotion."""
        if vouches(self.own(sha), PLAN, said.promotion):
            return True
        claimed = read_trailers(self._repo.id, self._git.message(sha))
        return claimed == said and self._signed(sha, f"stagelock/{said.stage}")

    def _signed(self, sha: Sha, branch: str) -> bool:
        """Our signature is on the commit, and it was made for *branch*: elsewhere it is a copy."""
        return self._git.is_signed(sha) and place(self._git.message(sha).encode()) == branch

    def _merged_heads(self, said: Trailers, sha: Sha) -> Iterator[Sha]:
        """The heads of our pull requests that GitHub says were squashed or rebased to *sha*."""
        for pull in self._forge.pulls_of(self._repo, sha):
            if self.ours(pull) == said.stage and pull.merged and pull.merge_sha == sha:
                yield pull.head_sha

    def there(self, sha: Sha) -> bool:
        """The commit is in the mirror, or can be brought there."""
        try:
            self._git.prefetch([(sha, "")])
        except Missing:
            return False
        return self._git.has(sha)

    def ours(self, pull: PullFact) -> StageName | None:
        """The stage whose pull request of ours *pull* is."""
        stage = StageName(pull.head_ref.removeprefix("stagelock/"))
        same = pull.head_repo_id == self._repo.id and pull.head_ref == f"stagelock/{stage}"
        return stage if same and stage in self._pipeline.stages else None
