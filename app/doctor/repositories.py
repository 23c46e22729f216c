"""The repositories with a pipeline: what their rules and workflows do to promotions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from app.core.gates.permissions import cannot_start
from app.core.model.check_names import PLAN
from app.core.model.facts import RepoFact
from app.core.model.pipeline import Pipeline, Stage
from app.doctor.subject import Subject, asked
from app.doctor.verdicts import Fine, NotKnown, Todo, Unknown, Verdict
from app.errors import Missing
from app.ports.examination import BranchRule

MOST_NAMED = 5
STOPS_PUSHES = frozenset(
    {
        "update",
        "pull_request",
        "required_status_checks",
        "required_signatures",
        "required_deployments",
        "merge_queue",
        "workflows",
        "code_scanning",
        "commit_message_pattern",
        "commit_author_email_pattern",
        "committer_email_pattern",
    }
)
"""Kinds of rules that refuse a push of ours: https://docs.github.com/rest/repos/rules"""
PASSES = frozenset({"always", "exempt"})


def plan_required(subject: Subject) -> Verdict:
    """`stagelock / plan` is required on default branches, and only our App can report it."""
    return each(subject, _plan)


def _plan(subject: Subject, repo: RepoFact, _: Pipeline) -> Verdict:
    name, branch, github = repo.repo.full_name, repo.default_branch, subject.github
    rules = asked(lambda: github.branch_rules(repo.repo, branch))
    checks = [check for rule in rules for check in rule.checks]
    checks += asked(lambda: github.protection(repo.repo, branch)).checks
    apps = {app for check, app in checks if check == PLAN}
    page = f"{subject.known[0].github_url}/{name}/settings/rules"
    ours = subject.app.id
    if ours in apps:
        return Fine(f"{name}: `{PLAN}` is required on {branch}, and ours alone")
    if not apps:
        do = f"require it, with the App as its source: {page}"
        return Todo(f"{name}: `{PLAN}` is not required on {branch}", do)
    who = "any App may report it" if None in apps else "another App has to report it"
    return Todo(f"{name}: `{PLAN}` is required on {branch}, but {who}", f"choose ours: {page}")


def push_rules(subject: Subject) -> Verdict:
    """No rule refuses what promotions push, or our App may pass it by."""
    return each(subject, _passing)


def _passing(subject: Subject, repo: RepoFact, pipeline: Pipeline) -> Verdict:
    branches = _pushed(repo, pipeline)
    return together(verdict for branch in branches for verdict in _pushes(subject, repo, branch))


def _pushed(repo: RepoFact, pipeline: Pipeline) -> list[str]:
    """The branches that promotions are pushed to: those of stages, and of our pull requests."""
    writing = [stage for stage in pipeline.stages.values() if stage.writes]
    branches = [
        f"stagelock/{stage.name}" if stage.via == "pull-request" else _branch(stage, repo)
        for stage in writing
    ]
    return list(dict.fromkeys(branches))


def _branch(stage: Stage, repo: RepoFact) -> str:
    return stage.branch or repo.default_branch


def _pushes(subject: Subject, repo: RepoFact, branch: str) -> Iterator[Verdict]:
    name, github = repo.repo.full_name, subject.github
    rules = asked(lambda: github.branch_rules(repo.repo, branch))
    stopping = [rule for rule in rules if rule.kind in STOPS_PUSHES]
    for ruleset in dict.fromkeys(rule.ruleset for rule in stopping):
        kinds = ", ".join(_kinds(rule for rule in stopping if rule.ruleset == ruleset))
        may = asked(lambda ruleset=ruleset: github.bypass(repo.repo, ruleset))  # type: ignore[misc]
        if not may:
            yield Unknown(f"{name}: whether our App may pass by {kinds} on {branch} is not said")
        elif may not in PASSES:
            page = f"{subject.known[0].github_url}/{name}/settings/rules/{ruleset}"
            do = f"add the App to the bypass list, mode always: {page}"
            yield Todo(f"{name}: a rule refuses our pushes ({kinds} on {branch})", do)
    try:
        old = github.protection(repo.repo, branch)
    except Missing:  # it is made by the first promotion
        old = None
    if old is not None and old.enabled:
        yield Unknown(f"{name}: {branch} has a branch protection, which an App is not shown")
    yield Fine(f"{name}: our pushes to {branch} pass")


def _kinds(rules: Iterable[BranchRule]) -> list[str]:
    return list(dict.fromkeys(rule.kind.replace("_", " ") for rule in rules))


def auto_delete(subject: Subject) -> Verdict:
    """Where merged branches are deleted, no stage's branch is one that people merge."""
    return each(subject, _deleted)


