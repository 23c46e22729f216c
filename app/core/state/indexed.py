"""The records of a snapshot, by what they are looked up by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from app.core.locks.queue import Board
from app.core.locks.services import of_request, vouched
from app.core.model.lock_requests import LIVE, AnyRequest, DirectRequest, LockRequest
from app.core.model.names import FreightId, PromotionId, Sha, StageName
from app.core.model.people import Approval, Block
from app.core.model.pipeline import Pipeline, Stage
from app.core.model.records import Hold, Order, Promotion
from app.core.model.run_records import RunRecord
from app.core.model.service_claims import ServiceClaim
from app.core.model.snapshot import Snapshot
from app.core.state.freight_order import Placed
from app.core.state.terms import terms_of

STAGE_RUN = "stagelock / "
"""What the name of a stage's check run begins with."""


class Indexed(Placed):
    """Each index is made once, when it is first asked for."""

    def __init__(self, snapshot: Snapshot, pipeline: Pipeline) -> None:
        super().__init__(snapshot)
        self.pipeline = pipeline

    @cached_property
    def _promotions(self) -> Mapping[StageName, tuple[Promotion, ...]]:
        by_stage: dict[StageName, list[Promotion]] = defaultdict(list)
        for promotion in self.snapshot.records.promotions:
            by_stage[promotion.stage].append(promotion)
        return {name: tuple(promotions) for name, promotions in by_stage.items()}

    def of_stage(self, name: StageName) -> tuple[Promotion, ...]:
        """The promotions of a stage that may be in the pipeline no more, by number."""
        return self._promotions.get(name, ())

    @cached_property
    def removed(self) -> tuple[Promotion, ...]:
        """The promotions of stages that are no longer in the pipeline."""
        stages = self.pipeline.stages
        return tuple(
            r for n, promotions in self._promotions.items() if n not in stages for r in promotions
        )

    @cached_property
    def heads(self) -> tuple[Promotion, ...]:
        """The promotions that have, or had, a pull request's head, by number."""
        return tuple(
            promotion
            for promotion in self.snapshot.records.promotions
            if promotion.head is not None
        )

    @cached_property
    def promotion(self) -> Mapping[PromotionId, Promotion]:
        """Every kept promotion by id."""
        return {p.id: p for p in self.snapshot.records.promotions}

    @cached_property
    def orders(self) -> Mapping[StageName, tuple[Order, ...]]:
        """Per stage what people asked of it, by id."""
        by_stage: dict[StageName, list[Order]] = defaultdict(list)
        for order in self.snapshot.records.orders:
            by_stage[order.stage].append(order)
        return {name: tuple(orders) for name, orders in by_stage.items()}

    @cached_property
    def open_runs(self) -> Mapping[StageName, tuple[Sha, ...]]:
        """Per stage the commits whose newest run of it still promises something."""
        newest: dict[tuple[str, Sha], RunRecord] = {}
        for run in self.snapshot.records.runs:
            if run.name.startswith(STAGE_RUN):
                newest[run.name, run.sha] = run
        commits: dict[StageName, list[Sha]] = defaultdict(list)
        for (name, sha), run in newest.items():
            if run.open:
                commits[StageName(name.removeprefix(STAGE_RUN))].append(sha)
        return {name: tuple(shas) for name, shas in commits.items()}

    @cached_property
    def live(self) -> tuple[LockRequest, ...]:
        """The live lock requests of this repository, by seq."""
        requests = self.snapshot.records.requests
        return tuple(r for r in requests if r.repo_id == self.snapshot.repo.id and r.state in LIVE)

    @cached_property
    def direct(self) -> tuple[DirectRequest, ...]:
        """The live ones of this repository that no stage makes, by seq."""
        requests = self.snapshot.records.direct
        return tuple(r for r in requests if r.repo_id == self.snapshot.repo.id and r.state in LIVE)

    @cached_property
    def asking(self) -> tuple[AnyRequest, ...]:
        """The live ones of this repository, of stages and of others."""
        return (*self.live, *self.direct)

    @cached_property
    def claims(self) -> Mapping[int, tuple[ServiceClaim, ...]]:
        """What each lock request, by its id, has or may have outside, as it asks now."""
        known = self.snapshot.records.claims
        return {r.id: of_request(known, r) for r in self.asking} if known else {}

    def vouched(self, request: AnyRequest) -> bool:
        """Tell whether what a grant took outside is still its own for sure."""
        return vouched(self.claims.get(request.id, ()), self.snapshot.now)

    @cached_property
    def board(self) -> Board:
        """Who holds and who waits for each group, whatever repository they are of."""
        records = self.snapshot.records
        return Board((r for r in records.all_requests if r.state in LIVE), records.queues)

    @cached_property
    def requests(self) -> Mapping[StageName, LockRequest]:
        """
        The live lock request of each stage of this repository: that of a promotion under way before
        those of what has ended, these before those of what ran again; of several the newest.
        """
        return {r.stage: r for r in sorted(self.live, key=self._nearest)}

    def _nearest(self, request: LockRequest) -> tuple[bool, bool]:
        return self._goes_on(request.promotion), not self.ran_again(request)

    def _goes_on(self, promotion: PromotionId) -> bool:
        record = self.promotion.get(promotion)
        return record is not None and not record.ended

    def ran_again(self, request: LockRequest) -> bool:
        """Tell whether its promotion had ended before a job of it was seen running without it."""
        promotion = self.promotion.get(request.promotion)
        ended_at = promotion.ended_at if promotion is not None and promotion.ended else None
        return request.out_of_turn and ended_at is not None and ended_at <= request.requested_at

    @cached_property
    def asked_by(self) -> Mapping[PromotionId, tuple[LockRequest, ...]]:
        """Every lock request of each promotion, by seq."""
        by_promotion: dict[PromotionId, list[LockRequest]] = defaultdict(list)
        for request in self.snapshot.records.requests:
            by_promotion[request.promotion].append(request)
        return {promotion: tuple(requests) for promotion, requests in by_promotion.items()}

    @cached_property
    def blocked(self) -> Mapping[FreightId, Block]:
        """The freight that somebody blocked."""
        return {block.freight: block for block in self.snapshot.records.blocks}

    @cached_property
    def approvals(self) -> Mapping[tuple[StageName, FreightId], tuple[Approval, ...]]:
        """Whose leave each freight has in each stage, the oldest first."""
        by_place: dict[tuple[StageName, FreightId], list[Approval]] = defaultdict(list)
        for approval in self.snapshot.records.approvals:
            by_place[approval.stage, approval.freight].append(approval)
        return {key: tuple(approvals) for key, approvals in by_place.items()}

    @cached_property
    def holding(self) -> Mapping[StageName, Hold]:
        """The holds whose time is not over."""
        now = self.snapshot.now
        holds = self.snapshot.records.holds
        return {h.stage: h for h in holds if h.until is None or now < h.until}

    def known(self, promotion: Promotion) -> Stage | None:
        """The stage as of *promotion*'s pipeline, else as of the one in force, else None."""
        return terms_of(self.snapshot, promotion)

    def stage_terms(self, promotion: Promotion) -> Stage:
        """
        The stage as of the pipeline that *promotion* runs under, else as of the one in force.

        ``KeyError``: neither defines it.
        """
        stage = self.known(promotion)
        if stage is None:
            raise KeyError(promotion.stage)
        return stage

    def branch(self, stage: Stage) -> str:
        """The branch that *stage* is written to."""
        return stage.branch or self.snapshot.default_branch

    def base(self, promotion: Promotion) -> str:
        """The branch that *promotion* is written to, or merged into, by its own terms."""
        return self.branch(self.stage_terms(promotion))
