"""Who answers the doctor's questions: this machine, and GitHub, by the server's own settings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from app import wiring
from app.core.model.lock_services import Ambiguous, LockAsked, Refused
from app.doctor.registry import examined as checked
from app.doctor.subject import Creations, Detour, Greeted, Kept, Lent, Machine, Reached, Subject
from app.doctor.told import Line, told
from app.doctor.verdicts import NotKnown
from app.errors import OutsideError
from app.observe import Redactor, disk
from app.observe.reach import detour, reach
from app.ports.examination import Examination
from app.settings import Settings, SettingsError
from app.settings.lock_templates import percent

DOCTOR = "stagelock-doctor"
"""As whom, and of what, we ask where any name would do."""


@contextmanager
def examined(environ: Mapping[str, str]) -> Iterator[Subject]:
    """The server whose settings *environ* has; nothing is asked of anybody yet."""
    try:
        settings = Settings.load(environ)
        settings.require_github()
    except SettingsError as error:
        yield Subject(None, error.problems, None, None, wiring.clock)
        return
    redactor = Redactor([secret.reveal() for secret in settings.secrets()])
    with wiring.forge_alone(settings, redactor) as forge:
        examination: Examination = forge
        yield Subject(settings, (), ThisMachine(settings), examination, wiring.clock)


def lines(environ: Mapping[str, str]) -> list[Line]:
    """All that the doctor finds, now."""
    with examined(environ) as subject:
        return [told(name, verdict) for name, verdict in checked(subject)]


class ThisMachine(Machine):
    """The machine that the command runs on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def greet(self) -> Greeted:
        """As `serve` does when it starts."""
        from app.github.greeting import Known, Silent, Wrong, greet  # noqa: PLC0415

        match greet(self._settings.require_github(), wiring.clock):
            case Known(_, ahead, server):
                return Greeted(server=server, ahead=ahead)
            case Wrong(problem, about):
                return Greeted(wrong=problem, about=about)
            case Silent(why):
                return Greeted(silent=why)

    def folder(self) -> str:
        """Tried, not only looked at; one that is not there yet is made when a server starts."""
        folder = self._settings.data_dir
        there = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
        try:
            with tempfile.TemporaryFile(dir=there):
                return ""
        except OSError as error:
            return f"STAGELOCK_DATA_DIR: {folder} cannot be written to ({error.strerror})"

    def room(self) -> Mapping[str, int]:
        """Where the folder is not there yet nothing is known."""
        return {gauge.name: int(gauge.value) for gauge in disk.gauges(self._settings.data_dir)}

    def database(self) -> Kept:
        """Looked at as it is: it is neither made nor migrated."""
        file = self._settings.sqlite_file()
        if file is not None and not file.exists():
            missing = f"{file} is not there yet: `stagelock serve` makes it"
            return Kept("" if os.access(file.parent, os.W_OK) else missing)
        try:
            store = wiring.open_store(self._settings)
        except SettingsError as error:
            return Kept(str(error))
        try:
            store.reach()
            problem = store.ready()
            return Kept(problem, None if problem else store.size())
        except OutsideError as error:
            return Kept(error.message)
        finally:
            store.close()

    def creations(self) -> Sequence[Creations]:
        """As the metrics have it: the last minute and hour, of all processes together."""
        if self.database().size is None:
            raise NotKnown("see database")
        store = wiring.open_store(self._settings)
        try:
            gauges = [gauge for gauge in store.gauges() if gauge.name == "budget_left"]
        finally:
            store.close()
        left = {gauge.labels: round(gauge.value) for gauge in gauges}
        ids = dict.fromkeys(installation for installation, _ in left)
        return [Creations(int(i), left[i, "minute"], left[i, "hour"]) for i in ids]

    def reach(self, url: str) -> Reached:
        """Without the proxy: it is the way out, this is the way in."""
        return Reached(**asdict(reach(url, self._settings.outgoing.ca_file)))

    def proxy(self) -> Detour:
        """Of its address host and port alone are told."""
        api = self._settings.github_api_url
        secret = self._settings.outgoing.proxy_for(api)
        if secret is None:
            return Detour()
        parts = urlsplit(secret.reveal())
        at = f"{parts.hostname}:{parts.port or ''}".rstrip(":")
        return Detour(at, detour(secret.reveal(), api))

    def issuer(self) -> str:
        """Asked for a key that it does not have."""
        from app.oidc import Issuer  # noqa: PLC0415

        try:
            Issuer(self._settings.oidc_issuer, self._settings.outgoing).key(DOCTOR)
        except OutsideError as error:
            return error.message
        return ""

    def service(self, name: str) -> Lent:
        """Inspected as somebody who holds nothing there: that takes and gives back nothing."""
        profile = self._settings.lock_services[name]
        plain = (resource for resource in profile.terms.resources if not set(resource) & set("*?["))
        asked = LockAsked(next(plain, DOCTOR), DOCTOR, DOCTOR)
        answer = wiring.lock_services(self._settings).by_name[name].inspect(asked)
        parts = urlsplit(profile.url.filled(asked, percent))
        at = f"{parts.hostname}:{parts.port or ''}".rstrip(":")
        return Lent(
            at, asked.name, answer.reason if isinstance(answer, Ambiguous | Refused) else ""
        )
