"""`stagelock retry STAGE [FREIGHT]`."""

from __future__ import annotations

import argparse

from app.cli.acting import offer

ABOUT = "run again what failed in a stage"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `retry`."""
    parser = offer(subparsers, "retry", ABOUT)
    parser.add_argument("freight", metavar="FREIGHT", nargs="?", help="[WAREHOUSE@]SHA")
