"""
The Dockerfile's own commands, in a fresh virtual environment, and what they make started.

Where a container runtime runs, `test_runtime.py` builds the image itself. Here this machine stands for
its Debian, so what the Dockerfile asks of that is not done but held against what this machine has.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.confined import Confined, Room, owned
from tests.deploy.dockerfile import Stage, commands, stages
from tests.deploy.manifests import DEPLOY, ROOT, taken
from tests.processes import PATIENCE

FILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
DEBIAN = {"apt-get", "rm", "useradd", "install"}
"""What makes the system of the image; all else of its commands is run."""
PIPS_OWN = ("PIP_", "HTTP_", "HTTPS_", "NO_", "http_", "https_", "no_", "SSL_", "REQUESTS_")
"""How pip finds its index is this machine's affair: a build hands that in from outside, too."""


def let_in(into: Path) -> Path:
    """What a build sees: every file of this folder that `.dockerignore` lets in."""
    for path in _seen():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, into / path, follow_symlinks=False)
    return into


def _seen() -> Iterator[str]:
    for top in sorted(ROOT.iterdir()):
        if not taken(top.name):  # no line lets in a file below a folder that is kept out
            continue
        for one in [top] if top.is_file() else top.rglob("*"):
            path = one.relative_to(ROOT).as_posix()
            if one.is_file() and taken(path):
                yield path


class Image:
    """What the instructions made: places of the image, and the folders in which they are here."""

    def __init__(self, folder: Path, started: list[Confined]) -> None:
        self._folder = folder
        self._started = started
        self._made: dict[str, dict[str, Path]] = {}
        *_, self.last = stages(FILE)
        for stage in stages(FILE):
            self._places: dict[str, Path] = self._made.setdefault(stage.name, {})
            for word, rest in stage.instructions:
                if word == "COPY":
                    self._copy(rest.split())
                elif word == "RUN":
                    for command in commands(rest):
                        self._run(command)

    @property
    def places(self) -> dict[str, Path]:
        """Those of the image that is started."""
        return self._places

    def _copy(self, words: list[str]) -> None:
        match words:
            case [".", into]:
                self._places[into] = let_in(self._folder / "context")
            case [option, place, into] if option.startswith("--from="):
                assert place == into, "what is in a virtual environment knows its place"
                self._places[into] = self._made[option.removeprefix("--from=")][place]
            case _:
                raise AssertionError(words)

    def _run(self, command: list[str]) -> None:
        """Run it as the build's root does, with the places at their own paths, unless it is Debian's."""
        if command[0] in DEBIAN:
            return
        if command[1:3] == ["-m", "venv"]:
            place = self._folder / "environment"
            place.mkdir()
            self._places[command[-1]] = place
        kept = {name: text for name, text in os.environ.items() if name.startswith(PIPS_OWN)}
        room = Room(
            user=0,
            environ={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **kept},
            writable={**self._places, **_cache(kept)},
            shared=tuple(Path("/opt").iterdir()),
            installed=None,
        )
        running = Confined(room, command)
        self._started.append(running)
        assert running.ended(PATIENCE * 6) == 0, (command, running.err)


def _cache(environ: dict[str, str]) -> dict[str, Path]:
    """Pip's, so that nothing is fetched twice."""
    found = Path(environ.get("PIP_CACHE_DIR", Path.home() / ".cache" / "pip"))
    return {str(found): found} if found.is_dir() else {}


def asked_of_debian(word: str) -> list[list[str]]:
    """The commands of both stages that begin with *word*."""
    runs = [run for stage in stages(FILE) for run in stage.all_of("RUN")]
    return [command for run in runs for command in commands(run) if command[0] == word]


def user_of(last: Stage) -> int:
    """The number of its user, whom the build made, with the data folder as its home, for it alone."""
    ((number, group),) = (rest.split(":") for rest in last.all_of("USER"))
    (made,) = asked_of_debian("useradd")
    (folder,) = asked_of_debian("install")
    (data,) = last.all_of("VOLUME")
    assert (number, group) == (made[made.index("--uid") + 1], number)
    assert made[made.index("--home-dir") + 1] == data == last.environ()["STAGELOCK_DATA_DIR"]
    assert folder[1:] == ["-d", "-o", made[-1], "-m", "0700", data]
    return int(number)


def started(image: Image, data: Path) -> tuple[Room, list[str]]:
    """The room of a container of *image*, and its entry, without what reaps what Git leaves behind."""
    last, user = image.last, user_of(image.last)
    environ = last.environ()
    first, _, rest = environ["PATH"].partition(":")
    assert rest == "$PATH"
    room = Room(
        user=user,
        environ={
            **environ,
            "PATH": f"{first}:/usr/local/bin:/usr/bin:/bin",
            "HOME": environ["STAGELOCK_DATA_DIR"],
            "STAGELOCK_PORT": "0",  # others have 8080 on this machine
        },
        writable={environ["STAGELOCK_DATA_DIR"]: owned(data, user)},
        hidden=("/home", "/root"),
        installed=image.places["/opt/stagelock"],
    )
    reaper, mark, *entry = last.words("ENTRYPOINT")
    assert (reaper, mark) == ("tini", "--")  # it hands on signals and exit codes
    return room, entry


@pytest.mark.timeout(900)  # half a minute of work, on a machine that may do much else
def test_its_own_commands_make_what_starts_over_an_empty_data_folder_and_ends_when_told(
    tmp_path: Path, confined: list[Confined]
) -> None:
    image, data = Image(tmp_path, confined), tmp_path / "data"
    room, entry = started(image, data)

    running = Confined(room, [*entry, *image.last.words("CMD")])
    confined.append(running)
    running.wait_until_ready()

    assert running.url.startswith("http://0.0.0.0:")
    assert running.get("/healthz")[0] == 200
    status, where = running.get("/readyz")
    assert (status, b"/setup" in where) == (503, True)
    command = Path(f"/proc/{running.process.pid}/cmdline").read_bytes()
    assert command.startswith(b"/opt/stagelock/bin/"), command
    assert {path.stat().st_uid for path in data.rglob("*")} == {room.user}
    assert running.end() == 0

    helped = Confined(room, [*entry, "sandbox", "--help"])
    confined.append(helped)
    assert (helped.ended(), helped.err) == (0, [])
    assert (image.places["/opt/stagelock"] / "share/stagelock/demo/stagelock.yaml").is_file()


def test_debian_is_asked_for_every_program_that_runs_there() -> None:
    build, last = stages(FILE)
    asked = [
        {one for one in words if not one.startswith("-")} - {"apt-get", "install", "update"}
        for words in asked_of_debian("apt-get")
        if "install" in words
    ]
    assert build.base == last.base  # else its Python is not the one that the environment links to
    assert asked == [{"python3-venv"}, {"python3", "git", "ca-certificates", "tini"}]
    assert last.words("ENTRYPOINT")[0] in asked[1]


def test_a_build_sees_what_dockerignore_lets_in_and_nothing_else() -> None:
    seen = set(_seen())
    assert {"app/__main__.py", "app/setup/app.yml", "requirements.txt", "LICENSE"} <= seen
    assert not [one for one in seen if one.startswith((".", "tests/", "manifests/deploy"))]
    assert "__pycache__" not in " ".join(seen)
