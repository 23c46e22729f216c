"""The live timeline: what happens in a repository of the sandbox, told as it is seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from app.core.model.check_names import CONFIG, LOCK, PLAN, PREFIX
from app.sandbox.demo.launch import SLUG
from app.sandbox.demo.narration import Teller
from app.sandbox.github.git_store import CommitInfo
from app.sandbox.github.model import Pull, Run
from app.sandbox.people.world import World

LOOK_SECONDS = 0.3
QUIET_SECONDS = 8.0
"""Nothing at all happened for so long: everything came to rest, or waits for a person."""
STUCK_SECONDS = 30.0
"""The same while something is under way: it waits for a check that nobody plays here."""
MOST_SECONDS = 600.0
MOST_PROMOTED = 50
"""So many of our commits may lie on top of a push when it is seen."""

_MARKS = {"success": "+", "failure": "~", "action_required": "~", "cancelled": "~"}


class Watch:
    """
    Looks at *repo* and tells *teller* what is new since the last look.

    People's pushes, stages on their freight's commit, pull requests of promotions, problems with
    the pipeline file. What was there before the first look is not told.
    """

    def __init__(self, world: World, teller: Teller, repo: str) -> None:
        self._world = world
        self._teller = teller
        self._repo = world.repo(repo)
        self._tips = world.branches(repo)
        self._told: dict[object, object] = dict(self._news())

    def follow(self, ended: threading.Event) -> None:
        """Tell until *ended* is set."""
        while not ended.wait(LOOK_SECONDS):
            self.look()

    def until_rest(self) -> bool:
        """Tell until nothing more happens by itself; False if that takes over 10 minutes."""
        begun = changed = time.monotonic()
        version = -1
        while time.monotonic() - begun < MOST_SECONDS:
            self.look()
            if self._world.hub.version != version:
                version, changed = self._world.hub.version, time.monotonic()
            quiet = time.monotonic() - changed
            if quiet > (STUCK_SECONDS if self._under_way() else QUIET_SECONDS):
                return True
            time.sleep(LOOK_SECONDS)
        return False

    def look(self) -> None:
        """Tell what is new."""
        self._pushes()
        for key, news in self._news():
            if self._told.get(key) != news:
                self._told[key] = news
                self._teller.say(*news)

    def standing(self) -> None:
        """Tell where each stage is, by the newest run that speaks of it."""
        newest: dict[str, Run] = {}
        for run in self._runs():
            if run.name not in (PLAN, CONFIG) and not run.name.startswith(LOCK):
                newest[run.name.removeprefix(PREFIX)] = run
        for stage, run in newest.items():
            mark = "+" if run.conclusion == "success" else "~"
            self._teller.say(mark, stage, run.title or run.conclusion or run.status)

    def _news(self) -> Iterator[tuple[object, tuple[str, str, str, str]]]:
        for run in self._runs():
            told = self._of_run(run)
            if told is not None:
                yield (run.name, run.head_sha), told
        for pull in reversed(self._world.pulls(self._repo.full_name)):
            yield pull.number, self._of_pull(pull)

    def _of_run(self, run: Run) -> tuple[str, str, str, str] | None:
        title = run.title or run.conclusion or run.status
        link = f"/{self._repo.full_name}/commit/{run.head_sha[:10]}"
        if run.name == CONFIG:
            return ("~", "config", title, link) if run.conclusion == "failure" else None
        if run.name == PLAN:
            pull = next((p for p in self._own_pulls() if p.head_sha == run.head_sha), None)
            if pull is None or pull.state != "open" or run.conclusion != "success":
                return None
            at = f"/{self._repo.full_name}/pull/{pull.number}"
            return "+", "plan", f"#{pull.number} may be merged", at
        if run.name.startswith(LOCK):
            name = run.name.removeprefix(PREFIX)
            return ("~", name, title, link) if run.conclusion == "action_required" else None
        upstream = title.startswith("waiting for ") and "Minting:" not in (run.summary or "")
        if self._landed(run.head_sha) or upstream:  # whose own run says the same
            return None
        mark = _MARKS.get(run.conclusion or "", "*")
        return mark, run.name.removeprefix(PREFIX), f"{title}  ({run.head_sha[:7]})", link

    def _of_pull(self, pull: Pull) -> tuple[str, str, str, str]:
        link = f"/{self._repo.full_name}/pull/{pull.number}"
        if pull.merged_at is not None:
            who = pull.merged_by.login if pull.merged_by else "somebody"
            return "*", who, f"merged #{pull.number}", link
        word = "open" if pull.state == "open" else "closed"
        return (
            "*",
            pull.user.login.removesuffix("[bot]"),
            f"#{pull.number} {word}: {pull.title}",
            link,
        )

    def _pushes(self) -> None:
        tips = self._world.branches(self._repo.full_name)
        for branch, sha in tips.items():
            pushed = self._pushed(branch, sha)
            if pushed is not None:
                link = f"/{self._repo.full_name}/commit/{pushed.sha[:10]}"
                told = f"{pushed.sha[:7]} to {branch}: {pushed.subject}"
                self._teller.say("*", "push", told, link)
        self._tips = tips

    def _pushed(self, branch: str, tip: str) -> CommitInfo | None:
        """
        What people pushed since the last look; None: nothing.

        We may have promoted it already: on a branch that we knew it lies below our commits.
        """
        known = self._tips.get(branch)
        most = 1 if known is None or branch.startswith("stagelock/") else MOST_PROMOTED
        for commit in self._world.log(self._repo.full_name, tip, limit=most):
            if commit.sha == known:
                return None
            if not self._landed(commit.sha):
                return commit
        return None

    def _landed(self, sha: str) -> bool:
        """Tell whether the commit is a promotion's: written by us, or the merge of one."""
        if any(sha in (p.merge_sha, p.head_sha) for p in self._own_pulls()):
            return True
        commits = self._world.log(self._repo.full_name, sha, limit=1)
        return any("\nStagelock-Promotion: " in commit.message for commit in commits)

    def _own_pulls(self) -> list[Pull]:
        pulls = self._world.pulls(self._repo.full_name)
        return [pull for pull in pulls if pull.head.startswith("stagelock/")]

    def _runs(self) -> list[Run]:
        """Our own runs, oldest first."""
        hub = self._world.hub
        with hub.lock:
            ours = hub.app(SLUG).id
            return [
                run
                for run in hub.runs.values()
                if (run.repo_id, run.app_id) == (self._repo.id, ours)
            ]

    def _under_way(self) -> bool:
        """Tell whether something unfinished does not wait for a person's merge."""
        with self._world.hub.lock:
            runs = [r for r in self._world.hub.runs.values() if r.repo_id == self._repo.id]
        open_runs = [run for run in runs if run.status == "in_progress"]
        return any(
            "merge" not in (r.title or "") and "review" not in (r.title or "") for r in open_runs
        )
