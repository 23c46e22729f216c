"""`stagelock resume STAGE`."""

from __future__ import annotations

import argparse

from app.cli.acting import offer

ABOUT = "end the hold of a stage"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `resume`."""
    offer(subparsers, "resume", ABOUT)
