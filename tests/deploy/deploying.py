"""A GitHub that delivers to a server of ours, whatever started that."""

from __future__ import annotations

from app.core.model.webhook_events import HANDLED_EVENTS
from app.sandbox.demo.launch import PERMISSIONS, SLUG
from app.sandbox.serve.server import Sandbox
from tests.cli.inviting import invited
from tests.flows.harness import ONE_BRANCH
from tests.flows.settings import private_key
from tests.processes import PATIENCE, Running, until
from tests.setup.newcomer import PIPELINE, promoted
from tests.setup.person import Person

REPO = "acme/shop"
FILES = {"stagelock.yaml": ONE_BRANCH, "apps/web/index.html": "one"}
SECRET = "a long random text"


class Github(Sandbox):
    """A GitHub with the App installed, and a repository with a pipeline."""

    def registered(self) -> tuple[str, str]:
        """The App's number and key."""
        made = self.world.register_app(
            SLUG, None, SECRET, PERMISSIONS, sorted(HANDLED_EVENTS), private_key()
        )
        return str(made.app_id), made.private_key_pem

    def promotes(self, url: str) -> None:
        """A push is delivered to the server at *url*, which promotes it."""
        self.world.set_webhook(SLUG, f"{url}/github/webhook")
        self.world.create_repo(REPO, files=dict(FILES))

        def landed() -> bool:
            log = self.world.log(REPO, "main")
            return any(one.message.startswith("Promote web") for one in log)

        until(landed, PATIENCE, "nothing was promoted")

    def sets_up(self, running: Running, url: str) -> None:
        """A person makes and installs the App at the server that is seen at *url*, and is done."""
        self.world.create_repo(REPO, {"README.md": "x\n"}, install=False)
        ana = Person().opens(invited(running))
        ana.presses(
            "Create the App on GitHub",
            public_url=url,
            server="own",
            github_url=self.url,
            organisation="acme",
        )
        ana.forwarded()
        ana.presses("Create GitHub App")
        ana.follows("Install it on GitHub").presses("Install")
        ana.presses("Done: close this page for good")
        assert "Done: this server is set up" in ana.text

    def fills(self, running: Running, text: str) -> None:
        """Somebody pushes *text*, and the server promotes it."""
        files = {"stagelock.yaml": PIPELINE, "apps/web/index.html": text}
        promoted(self, running, files, text.encode())
