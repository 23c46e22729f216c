"""What a reply needs: a GitHub that takes comments, and a lease that nobody takes."""

from __future__ import annotations


class Comments:
    """GitHub, as far as a reply needs it: comments are made, and everybody may read."""

    def __init__(self):
        self.made = []

    def create_comment(self, repo, on, body):
        self.made.append((on, body))
        return len(self.made)

    def permission(self, repo, login):
        return "read"


class Alone:
    """A lease that nobody takes."""

    def check(self):
        """It is ours."""
