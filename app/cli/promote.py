"""`stagelock promote STAGE [FREIGHT]`."""

from __future__ import annotations

import argparse

from app.cli.acting import offer

ABOUT = "bring freight to a stage now"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `promote`."""
    parser = offer(subparsers, "promote", ABOUT)
    parser.add_argument("freight", metavar="FREIGHT", nargs="?", help="[WAREHOUSE@]SHA")
