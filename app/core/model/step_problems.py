"""What is said of a step that cannot run."""

from __future__ import annotations

from app.core.model.renders import StepProblem


def said(problem: StepProblem) -> str:
    """What is wrong, and in which file: messages mostly name it themselves."""
    return f"{problem.file}: " * (problem.file not in problem.message) + problem.message
