"""The story's second act: a failed check, a lock that nobody may take, and an edit by hand."""

from __future__ import annotations

from app.sandbox.demo.narration import REPO, Telling
from app.sandbox.github.model import Run

HOLD_SECONDS = 8
"""The longest a grant lasts in this act, so that nobody has to wait long for a suspect lock."""
BROKEN = "Try a new checkout [fail web-e2e] [hang api-e2e]"
"""Words that the played checks obey: `app/sandbox/github/moods.py`."""


class Trouble(Telling):
    """A push that fails in one stage and hangs in the other; its repair; drift."""

    def tell(self) -> None:
        """All of it, in order. `StoryError` names the step that was not seen."""
        self._teller.heading("Something goes wrong")
        broken = self._push(BROKEN, 3, {"stagelock.yaml": self._shorter()})
        self._failed()
        hanging = self._hangs()
        repaired = self._push("Repair the checkout", 4, {})
        self._suspect(broken, repaired)
        self._released(broken, hanging)
        self._sha = repaired
        for name in ("web-e2e", "api-e2e"):
            self._say("+", name, self._run(f"stagelock / {name}", "success").title or "")
        pull = self._merged("bob")
        self._say(
            "+", "prod", f"bob merges #{pull.number}: production has it", self._commit(repaired)
        )
        self._drifts()

    def _push(self, message: str, version: int, more: dict[str, str | bytes]) -> str:
        page = f"<!doctype html>\n<title>shop</title>\n<h1>shop, version {version}</h1>\n"
        api = f"name: shop-api\nreplicas: 2\nimage: shop-api:{version}.0\n"
        files = {"apps/web/index.html": page, "apps/api/service.yaml": api, **more}
        self._sha = self._world.push(REPO, "main", files, author="alice", message=message)
        said = f'pushes {self._sha[:7]}, "{message}"'
        self._say("*", "alice", said, self._commit(self._sha))
        return self._sha

    def _shorter(self) -> bytes:
        """The pipeline with a short `max-hold`."""
        text = self._read("stagelock.yaml")
        return text.replace(b"max-hold: 15m", f"max-hold: {HOLD_SECONDS}s".encode())

    def _failed(self) -> None:
        run = self._run("stagelock / web-e2e", "failure")
        self._say("~", "web-e2e", run.title or "", f"/{REPO}/runs/{run.id}")

    def _hangs(self) -> str:
        """The promotion commit on which api-e2e's job hangs."""
        landed = self._landed("api-e2e")
        self._say("~", "api-e2e", "its job hangs, and holds the lock", self._commit(landed))
        return landed

    def _suspect(self, broken: str, repaired: str) -> None:
        """Past `max-hold` the lock is nobody's to give: the job may still run."""
        lock = self._wait(lambda: self._lock(broken), "the lock turned suspect")
        self._say("~", "lock e2e", lock.title or "", f"/{REPO}/runs/{lock.id}")
        waits = self._wait(lambda: self._blocked(repaired), "a stage that says what it waits for")
        self._say("~", "web-e2e", waits.title or "", f"/{REPO}/runs/{waits.id}")

    def _released(self, broken: str, hanging: str) -> None:
        lock = self._wait(lambda: self._lock(broken), "the suspect lock's run")
        self._world.press(REPO, lock, "release", "alice")
        self._say("*", "alice", "has seen that the job hangs, and presses Release")
        self._world.ci.finish(REPO, hanging, "api-e2e", "failure")

    def _lock(self, sha: str) -> Run | None:
        run = self._world.check(REPO, sha, "stagelock / lock / e2e")
        return run if run is not None and run.conclusion == "action_required" else None

    def _blocked(self, sha: str) -> Run | None:
        run = self._world.check(REPO, sha, "stagelock / web-e2e")
        return run if run is not None and "suspect" in (run.title or "") else None

    def _drifts(self) -> None:
        """Production is edited by hand: that is kept, and said with the name."""
        path = "stages/prod/web/config.yaml"
        before = self._read(path).decode()
        edit = {path: f"{before}banner: closed on Sunday\n"}
        sha = self._world.push(REPO, "main", edit, author="bob", message="Announce the Sunday")
        self._say(
            "*", "bob", f"pushes {sha[:7]} to production's folder, by hand", self._commit(sha)
        )
        run = self._wait(self._drifted, "the drift on production's run")
        self._say("~", "prod", run.title or "", f"/{REPO}/runs/{run.id}")

    def _read(self, path: str) -> bytes:
        return self._world.tree(REPO, "main", path).get(path, b"")

    def _drifted(self) -> Run | None:
        run = self._world.check(REPO, self._sha, "stagelock / prod")
        return run if run is not None and "drift" in (run.title or "") else None
