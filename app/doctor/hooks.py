"""
The pre-receive hook: what can be known of it, and where.

No host tells an App which hooks it runs, and a push to find out would be a write. On the Git host
itself the repository's folder can be looked at; what the hook answers, `stagelock hook test` tries.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.doctor.subject import Subject
from app.doctor.verdicts import Fine, NotKnown, Todo, Unknown, Verdict
from app.settings.servers import is_cloud


@dataclass(frozen=True, slots=True)
class Hooked:
    """A repository's folder on this machine, and the hook in it."""

    at: str
    """The folder."""
    hook: str = ""
    """Where our hook stands; "": nowhere."""
    version: str = ""
    """Of what the hook runs."""
    current: str = ""
    """The version of this command."""
    problem: str = ""
    """Why the hook does not do its work; "": it does."""
    caller: str = ""
    """Who has to run it; "": git."""
    by: str = ""
    """Who is the promoter; "": nobody."""


def unseen(subject: Subject) -> Verdict:
    """From the App's side: never known."""
    if subject.greeted.silent or subject.greeted.wrong:
        raise NotKnown("GitHub does not answer")
    # By the address: a server that names no version of its own is no github.com for that.
    if is_cloud(subject.known[0].github_url):
        return Unknown("github.com runs no hooks; `stagelock rulesets` comes near")
    return Unknown(
        "GitHub does not tell which hooks it runs: where the repositories are, `stagelock doctor "
        "--repo GIT_DIR` looks, and `stagelock hook test GIT_DIR` tries it"
    )


def installed(hooked: Hooked) -> Verdict:
    """On the Git host: it is there, can run, knows the promoter, and is of this version."""
    again = f"`stagelock hook install {hooked.at}`"
    if not hooked.hook:
        return Todo(f"{hooked.at} has no hook of Stagelock", f"{again} installs it")
    where = f"{hooked.at}: {hooked.hook}"
    if hooked.problem:
        return Todo(f"{where}: {hooked.problem}", f"{again} writes it anew")
    if not hooked.by:
        said = f"{where}: it knows no promoter, so every change of outputs is refused"
        return Todo(said, f"{again} with --promoter NAME, or --signers FILE")
    if not hooked.version:
        return Unknown(f"{where} does not say its version; {again} writes one that does")
    if hooked.version != hooked.current:
        said = f"{where} is of version {hooked.version}, this command of {hooked.current}"
        return Todo(said, f"{again} with the version that is to count")
    if hooked.caller == "GitLab":
        return Unknown(
            f"{where}, version {hooked.version}: GitLab runs it there, Git alone does not"
        )
    test = f"`stagelock hook test {hooked.at}` tries what it refuses"
    return Fine(f"{where}, version {hooked.version}, promoter: {hooked.by}; {test}")
