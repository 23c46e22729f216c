"""`stagelock migrate`: bring the database to the shape that this version needs."""

from __future__ import annotations

import argparse
import os

from app import wiring
from app.cli.out import tell
from app.settings import Settings


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Offer `migrate`."""
    parser = subparsers.add_parser(
        "migrate",
        help="create or update the database's tables",
        description="Bring the database of STAGELOCK_DATABASE_URL to the shape that this version "
        "needs. May be repeated; `serve` does it by itself on SQLite.",
    )
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Carry out `migrate`."""
    settings = Settings.load(os.environ)
    wiring.set_up_logs(settings)
    store = wiring.reached(settings, wiring.open_store(settings))
    try:
        store.migrate()
    finally:
        store.close()
    tell("the database is up to date")
    return 0
