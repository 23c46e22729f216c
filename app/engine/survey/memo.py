"""What one tick has heard already, and need not ask again."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.model.deployments import Deployment, Job, WorkflowRun
from app.core.model.facts import PullFact
from app.core.model.names import Sha


@dataclass(slots=True)
class Memo:
    """What GitHub said in this tick; our own effects make parts of it outdated."""

    pulls: dict[int, PullFact] = field(default_factory=dict)
    required_reviews: dict[str, int] = field(default_factory=dict)
    runs: dict[int, WorkflowRun] = field(default_factory=dict)
    probed: dict[tuple[int, int], WorkflowRun] = field(default_factory=dict)
    started: dict[tuple[str, str, int], tuple[WorkflowRun, ...]] = field(default_factory=dict)
    jobs: dict[tuple[int, int], tuple[Job, ...]] = field(default_factory=dict)
    deployments: dict[tuple[Sha, str], tuple[Deployment, ...]] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)
    """Branches on which a rule refused several promotions together."""

    def forget_runs(self) -> None:
        """We told GitHub something about workflow runs."""
        self.runs.clear()
        self.probed.clear()
        self.started.clear()
        self.jobs.clear()
        self.deployments.clear()

    def forget_pulls(self) -> None:
        """We changed a pull request."""
        self.pulls.clear()
