"""Which type of profile is spoken to by what: a line each."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping

from app.lockservices.consul import ConsulService
from app.lockservices.generic import GenericService
from app.lockservices.jenkins import JenkinsService
from app.lockservices.redis import RedisService
from app.lockservices.terraform import TerraformService
from app.ports import LockService, LockServices
from app.settings.lock_profiles import Profile, Profiles
from app.settings.outgoing import Outgoing
from app.settings.trusted import trusted

KINDS: Mapping[str, Callable[[Profile, ssl.SSLContext], LockService]] = {
    "http": GenericService,
    "terraform": TerraformService,
    "consul": ConsulService,
    "jenkins": JenkinsService,
    "redis": RedisService,
}


def open_services(profiles: Profiles, outgoing: Outgoing, fresh: Callable[[], str]) -> LockServices:
    """Everything that the profiles name; nothing is asked of anybody yet."""
    tls = trusted(outgoing)
    made = {name: KINDS[profile.terms.kind](profile, tls) for name, profile in profiles.items()}
    return LockServices(made, fresh)
