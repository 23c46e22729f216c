"""Whether a comment is still what it was when it was written."""

from __future__ import annotations

from app.core.model.comments import CommandRecord
from app.core.model.names import Repo
from app.errors import Missing
from app.ports import Forge


def stands(forge: Forge, repo: Repo, command: CommandRecord) -> bool:
    """
    The comment of *command* is there, and was never edited.

    GitHub is asked where we heard of it late: what a redelivery carries is the text of long ago,
    and a listing would not have found it. Of what has begun to take effect nothing is asked any
    more. Raises what kept GitHub from answering: then nobody knows, and it may not act.
    """
    if not command.may_have_changed or command.parts:
        return True
    try:
        comment = forge.comment(repo, command.kind, command.comment_id)
    except Missing:
        return False
    return comment.created_at == comment.updated_at
