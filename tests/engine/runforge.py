"""GitHub's check runs as far as their writer can tell: stateful, with failures on demand."""

from dataclasses import dataclass, field, replace

from app.core.model.check_names import is_same_run
from app.core.model.facts import CheckFact
from app.errors import Missing


@dataclass
class RunForge:
    """
    *runs* by id, *writes* in order. The next call raises what *failing* holds first, if anything;
    with *lost* the call takes effect and only its answer is lost.
    """

    runs: dict = field(default_factory=dict)
    writes: list = field(default_factory=list)
    failing: list = field(default_factory=list)
    lost: bool = False

    def create_run(self, _repo, draft):
        number = len(self.runs) + 1
        self._act(("create", draft), number, draft)
        return number

    def update_run(self, _repo, run_id, draft):
        if run_id not in self.runs and not self.failing:
            raise Missing("the check run is gone")
        self._act(("update", draft), run_id, draft)

    def find_run(self, _repo, sha, name, external_id):
        found = [
            (number, draft)
            for number, draft in self.runs.items()
            if (draft.sha, draft.name) == (sha, name)
            and is_same_run(name, draft.external_id, external_id)
        ]
        if not found:
            return None
        number, draft = found[-1]
        return CheckFact(
            number, name, draft.status, draft.conclusion, "us", 1, 1, external_id=external_id
        )

    def _act(self, write, number, draft):
        error = self.failing.pop(0) if self.failing else None
        if error is None or self.lost:
            self.writes.append(write)
            self.runs[number] = replace(draft)
        if error is not None:
            raise error
