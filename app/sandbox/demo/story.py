"""The demo's story, told as it happens: each step is something that was seen on the stand-in."""

from __future__ import annotations

from pathlib import Path

from app.sandbox.demo.narration import REPO, StoryError, Telling

E2E_SECONDS = 2.0


class Story(Telling):
    """A push travels through dev and two locked end-to-end stages to a merged pull request."""

    def declare_checks(self) -> None:
        """The end-to-end suites, as the repository's workflows would run them."""
        for name in ("web-e2e", "api-e2e"):
            folder = f"stages/{name}"
            self._world.ci.job(
                name, repo=REPO, branch="main", paths=(folder,), after=0.3, lasts=E2E_SECONDS
            )

    def settle(self, demo: Path) -> None:
        """
        Make the repository from the folder *demo* and wait until its first commit has travelled.
        """
        files = {
            str(path.relative_to(demo)): path.read_bytes()
            for path in sorted(demo.rglob("*"))
            if path.is_file()
        }
        self._teller.heading("A repository gets Stagelock")
        self._world.create_repo(REPO, files=files)
        self._sha = self._world.tip(REPO, "main") or ""
        self._say("*", "alice", f"creates {REPO} with a stagelock.yaml", f"/{REPO}")
        self._run("stagelock / dev", "success")
        self._say("+", "dev", "is filled", self._commit(self._sha))
        for name in ("web-e2e", "api-e2e"):
            self._run(f"stagelock / {name}", "success")
            self._say("+", name, "is filled and verified", self._commit(self._sha))
        pull = self._merged("bob")
        self._say(
            "+", "prod", f"is filled: bob merged #{pull.number}", f"/{REPO}/pull/{pull.number}"
        )

    def tell(self) -> None:
        """All of it, in order. `StoryError` names the step that was not seen."""
        self._teller.heading("A change travels")
        self._push()
        self._dev()
        self._queue()
        self._production()
        self._rest()

    def _push(self) -> None:
        page = "<!doctype html>\n<title>shop</title>\n<h1>shop, version 2</h1>\n"
        api = "name: shop-api\nreplicas: 2\nimage: shop-api:2.0\n"
        self._sha = self._world.push(
            REPO,
            "main",
            {"apps/web/index.html": page, "apps/api/service.yaml": api},
            author="alice",
            message="Greet the customers of version 2",
        )
        self._say("*", "alice", f"pushes {self._sha[:7]} to main", self._commit(self._sha))

    def _dev(self) -> None:
        run = self._run("stagelock / dev", "success")
        landed = self._landed("dev")
        self._say("+", "dev", f"{run.title}: {landed[:7]}", self._commit(landed))

    def _queue(self) -> None:
        waiting = self._wait(self._queued_run, "one e2e stage queued for the lock")
        holder, other = ("web-e2e", "api-e2e") if "api-e2e" in waiting else ("api-e2e", "web-e2e")
        self._say(
            "~",
            "lock e2e",
            f"held for {holder}; {other}: {waiting[other]}",
            self._commit(self._sha),
        )
        for name in (holder, other):
            run = self._run(f"stagelock / {name}", "success")
            landed = self._landed(name)
            self._say("+", name, f"{run.title}: {landed[:7]}", self._commit(landed))

    def _queued_run(self) -> dict[str, str] | None:
        """The title of the stage that waits, while the other one verifies."""
        states = {
            name: self._world.check(REPO, self._sha, f"stagelock / {name}")
            for name in ("web-e2e", "api-e2e")
        }
        queued = {n: r.title or "" for n, r in states.items() if r and r.status == "queued"}
        busy = [n for n, r in states.items() if r and r.status == "in_progress"]
        return queued if len(queued) == 1 and busy and _speaks_of_lock(queued) else None

    def _production(self) -> None:
        pull = self._wait(self._open_pull, "production's pull request")
        self._say("*", "prod", f"#{pull.number} {pull.title}", f"/{REPO}/pull/{pull.number}")
        self._wait(lambda: self._may_merge(pull), "stagelock / plan green on its head")
        self._say("+", "prod", "stagelock / plan: may be merged", f"/{REPO}/pull/{pull.number}")
        self._world.merge(REPO, pull.number, by="bob")
        self._say("*", "bob", f"merges #{pull.number}", f"/{REPO}/pull/{pull.number}")
        run = self._run("stagelock / prod", "success")
        self._say("+", "prod", run.title or "", self._commit(self._sha))

    def _rest(self) -> None:
        """Every stage holds what was pushed, object by object, and nothing promotes any more."""
        for part in ("web", "api"):
            wanted = self._world.tree_id(REPO, self._sha, f"apps/{part}")
            stage = f"{part}-e2e"
            for name in ("dev", stage, "prod"):
                if self._world.tree_id(REPO, "main", f"stages/{name}/{part}") != wanted:
                    raise StoryError(f"stages/{name}/{part} is not what alice pushed")
        self._say("+", "all", "every stage holds the very objects that alice pushed", f"/{REPO}")


def _speaks_of_lock(queued: dict[str, str]) -> bool:
    return all("e2e" in title for title in queued.values())
