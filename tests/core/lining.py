"""Lines for snapshots that are written down."""

from app.core.model.snapshot import BEGINNING, Line


def line_of(commits, firing=(), heads=()) -> Line:
    """A line of *commits*, newest first, that was read and looked at as a whole."""
    at = dict(enumerate(reversed(commits)))
    places = {sha: place for place, sha in at.items()}
    return Line(places, at, len(at) - 1, tuple(firing), BEGINNING, dict(heads))
