"""
External lock services, spoken to for one tick of one repository.

A row says what may be held in our name before anything is asked for, and is forgotten only when the
service has said that there is nothing. Whoever does not answer is not asked again in this tick.
"""

from __future__ import annotations

import logging
from collections.abc import MutableSet
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.locks import services
from app.core.model.lock_services import Ambiguous, Busy, Gone, Granted, Refused, ServiceAnswer
from app.core.model.service_claims import ServiceClaim
from app.core.planning.actions import AskService, GiveBack
from app.core.text.outside import NO_PROFILE, SILENT
from app.engine.queue.work_keys import services_key
from app.engine.survey.survey import Survey
from app.ports import Clock, LockService, LockServices, Store
from app.ports.store import Claim

log = logging.getLogger("stagelock.services")


class Outside:
    """
    The services, and where what they said is kept. *silent*: the names of those that gave no clear
    answer; who does not from now on is added.
    """

    def __init__(
        self,
        store: Store,
        claim: Claim,
        repo_id: int,
        clock: Clock,
        silent: MutableSet[str],
        known: LockServices,
    ) -> None:
        self._rows, self._work = store.service_claims, store.work
        self._claim = claim
        self._repo_id = repo_id
        self._known = known
        self._clock = clock
        self._silent = silent

    @classmethod
    def beside(cls, survey: Survey, store: Store, claim: Claim, known: LockServices) -> Outside:
        """For one look: who is silent to its questions is not asked here either."""
        return cls(store, claim, survey.repo.id, survey.clock, survey.attempts.silent, known)

    def ask(self, action: AskService) -> None:
        """Ask about one lock of one request, if it is time to."""
        at = self._clock()
        claim = self._rows.begin(self._claim, self._new(action, at))
        if claim.next_at is not None and at < claim.next_at:
            return
        asked = services.question(claim)
        if asked == "acquire":
            self._acquire(claim)
            return
        answer = self._told(claim, asked)
        if asked == "inspect" and isinstance(answer, Gone):
            self._acquire(claim)  # nothing came of the attempt whose answer was lost
        else:
            self._keep(services.answered(claim, asked, answer, at))

    def give_back(self, action: GiveBack) -> None:
        """Give one lock back, or look whether it is gone."""
        claim = self._rows.find(action.claim)
        if claim is None:
            return
        at = self._clock()
        if services.nothing_there(claim):
            self._rows.forget(self._claim, claim.id)
            return
        left = services.given_back(claim, self._released(claim), at)
        if left is None:
            self._rows.forget(self._claim, claim.id)
        else:
            self._keep(left)

    def _released(self, claim: ServiceClaim) -> ServiceAnswer:
        """What is in doubt is looked for first: only the service may know by what it is named."""
        if claim.doubt:
            answer = self._told(claim, "inspect")
            named = answer.token if isinstance(answer, Granted | Busy) else ""
            if isinstance(answer, Ambiguous | Refused | Gone) or (
                isinstance(answer, Busy) and not named
            ):
                return answer
            claim = replace(claim, token=named or claim.token)
        return self._told(claim, "release")

    def _acquire(self, claim: ServiceClaim) -> None:
        at = self._clock()
        tried = services.trying(claim, at)
        self._rows.save(self._claim, tried)
        self._keep(services.acquired(claim, self._told(tried, "acquire"), at))

    def _keep(self, claim: ServiceClaim) -> None:
        self._rows.save(self._claim, claim)
        if claim.state == "held" and claim.next_at is not None:
            delay = max(claim.next_at - self._clock(), timedelta())
            self._work.touch(services_key(self._repo_id), delay)

    def _told(self, claim: ServiceClaim, verb: services.Verb) -> ServiceAnswer:
        service = self._known.by_name.get(claim.service)
        if service is None:
            return Ambiguous(NO_PROFILE)
        if claim.service in self._silent:
            return Ambiguous(SILENT)
        answer = _call(service, verb, claim)
        if isinstance(answer, Ambiguous):
            self._silent.add(claim.service)
            said = (claim.service, verb, answer.reason)
            log.warning(
                "%s gives no clear answer to %s: %s", *said, extra={"action": "service.unclear"}
            )
        elif isinstance(answer, Refused):  # this lock alone: another resource may be allowed
            said = (claim.service, verb, answer.reason)
            log.warning("%s refuses %s: %s", *said, extra={"action": "service.refused"})
        return answer

    def _new(self, action: AskService, at: datetime) -> ServiceClaim:
        """Ours alone, also where another server of ours speaks with the same service."""
        token = self._known.fresh()
        return ServiceClaim(
            0,
            self._repo_id,
            action.request,
            action.since,
            action.use.name,
            action.use.resource,
            f"stagelock-{action.request}-{token[:8]}",
            token,
            "asking",
            at,
        )


def _call(service: LockService, verb: services.Verb, claim: ServiceClaim) -> ServiceAnswer:
    match verb:
        case "acquire":
            return service.acquire(claim.asked)
        case "inspect":
            return service.inspect(claim.asked)
        case "renew":
            return service.renew(claim.asked)
        case "release":
            return service.release(claim.asked)
