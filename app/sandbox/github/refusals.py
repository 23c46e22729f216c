"""
What a server refuses at a push: protected branches, and workflow files from Apps without leave.

A Git `update` hook in each bare repository says it in GitHub's words; the client shows
``! [remote rejected] main -> main (hook declined)``.
"""

from __future__ import annotations

import stat
from pathlib import Path

from app.sandbox.github.model import Protection, Repo

HOOK = r"""#!/bin/sh
# Arguments: the ref, its old object, its new object. Runs in the bare repository.
zero=0000000000000000000000000000000000000000
newline='
'
rule="protected/$1"
if [ -f "$rule" ] && ! grep -qxF -e "$SANDBOX_PUSHER" "$rule.allowed"; then
    echo "error: GH006: Protected branch update failed for $1." >&2
    sed 's/^/error: /' "$rule" >&2
    exit 1
fi
if [ -n "$SANDBOX_NO_WORKFLOWS" ] && [ "$3" != "$zero" ]; then
    files=$(git log --format= --name-only -m "$3" --not --all -- .github/workflows)
    file=${files%%"$newline"*}
    if [ -n "$file" ]; then
        echo "refusing to allow a GitHub App to create or update workflow" \
            "\`$file\` without \`workflows\` permission" >&2
        exit 1
    fi
fi
exit 0
"""


def install(path: Path) -> None:
    """Put the hook into a bare repository."""
    hook = path / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK)
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)


def write(repo: Repo, branch: str) -> None:
    """Make the hook know the branch's protection, or that it has none any more."""
    rule = repo.path / "protected" / "refs" / "heads" / branch
    allowed = rule.with_name(f"{rule.name}.allowed")
    protection: Protection | None = repo.protected.get(branch)
    if protection is None or not protection.refuses_pushes:
        rule.unlink(missing_ok=True)
        allowed.unlink(missing_ok=True)
        return
    rule.parent.mkdir(parents=True, exist_ok=True)
    allowed.write_text("".join(f"{login}\n" for login in sorted(protection.allowed)))
    rule.write_text(f"{protection.message}\n")
