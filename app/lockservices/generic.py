"""The profile `http`: any service, by the requests and conditions that its profile writes out."""

from __future__ import annotations

from app.core.model.lock_services import Busy, Gone, Granted, LockAsked, ServiceAnswer
from app.lockservices.speaking import Speaking, Unclear, clear, denied, plain, said, unclear
from app.settings.lock_conditions import Reply
from app.settings.lock_profiles import ServiceCall, Verb
from app.settings.lock_templates import Unfillable, percent


class GenericService(Speaking):
    """Implements `LockService`."""

    @clear
    def acquire(self, asked: LockAsked) -> ServiceAnswer:
        return self._call("acquire", asked)

    @clear
    def renew(self, asked: LockAsked) -> ServiceAnswer:
        return self._call("renew" if "renew" in self._profile.calls else "inspect", asked)

    @clear
    def inspect(self, asked: LockAsked) -> ServiceAnswer:
        return self._call("inspect", asked)

    @clear
    def release(self, asked: LockAsked) -> ServiceAnswer:
        """Given back, or not ours (any more): either way we have nothing there."""
        self._call("release", asked)
        return Gone()

    def _call(self, verb: Verb, asked: LockAsked) -> ServiceAnswer:
        call = self._profile.calls[verb]
        try:
            path = call.path.filled(asked, percent)
            body = None if call.body is None else call.body.filled(asked)
        except Unfillable as error:
            raise Unclear(str(error)) from error
        # Repeated, it is the same request: a service that knows this header does it once.
        key = {"Idempotency-Key": asked.token} if call.method != "GET" else {}
        return self._read(call, asked, self._reply(asked, call.method, path, body, key))

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
        raise denied(reply) if call.refused.holds(reply, asked) else unclear(reply)
