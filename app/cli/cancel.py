"""`stagelock cancel STAGE [FREIGHT]`."""

from __future__ import annotations

import argparse

from app.cli.acting import offer

ABOUT = "end the promotion that is under way to a stage"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `cancel`."""
    parser = offer(subparsers, "cancel", ABOUT)
    parser.add_argument("freight", metavar="FREIGHT", nargs="?", help="[WAREHOUSE@]SHA")
