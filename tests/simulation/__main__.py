"""``python -m tests.simulation SEED``: one seed, told; ``--seeds N``: many; ``--mutate NAME``."""

from __future__ import annotations

import argparse
import os
import sys

from tests.simulation import many, mutations
from tests.simulation.play import FEATURES, Story, play, shrunk, told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("seed", nargs="?", type=int, help="play this one and tell it")
    parser.add_argument("--seeds", type=int, default=0, help="play so many")
    parser.add_argument("--from", dest="first", type=int, default=0, help="the first of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--stop", type=int, default=1, help="after so many failures")
    parser.add_argument("--short", action="store_true", help="do not shrink")
    parser.add_argument("--mutate", choices=[*mutations.MUTATIONS, "all"], help="break the product")
    parser.add_argument("--always", choices=FEATURES, default="", help="in each story")
    options = parser.parse_args()
    if options.mutate is not None:
        return mutations.hunt(options.mutate, options.seeds or 200, options.jobs)
    if options.seed is not None:
        return _one(options.seed, options)
    failed = many.play_all(range(options.first, options.first + options.seeds), options)
    if failed and not options.short:
        options.short = False
        _one(failed[0], options)
    return int(bool(failed))


def _one(seed: int, options: argparse.Namespace) -> int:
    story = Story.of(seed, options.always)
    outcome = play(story)
    if outcome.wrong and not options.short:
        story = shrunk(story)
        outcome = play(story)
    print(told(story, outcome))  # noqa: T201
    return int(bool(outcome.wrong))


if __name__ == "__main__":
    sys.exit(main())
