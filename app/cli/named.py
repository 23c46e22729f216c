"""What options name, checked as they are read."""

from __future__ import annotations

import argparse
import re

_FULL_NAME = re.compile(r"\A[A-Za-z0-9._-]+/[A-Za-z0-9._-]+\Z")


def full_name(text: str) -> str:
    """A repository as ``OWNER/NAME``, for ``type=``."""
    if not _FULL_NAME.fullmatch(text):
        message = f"{text!r} is not OWNER/NAME"
        raise argparse.ArgumentTypeError(message)
    return text
