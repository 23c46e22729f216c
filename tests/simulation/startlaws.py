"""Shows the oracle the workflow runs that the App asks for, and when what they do begins and ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from tests.oracle import started
from tests.oracle.evidence import Seen
from tests.oracle.moment import Moment
from tests.oracle.started import HOLDING, Began, Request
from tests.simulation.dispatching import FOLDER, Asked, Started, declared

if TYPE_CHECKING:
    from tests.simulation.world import World


class Starts:
    """*look* is what is so at this instant, for the oracle."""

    def __init__(self, world: World, look: Callable[[], Moment]) -> None:
        self._world, self._look = world, look
        world.forge.asking, world.forge.begun = self._asking, self._begins

    def _asking(self, file: str, branch: str, inputs: Mapping[str, str]) -> Asked:
        """A request is made, whatever becomes of it: its run is known by what was stored before."""
        moment = self._look()
        request = Request(file, branch, inputs, declared(self._text(file, branch)))
        row, wrong = started.asker(moment, request)
        self._judge(wrong)
        if row is None:
            return Asked("", ())
        self._world.tell(f"  App: starts {file} on {branch} for {row.freight.short} in {row.stage}")
        self._judge(started.asked(moment, row, request))
        if any(one.of == row.id for one in self._world.forge.coming):
            self._world.law.wrong(f"V27: {file} is started again, and the first may still arrive")
        requests = moment.records.requests
        held = [r for r in requests if r.promotion == row.id and r.state in HOLDING]
        return Asked(row.id, tuple(str(group) for r in held for group in r.groups))

    def _text(self, file: str, branch: str) -> bytes:
        server = self._world.server
        entry = server.at(server.tips.get(branch), FOLDER + file)
        return server.objects.blob(entry.id) if entry is not None else b""

    def _begins(self, run: Started) -> None:
        runs = self._world.forge.started
        self._world.tell(f"  GitHub: run {run.id} of {run.file} on {run.head[:7]} begins")
        under = {one.id: one.groups for one in runs.values()}
        self._judge(started.beside_others(self._look(), self._seen(run), run.groups, under))

    def began(self) -> list[Began]:
        """The runs that we asked for and got, the oldest first."""
        return [self._seen(run) for run in self._world.forge.started.values() if run.owner]

    def _seen(self, run: Started) -> Began:
        forge = self._world.forge
        jobs = tuple(
            Seen(job.id, run.file, run.suite, job.conclusion, job.completed_at)
            for job in run.left or forge.jobs_of(run)
        )
        return Began(
            run.id, run.owner, run.file, run.head, jobs, forge.is_over(run), run.gone,
            run.told_to_end,
        )  # fmt: skip

    def running(self, promotion: str) -> Iterator[tuple[int, str]]:
        """
        What goes on of the runs that were asked for for it, or may still begin: the number of its
        job (0: none has begun), and what it is called.
        """
        forge = self._world.forge
        for run in forge.started.values():
            if run.owner == promotion and not forge.is_over(run):
                jobs = forge.jobs_of(run)
                yield jobs[-1].id if jobs else 0, f"run {run.id} of {run.file}"
        if any(one.of == promotion for one in forge.coming):
            yield 0, "a run that was asked for"

    def _judge(self, wrong: list[str]) -> None:
        for words in wrong:
            self._world.law.wrong(words)
