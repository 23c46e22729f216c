"""The profile `http`: any service, by the requests and conditions that its profile writes out."""

from __future__ import annotations

from functools import partial

from app.core.model.lock_services import (
    Ambiguous,
    Busy,
    Gone,
    Granted,
    LockAsked,
    ServiceAnswer,
)
from app.lockservices.speaking import Speaking, odd, plain, said
from app.settings.lock_conditions import Reply
from app.settings.lock_profiles import ServiceCall, Verb
from app.settings.lock_templates import Unfillable, percent


class GenericService(Speaking):
    """Implements `LockService`."""

    def acquire(self, asked: LockAsked) -> ServiceAnswer:
        return self._call("acquire", asked)

    def renew(self, asked: LockAsked) -> ServiceAnswer:
        return self._call("renew" if "renew" in self._profile.calls else "inspect", asked)

    def inspect(self, asked: LockAsked) -> ServiceAnswer:
        return self._call("inspect", asked)

    def release(self, asked: LockAsked) -> ServiceAnswer:
        """Given back, or not ours (any more): either way we have nothing there."""
        found = self._call("release", asked)
        return found if isinstance(found, Ambiguous) else Gone()

    def _call(self, verb: Verb, asked: LockAsked) -> ServiceAnswer:
        call = self._profile.calls[verb]
        try:
            path = call.path.filled(asked, percent)
            body = None if call.body is None else call.body.filled(asked)
        except Unfillable as error:
            return Ambiguous(str(error))
        # Repeated, it is the same request: a service that knows this header does it once.
        key = {"Idempotency-Key": asked.token} if call.method != "GET" else {}
        return self._asked(asked, call.method, path, body, partial(self._read, call, asked), key)

    def _read(self, call: ServiceCall, asked: LockAsked, reply: Reply) -> ServiceAnswer:
        """What could be both is busy: nothing is taken for granted that may not be."""
        if call.gone.holds(reply, asked):
            return Gone()
        token = plain(call.token.text(reply, asked)) if call.token is not None else ""
        if call.busy.holds(reply, asked):
            holder = call.holder.text(reply, asked) if call.holder is not None else ""
            return Busy(said(holder), token)
        if call.success.holds(reply, asked):
            return Granted(token, self._profile.ttl)
        return odd(reply)