def _deleted(subject: Subject, repo: RepoFact, pipeline: Pipeline) -> Verdict:
    name, github = repo.repo.full_name, subject.github
    deletes = asked(lambda: github.deletes_heads(repo.repo))
    if deletes is None:
        return Unknown(f"{name}: GitHub does not say whether merged branches are deleted")
    own = {_branch(stage, repo) for stage in pipeline.stages.values() if stage.writes}
    at_risk = sorted(
        branch for branch in own - {repo.default_branch} if not _is_kept(subject, repo, branch)
    )
    if deletes and at_risk:
        said = f"{name}: merged branches are deleted, so a pull request from {at_risk[0]} ends it"
        more = f" ({', '.join(at_risk)})" if len(at_risk) > 1 else ""
        return Todo(f"{said}{more}", "restrict deletions of stages' branches by a ruleset")
    return Fine(f"{name}: no stage's branch is deleted by merging")


def _is_kept(subject: Subject, repo: RepoFact, branch: str) -> bool:
    rules = asked(lambda: subject.github.branch_rules(repo.repo, branch))
    return any(rule.kind == "deletion" for rule in rules)


def concurrency(subject: Subject) -> Verdict:
    """No `concurrency` is held while a job waits for a person's review."""
    return each(subject, _queued)


def _queued(subject: Subject, repo: RepoFact, _: Pipeline) -> Verdict:
    name, github = repo.repo.full_name, subject.github
    queued = [job for job in subject.jobs(repo) if job.queues and job.environment]
    if not queued:
        return Fine(f"{name}: no `concurrency` spans an environment")
    reviewed = asked(lambda: github.reviewed_environments(repo.repo))
    jobs = [job for job in queued if job.environment in reviewed]
    if not jobs:
        return Fine(f"{name}: no `concurrency` spans an environment that asks for a review")
    job = jobs[0]
    said = f"{name}: `concurrency` in {job.file} is held while {job.environment} waits for a review"
    return Todo(said, "let a lock of stagelock.yaml do its work, or take the environment out of it")


def workflows(subject: Subject) -> Verdict:
    """None runs at each promotion without a stage that awaits it; those of `verify` can start."""
    return each(subject, _workflows)


def _workflows(subject: Subject, repo: RepoFact, pipeline: Pipeline) -> Verdict:
    return _not_startable(subject, repo, pipeline) or _started(subject, repo, pipeline)


def _not_startable(subject: Subject, repo: RepoFact, pipeline: Pipeline) -> Verdict | None:
    """A stage names a workflow to start, and the account has not granted that."""
    wanted = [stage for stage in pipeline.stages.values() if stage.workflow is not None]
    own = next((i for i in subject.installations if i.id == repo.repo.installation_id), None)
    if not wanted or own is None or not cannot_start(own):
        return None
    said = f"{repo.repo.full_name}: {wanted[0].name} waits, for it starts {wanted[0].workflow}"
    grant = f"an owner grants the App actions: write: {own.url or own.account}"
    return Todo(f"{said}, and {own.account} has not granted actions: write", grant)


def _started(subject: Subject, repo: RepoFact, pipeline: Pipeline) -> Verdict:
    name = repo.repo.full_name
    for job in subject.jobs(repo):
        stages = [
            stage
            for stage in pipeline.stages.values()
            if stage.path
            and _branch(stage, repo) == repo.default_branch
            and job.starts_at(stage.path, repo.default_branch)
        ]
        if stages and not any(_awaits(stage, job.check) for stage in pipeline.stages.values()):
            names = ", ".join(stage.name for stage in stages[:MOST_NAMED])
            said = f"{name}: {job.file} runs at each promotion to {names}, and no stage awaits it"
            folders = ", ".join(f"{stage.path}/**" for stage in stages[:MOST_NAMED])
            return Todo(said, f"give its `on: push` a `paths-ignore: [{folders}]`, if it need not")
    return Fine(f"{name}: no workflow runs at promotions that no stage awaits")


def _awaits(stage: Stage, check: str) -> bool:
    return any(rule.is_glob or rule.pattern == check for rule in stage.verify)


def each(subject: Subject, ask: Callable[[Subject, RepoFact, Pipeline], Verdict]) -> Verdict:
    """One line for all repositories; one that cannot be asked hides nothing of the others."""

    def asked_of(repo: RepoFact, pipeline: Pipeline) -> Verdict:
        try:
            return ask(subject, repo, pipeline)
        except NotKnown as why:
            return Unknown(str(why))

    return together(asked_of(repo, pipeline) for repo, pipeline in subject.pipelines)


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """What must be done of all that was found, else what is not known, else what is fine."""
    listed = list(verdicts)
    todo = [verdict for verdict in listed if isinstance(verdict, Todo)]
    if todo:
        do = dict.fromkeys(verdict.do for verdict in todo)
        return Todo(_few([verdict.said for verdict in todo]), _few(list(do)))
    unknown = [unknown.why for unknown in listed if isinstance(unknown, Unknown)]
    if unknown:
        return Unknown(_few(list(dict.fromkeys(unknown))))
    fine = [fine.said for fine in listed if isinstance(fine, Fine)]
    return Fine(_few(list(dict.fromkeys(fine))))


def _few(texts: list[str]) -> str:
    more = f"; and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else ""
    return "; ".join(texts[:MOST_NAMED]) + more
