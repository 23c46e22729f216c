"""What the server's administrator set (git configuration), and whom the server says pushes."""

from __future__ import annotations

from app.core.protection.light_tuples import NamedTuple
from app.hook.lines import UnreadableError
from app.hook.processes import Process, answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

HOSTS = {
    "GITHUB_USER_LOGIN": "GitHub Enterprise Server",
    "GL_USERNAME": "GitLab",
    "GITEA_PUSHER_NAME": "Gitea or Forgejo",
    "GL_USER": "gitolite",
    "BB_USER_NAME": "Bitbucket Data Center",
}
"""The variables by which hosts say who pushes."""
WEB_SERVER = "REMOTE_USER"
"""Set by web servers in front of `git http-backend`, also below the hosts above."""

BUDGET = 4.0
"""Seconds; GHES gives 5 to all hooks of a push together."""
_KEYS = r"^(stagelock\.|core\.ignorecase$)"
_CONFIG = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")


class HookSettings(NamedTuple):
    """The settings ``stagelock.*``."""

    promoter: str | None = None
    """None: nobody was named."""
    identity: str | None = None
    """The one variable that is read; None: the host's own."""
    breakglass: frozenset[str] = frozenset()
    budget: float = BUDGET
    """Seconds for one push."""
    allow_overtime: bool = False
    """When the time is up, accept with a warning."""
    fold: bool = False
    signers: str | None = None
    """
    The path of an allowed-signers file: whose signatures make a promotion where nobody is named.
    """
    editors: frozenset[str] | None = None
    """Who may change `stagelock.yaml` beside the promoter; None: whoever may push."""

    def by_signature(self, who: str | None) -> bool:
        """Tell whether signatures count: only where names cannot tell."""
        return self.signers is not None and (who is None or self.promoter is None)

    def who(self, environ: Mapping[str, str]) -> str | None:
        """Name who pushes, as the server says; None where it does not, or two hosts disagree."""
        if self.identity:
            return environ.get(self.identity) or None
        said = {environ[name] for name in HOSTS if environ.get(name)}
        if len(said) == 1:
            return said.pop()
        return None if said else environ.get(WEB_SERVER) or None


def ask_config(environ: Mapping[str, str]) -> Process:
    """
    Start asking git for the settings, of the machine and of the repository.

    ``GIT_CONFIG_PARAMETERS`` and ``GIT_CONFIG_COUNT`` come from whoever started git: not believed.
    """
    clean = {
        name: value
        for name, value in environ.items()
        if not name.startswith("GIT_") or name in (*_CONFIG, "GIT_DIR")
    }
    return Process(("git", "config", "-z", "--get-regexp", _KEYS), clean, talks=False)


def read_config(asked: Process) -> HookSettings:
    """Read the answer; ``UnreadableError`` where git cannot read its own configuration."""
    code, out = answer(asked)
    if code not in (0, 1):
        raise UnreadableError("the server's git configuration cannot be read")
    return parse_config(out)


def parse_config(out: bytes) -> HookSettings:
    """Read ``key LF value NUL`` records; the last of a key counts, `breakglass` collects."""
    last: dict[str, str] = {}
    breakglass: set[str] = set()
    editors: set[str] | None = None
    for record in out.split(b"\0")[:-1]:
        key, _, value = record.decode("utf-8", "surrogateescape").partition("\n")
        last[key] = value
        if key == "stagelock.breakglass":
            breakglass.update(value.split())
        elif key == "stagelock.protect-config":
            editors = {*(editors or ()), *value.split()}
    return HookSettings(
        promoter=last.get("stagelock.promoter") or None,
        identity=last.get("stagelock.identity") or None,
        breakglass=frozenset(breakglass),
        budget=_seconds(last.get("stagelock.budget")),
        allow_overtime=_overtime(last.get("stagelock.overtime")),
        signers=last.get("stagelock.signers") or None,
        editors=None if editors is None else frozenset(editors),
        fold=last.get("core.ignorecase", "false").lower() in ("true", "yes", "on", "1", ""),
    )


def _seconds(text: str | None) -> float:
    if text is None:
        return BUDGET
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.1 <= seconds <= 600:
        raise UnreadableError("stagelock.budget is not a number of seconds from 0.1 to 600")
    return seconds


def _overtime(text: str | None) -> bool:
    if text not in (None, "refuse", "allow"):
        raise UnreadableError("stagelock.overtime is neither refuse nor allow")
    return text == "allow"
