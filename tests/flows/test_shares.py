"""What an installation may create on GitHub is shared: talk never stops promotions."""

from __future__ import annotations

from datetime import timedelta

from app.core.model.people import Person
from tests.flows.harness import REPO, Flow
from tests.flows.test_identity import FILES

HOUR = timedelta(hours=1)


def test_sixty_comments_of_a_reader_delay_nobodys_runs(flow: Flow):
    first = flow.repo(FILES)
    flow.world.set_role(REPO, "rita", "read")
    for _ in range(60):
        flow.world.comment(REPO, first, "/why dev", by="rita")
    flow.settle()

    pushed = flow.push({"apps/web/index.html": "two"})

    run = flow.run(pushed, "dev")
    assert run is not None
    assert run.conclusion == "success"
    installation = flow.app.store.repos.all()[0].installation_id
    rita = Person(flow.world.user("rita").id, "rita")
    replies = flow.app.store.history.replied(installation, rita, flow.clock() - HOUR)
    assert 0 < replies <= 10
