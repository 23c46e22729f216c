"""`stagelock hold STAGE [--until WHEN] REASON`."""

from __future__ import annotations

import argparse

from app.cli.acting import offer

ABOUT = "stop automatic promotion to a stage"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `hold`."""
    parser = offer(subparsers, "hold", ABOUT)
    parser.add_argument("reason", metavar="REASON", nargs="+", help="for those who find it held")
    parser.add_argument("--until", metavar="WHEN", help="2h, 22:00 Europe/Berlin, 2026-11-26")
