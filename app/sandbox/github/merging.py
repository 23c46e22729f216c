"""Can a pull request be merged, and what would merging write?"""

from __future__ import annotations

from app.sandbox.github.git_store import Change, CommitInfo, GitStore, Person
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import Pull, Refusal, Repo, User

PASSES = {"success", "neutral", "skipped"}
WRITERS = {"write", "maintain", "admin"}


def commits(git: GitStore, pull: Pull) -> list[CommitInfo]:
    """What the pull request adds to its base as it was, newest first."""
    return git.log(pull.head_sha, hide=pull.base_sha)


def files(git: GitStore, pull: Pull) -> list[Change]:
    """The difference from where the head left the base (GitHub's three-dot comparison)."""
    return git.changes(git.merge_base(pull.base_sha, pull.head_sha), pull.head_sha)


def mergeability(hub: Hub, repo: Repo, pull: Pull) -> tuple[bool | None, str]:
    """GitHub's `mergeable` and `mergeable_state`; (None, unknown) when it is not open."""
    git = hub.git(repo)
    tip = git.tip(pull.base)
    if pull.state != "open" or tip is None:
        return None, "unknown"
    if git.merged_tree(tip, pull.head_sha) is None:
        return False, "dirty"
    if pull.draft:
        return True, "draft"
    if missing(hub, repo, pull) is not None:
        return True, "blocked"
    rule = repo.protected.get(pull.base)
    if rule is not None and rule.up_to_date and not git.contains(pull.head_sha, tip):
        return True, "behind"
    newest = {r.name: r for r in hub.runs_of(repo, pull.head_sha)}.values()
    fine = all(run.conclusion in PASSES for run in newest)
    return True, "clean" if fine else "unstable"


def missing(hub: Hub, repo: Repo, pull: Pull) -> str | None:
    """What a rule of the base requires and is not there, in the words of GitHub's refusal."""
    check = missing_check(hub, repo, pull)
    if check is not None:
        return f'Required status check "{check}" is expected.'
    rule = repo.protected.get(pull.base)
    wanted = 0 if rule is None else rule.required_reviews
    if approvals(hub, repo, pull) >= wanted:
        return None
    reviews = "review is" if wanted == 1 else "reviews are"
    return f"At least {wanted} approving {reviews} required by reviewers with write access."


def approvals(hub: Hub, repo: Repo, pull: Pull) -> int:
    """How many who may write approve it: the newest review of each that takes a side counts."""
    of_it = (r for r in hub.reviews if (r.repo_id, r.number) == (repo.id, pull.number))
    newest = {r.user.login: r.state for r in of_it if r.state != "COMMENTED"}
    writers = {login for login, role in repo.roles.items() if role in WRITERS}
    return sum(state == "APPROVED" and who.lower() in writers for who, state in newest.items())


def missing_check(hub: Hub, repo: Repo, pull: Pull) -> str | None:
    """The first required check that has not passed on the head."""
    rule = repo.protected.get(pull.base)
    if rule is None:
        return None
    passed = {s.context for s in hub.statuses_of(repo, pull.head_sha) if s.state == "success"}
    newest = {r.name: r for r in hub.runs_of(repo, pull.head_sha)}
    passed |= {name for name, run in newest.items() if run.conclusion in PASSES}
    return next((name for name in rule.required_checks if name not in passed), None)


def refuse_unmergeable(hub: Hub, repo: Repo, pull: Pull, method: str, head: str | None) -> None:
    """Raise what GitHub answers to a merge that cannot be: 405, 409 or 422."""
    if head is not None and head != pull.head_sha:
        raise Refusal(
            409, "Head branch was modified. Review and try the merge again.", ["sha mismatch"]
        )
    if method not in {"merge", "squash", "rebase"}:
        raise Refusal(422, "Invalid request.", [f"merge_method: {method}"])
    if method not in repo.merge_methods:
        names = {"merge": "Merge commits", "squash": "Squash merges", "rebase": "Rebase merges"}
        raise Refusal(405, f"{names[method]} are not allowed on this repository.")
    _, state = mergeability(hub, repo, pull)
    match state:
        case "blocked":
            raise Refusal(405, missing(hub, repo, pull) or "Pull Request is not mergeable")
        case "behind":
            raise Refusal(405, "Head branch is out of date. Review and try the merge again.")
        case "draft":
            raise Refusal(405, "Pull Request is still a draft")
        case "dirty" | "unknown":
            raise Refusal(405, "Pull Request is not mergeable")
        case _:
            return


def write_merge(
    hub: Hub, repo: Repo, pull: Pull, method: str, by: User, title: str | None, text: str | None
) -> str:
    """Write the commits of a merge onto the base's tip, as the method says; the new tip."""
    git = hub.git(repo)
    tip = git.tip(pull.base)
    tree = None if tip is None else git.merged_tree(tip, pull.head_sha)
    if tip is None or tree is None:
        raise Refusal(405, "Pull Request is not mergeable")
    who, web = Person(by.name, by.email), Person("GitHub", "noreply@github.com")
    if method == "merge":
        source = hub.repos.get(pull.head_repo_id, repo)
        label = f"{source.owner.login}/{pull.head}"
        subject = title or f"Merge pull request #{pull.number} from {label}"
        message = f"{subject}\n\n{text if text is not None else pull.title}"
        return git.write_commit(tree, [tip, pull.head_sha], message, who, hub.now(), web)
    mine = commits(git, pull)
    if method == "squash":
        default = mine[0].message.partition("\n")[2].strip() if len(mine) == 1 else ""
        body = text if text is not None else default
        message = f"{title or f'{pull.title} (#{pull.number})'}\n\n{body}".rstrip()
        return git.write_commit(tree, [tip], message, who, hub.now(), web)
    for commit in reversed(mine):
        if len(commit.parents) > 1:
            raise Refusal(405, "This branch can't be rebased")
        base = commit.parents[0] if commit.parents else None
        tree = git.merged_tree(tip, commit.sha, base)
        if tree is None:
            raise Refusal(405, "This branch can't be rebased")
        tip = git.write_commit(tree, [tip], commit.message, commit.author, hub.now(), web)
    return tip
