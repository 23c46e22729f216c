"""GitHub over REST: the forge, its permissions, its tokens."""

from app.github.forge import GitHubForge, open_forge

__all__ = ["GitHubForge", "open_forge"]
