"""A pipeline file as the parser reads it: what it makes of it, and what it refuses."""

from __future__ import annotations

from app.core.config import parse

WEB = "version: 1\nwarehouses:\n  web: {paths: [apps/web/]}\n"
ALL = "version: 1\nwarehouses:\n  web: {branch: src}\n"


def pipeline(text, **options):
    """The pipeline; the problems where there are some."""
    result = parse(text.encode(), **options)
    assert result.problems == ()
    return result.pipeline


def stages(text, head=WEB, **options):
    return pipeline(head + "stages:\n" + text, **options).stages


def refused(text, head=WEB, **options):
    problems = parse((head + "stages:\n" + text).encode(), **options).problems
    return [(f"{p.mark.line}:{p.mark.column}", p.code, p.message) for p in problems]


def codes(text, head=WEB, **options):
    return [f"{place} {code}" for place, code, _ in refused(text, head, **options)]
