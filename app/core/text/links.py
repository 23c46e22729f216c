"""Links into one repository's pages on GitHub."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from app.core.model.names import FreightId, Repo, Sha, short
from app.core.text import markup

GITHUB = "https://github.com"


@dataclass(frozen=True, slots=True)
class Site:
    """Where people read about *repo* (``owner/name``): *web* is the server's address."""

    repo: str
    web: str = GITHUB

    @classmethod
    def of(cls, repo: Repo, web: str = GITHUB) -> Site:
        """The pages of *repo* on the server at *web*."""
        return cls(repo.full_name, web.rstrip("/"))

    def commit(self, sha: Sha) -> str:
        """A commit, as a link that shows seven digits."""
        return f"[`{short(sha)}`]({self._base}/commit/{sha})"

    def freight(self, freight: FreightId) -> str:
        """A freight, as a link to its commit: ``web 4f2a91c``."""
        return f"[`{freight.short}`]({self._base}/commit/{freight.sha})"

    def checks(self, freight: FreightId) -> str:
        """A freight, as a link to the check runs of its commit."""
        return f"[`{freight.short}`]({self._base}/commit/{freight.sha}/checks)"

    def everywhere(self, sha: Sha) -> str:
        """Where all is that a text about the commit does not hold."""
        return f"{markup.ALL}; [all checks of `{short(sha)}`]({self._base}/commit/{sha}/checks)"

    def pull(self, number: int) -> str:
        """A pull request; the link keeps GitHub from counting it as a reference."""
        return f"[pull request {number}]({self._base}/pull/{number})"

    def pull_files(self, number: int) -> str:
        """Every file of a pull request, as a link."""
        return f"[all files]({self._base}/pull/{number}/files)"

    def compared(self, base: str, head: Sha) -> str:
        """Every file in which a commit differs from a branch, as a link."""
        return f"[all files]({self._base}/compare/{quote(base, safe='')}...{head})"

    def file(self, sha: Sha, path: str) -> str:
        """A file at a commit."""
        return f"{self._base}/blob/{sha}/{quote(path)}"

    def file_link(self, sha: Sha, path: str) -> str:
        """A file at a commit, as a link that shows its name."""
        return f"[{markup.code(path)}]({self.file(sha, path)})"

    @property
    def _base(self) -> str:
        return f"{self.web}/{quote(self.repo)}"
