"""The forge, over GitHub's REST API."""

from __future__ import annotations

from app.github.checks import Checks
from app.github.client import Client
from app.github.comments import Comments
from app.github.deliveries import Deliveries
from app.github.environments import Environments
from app.github.examination import Examination
from app.github.pulls import Pulls
from app.github.started import Started
from app.github.workflows import Workflows
from app.observe import Metrics, Redactor
from app.ports import Budget, Clock
from app.settings import GitHubSettings


class GitHubForge(
    Started, Checks, Pulls, Comments, Workflows, Environments, Deliveries, Examination
):
    """
    GitHub as one App sees it; safe to share between threads, one for each process.

    Beyond `Forge` it has `git_token` and `renewed_git_token`, for Git over HTTP.
    """

    def close(self) -> None:
        """Close the connections; the forge cannot be used afterwards."""
        self._client.close()


def open_forge(
    settings: GitHubSettings,
    *,
    clock: Clock,
    budget: Budget,
    redactor: Redactor,
    public_url: str | None = None,
    metrics: Metrics | None = None,
) -> GitHubForge:
    """
    Build the forge; connects to nothing yet.

    *redactor* learns every token that is minted; *public_url* is where our check runs link to.
    """
    client = Client(
        settings.app_id,
        settings.private_key,
        settings.api_url,
        clock=clock,
        budget=budget,
        api_version=settings.api_version,
        outgoing=settings.outgoing,
        redact=redactor,
        learn=redactor.learn,
        metrics=metrics,
    )
    return GitHubForge(client, settings.app_id, public_url)
