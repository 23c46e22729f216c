"""What a stage's file asks of freight, a part of a sentence each; "" where it asks for no such."""

from __future__ import annotations

from app.core.model.group_names import spoken
from app.core.model.pipeline import Stage
from app.core.text import markup


def needs(stage: Stage) -> str:
    """Where it has to be verified."""
    names = markup.listed(markup.code(name) for name in stage.upstreams)
    return f"verified in {'any of ' * bool(stage.needs_any)}{names}" if names else ""


def every(stage: Stage) -> str:
    """How often it may be promoted to."""
    every = stage.at_most_every
    return f"at most one promotion every {markup.span(every)}" if every else ""


def windows(stage: Stage) -> str:
    """When it accepts promotions."""
    allow, deny = (
        markup.listed(markup.code(window.written) for window in windows)
        for windows in (stage.windows.allow, stage.windows.deny)
    )
    return " ".join(
        text for text in (allow and f"within {allow}", deny and f"not within {deny}") if text
    )


def lock(stage: Stage) -> str:
    """Which locks, and what their grant fills in."""
    groups = markup.listed(markup.code(spoken(group)) for group in stage.locks)
    keys = markup.listed(markup.code(str(o)) for step in stage.steps for o, _ in step.of_grants)
    later = f", whose grant fills in {keys}: it stays as it is until then" if keys else ""
    return f"the lock {groups}{later}" if groups else ""
