"""Pull requests: open, edit, merge, review, bring up to date."""

from __future__ import annotations

from typing import Any

from app.sandbox.github import events, forks, merging
from app.sandbox.github.git_store import Person
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Pull, Refusal, Repo, Review, User
from app.sandbox.github.payloads import pulls as shapes
from app.sandbox.github.pushes import close, pull_event, writing

VERDICTS = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}


def _invalid(field: str, message: str | None = None) -> Refusal:
    error = {"resource": "PullRequest", "field": field, "code": "invalid"}
    if message is not None:
        error = {"resource": "PullRequest", "code": "custom", "message": message}
    return Refusal(422, "Validation Failed", [error])


def open_pull(hub: Hub, repo: Repo, fields: dict[str, Any], by: User) -> Pull:
    """
    Open one; Refusal 422 for unknown branches, no commits between, or one already open.

    `head` is a branch, or `OWNER:BRANCH` of a fork.
    """
    source, head = forks.head_of(hub, repo, str(fields.get("head", "")))
    base = str(fields.get("base", ""))
    with hub.lock:
        git = hub.git(repo)
        head_sha, base_sha = hub.git(source).tip(head), git.tip(base)
        if head_sha is None or base_sha is None:
            raise _invalid("head" if head_sha is None else "base")
        if not fields.get("title"):
            raise _invalid("title")
        forks.take(hub, repo, source, head, repo.last_number + 1)
        if git.contains(base_sha, head_sha):
            raise _invalid("head", f"No commits between {base} and {head}")
        same = (head, source.id, base)
        if any((p.head, p.head_repo_id, p.base) == same for p in hub.pulls_of(repo, "open")):
            label = f"{source.owner.login}:{head}"
            raise _invalid("head", f"A pull request already exists for {label}.")
        repo.last_number += 1
        now, title, body = hub.now(), str(fields["title"]), fields.get("body")
        pull = Pull(
            id=hub.next_id(),
            repo_id=repo.id,
            number=repo.last_number,
            title=title,
            body=body,
            head=head,
            base=base,
            head_sha=head_sha,
            base_sha=base_sha,
            head_repo_id=source.id,
            user=by,
            created_at=now,
            updated_at=now,
            draft=bool(fields.get("draft")),
        )
        hub.pulls[repo.id, pull.number] = pull
        pull_event(hub, repo, pull, "opened", by)
        return pull


def edit(hub: Hub, repo: Repo, number: int, fields: dict[str, Any], by: User) -> Pull:
    """Change title, body, base or state. A merged one does not open again (422)."""
    with hub.lock:
        pull = hub.pull(repo, number)
        changes: dict[str, Any] = {}
        for name in ("title", "body"):
            if name in fields and fields[name] != getattr(pull, name):
                changes[name] = {"from": getattr(pull, name) or ""}
                setattr(pull, name, fields[name])
        base = fields.get("base")
        if base is not None and base != pull.base:
            tip = hub.git(repo).tip(base)
            if tip is None:
                raise _invalid("base")
            changes["base"] = {"ref": {"from": pull.base}, "sha": {"from": pull.base_sha}}
            pull.base, pull.base_sha = base, tip
        if changes:
            pull.updated_at = hub.now()
            pull_event(hub, repo, pull, "edited", by, changes=changes)
        state = fields.get("state")
        if state == "closed" and pull.state == "open":
            close(hub, repo, pull, by)
        elif state == "open" and pull.state == "closed":
            _reopen(hub, repo, pull, by)
        return pull


def _reopen(hub: Hub, repo: Repo, pull: Pull, by: User) -> None:
    source = hub.repos.get(pull.head_repo_id)
    head = hub.git(source).tip(pull.head) if source is not None else None
    if pull.merged_at is not None or head is None:
        raise _invalid("state", "state cannot be changed.")
    pull.state, pull.closed_at, pull.head_sha = "open", None, head
    pull.updated_at = hub.now()
    pull_event(hub, repo, pull, "reopened", by)


def merge(hub: Hub, repo: Repo, number: int, fields: dict[str, Any], by: User) -> str:
    """
    Merge by `merge_method` (merge, squash, rebase) and return the base's new tip.

    Refusal 409 when `sha` is not the head any more, 405 when it cannot be merged.
    """
    with writing(hub, repo, by) as git, hub.lock:
        pull = hub.pull(repo, number)
        method = str(fields.get("merge_method") or "merge")
        merging.refuse_unmergeable(hub, repo, pull, method, fields.get("sha"))
        title, text = fields.get("commit_title"), fields.get("commit_message")
        tip = merging.write_merge(hub, repo, pull, method, by, title, text)
        git.set_ref(f"refs/heads/{pull.base}", tip)
        close(hub, repo, pull, by, merged_as=tip)
        return tip


def update_branch(hub: Hub, repo: Repo, number: int, head: str | None, by: User) -> None:
    """Merge the base into the head ("Update branch"); 422 when the head has moved."""
    with writing(hub, repo, by) as git, hub.lock:
        pull = hub.pull(repo, number)
        if head is not None and head != pull.head_sha:
            raise Refusal(422, f"expected head sha didn't match current head ref. {head}")
        tip = git.tip(pull.base)
        tree = None if tip is None else git.merged_tree(pull.head_sha, tip)
        if tip is None or tree is None:
            raise Refusal(422, "merge conflict between base and head")
        message = f"Merge branch '{pull.base}' into {pull.head}"
        who = Person(by.name, by.email)
        made = git.write_commit(tree, [pull.head_sha, tip], message, who, hub.now())
        git.set_ref(f"refs/heads/{pull.head}", made)


def review(hub: Hub, repo: Repo, number: int, event: str, body: str, by: User) -> Review:
    """Submit a review: APPROVE, REQUEST_CHANGES or COMMENT, on the head as it is."""
    with hub.lock:
        pull = hub.pull(repo, number)
        if event not in VERDICTS:
            raise Refusal(422, "Validation Failed", [f"event: {event}"])
        if by is pull.user and event != "COMMENT":
            raise Refusal(422, "Can not approve your own pull request")
        state = VERDICTS[event]
        made = Review(hub.next_id(), repo.id, number, by, state, body, pull.head_sha, hub.now())
        hub.reviews.append(made)
        _review_event(hub, repo, made, "submitted", by)
        return made


def dismiss(hub: Hub, repo: Repo, review_id: int, by: User) -> Review:
    """Take a review back; it stays in the list as DISMISSED."""
    with hub.lock:
        for review in hub.reviews:
            if (review.repo_id, review.id) == (repo.id, review_id):
                review.state = "DISMISSED"
                _review_event(hub, repo, review, "dismissed", by)
                return review
    raise Refusal(404, "Not Found")


def _review_event(hub: Hub, repo: Repo, review: Review, action: str, by: User) -> None:
    pull = hub.pull(repo, review.number)
    body = {
        "action": action,
        "review": shapes.review(hub, repo, review, webhook=True),
        "pull_request": shapes.pull(hub, repo, pull),
    }
    events.emit(hub, repo, "pull_request_review", body, by)
    hub.touch()
