"""`stagelock rollback STAGE [FREIGHT]`."""

from __future__ import annotations

import argparse

from app.cli.acting import offer

ABOUT = "restore earlier freight in a stage, and put the stage on hold"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `rollback`."""
    parser = offer(subparsers, "rollback", ABOUT)
    parser.add_argument("freight", metavar="FREIGHT", nargs="?", help="[WAREHOUSE@]SHA")
