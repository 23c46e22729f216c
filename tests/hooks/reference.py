"""The rules once more, slowly: whole listings, one git process a question, commit by commit."""

from __future__ import annotations

import yaml

from tests.hooks.world import BOT, ZERO

STAGES = {
    "dev": ("main", ["stages/dev/web", "stages/dev/run.sh"], ["stages/dev/web/keep.yaml"], []),
    "e2e": ("main", ["stages/e2e/web", "stages/e2e/run.sh"], [], ["e2e-env"]),
    "review": ("main", ["stages/review/web", "stages/review/run.sh"], [], []),
    "guarded": ("main", ["stages/guarded/web", "stages/guarded/run.sh"], [], ["guarded-env"]),
    "live": ("env/live", ["live/web", "live/run.sh"], [], []),
    "whole": ("env/whole", [""], [".github"], []),
    "keys": ("main", None, [], []),
}


def expected(world, updates, who):
    """The (rule, stage or ref) pairs that *updates* (ref -> (old, new)) by *who* break."""
    git = Slow(world)
    found = set()
    for ref, (old, new) in updates.items():
        if ref.startswith(("refs/heads/stagelock/", "refs/stagelock/")) and who != BOT:
            found.add(("our-refs", ref))
        for stage, (branch, *_) in STAGES.items():
            if ref == f"refs/heads/{branch}":
                found |= judged(git, stage, old, new, who)
    return found


def judged(git, stage, old, new, who):
    _, _, _, groups = STAGES[stage]
    found = set()
    whole = stage == "whole"
    gone = ZERO in (old, new)
    if whole and not gone and not git.contains(new, old):
        found.add(("not-forward", stage))
    changed = git.outputs(stage, old) != git.outputs(stage, new) or (whole and gone)
    if stage == "keys":
        changed = git.outputs(stage, old) not in (None, git.outputs(stage, new))
    if not changed:
        return found
    head = git.tip(f"refs/heads/stagelock/{stage}")
    same = bool(head) and new != ZERO and git.outputs(stage, head) == git.outputs(stage, new)
    if who != BOT:
        if not same:
            return found | {("outputs", stage)}
        promotion = git.trailer(head, "Stagelock-Promotion")
        if any(not git.holds(g, promotion, stage) for g in groups):
            found.add(("held", stage))
        return found
    return found | by_promoter(git, stage, old, new, head if same else None)


def by_promoter(git, stage, old, new, head):
    mine = [c for c in git.line(old, new) if git.trailer(c, "Stagelock-Stage") == stage]
    promotions = [git.trailer(c, "Stagelock-Promotion") for c in mine]
    if not mine:
        promotions = [git.trailer(head, "Stagelock-Promotion") if head else ""]
    for group in STAGES[stage][3]:
        held = git.holders(group)
        if held and any((p, stage) not in {h[:2] for h in held} for p in promotions):
            return {("held", stage)}
    for commit in mine:
        for fence in git.trailers(commit, "Stagelock-Fence"):
            group, _, token = fence.partition("=")
            held = {(h[0], h[2]) for h in git.holders(group)}
            owner = (git.trailer(commit, "Stagelock-Promotion"), token)
            if owner not in held and int(token) < git.token(group):
                return {("fence", stage)}
    return set()


class Slow:
    """Questions to git, one process each."""

    def __init__(self, world):
        self.world = world

    def ask(self, *words, code=0):
        return self.world.run("-C", self.world.server, *words, code=code)

    def tip(self, ref):
        return self.ask("for-each-ref", "--format=%(objectname)", ref).stdout.decode().strip()

    def outputs(self, stage, commit):
        _, paths, excepts, _ = STAGES[stage]
        if paths is None:
            return self.key(commit)
        return {
            name: entry
            for name, entry in self.listing(commit).items()
            if any(within(name, p) for p in paths) and not any(within(name, e) for e in excepts)
        }

    def key(self, commit):
        if "stages/keys/values.yaml" not in self.listing(commit):
            return None
        text = self.ask("cat-file", "blob", f"{commit}:stages/keys/values.yaml").stdout
        return repr(yaml.safe_load(text)["image"]["tag"])

    def listing(self, commit):
        if commit == ZERO:
            return {}
        rows = self.ask("ls-tree", "-r", "-z", "--full-tree", commit).stdout.split(b"\0")[:-1]
        return {row.split(b"\t", 1)[1].decode(): row.split(b"\t")[0] for row in rows}

    def contains(self, new, old):
        return self.ask("merge-base", "--is-ancestor", old, new, code=None).returncode == 0

    def line(self, old, new):
        if new == ZERO:
            return []
        below = [f"^{old}"] if old != ZERO else ["^main"]
        return self.ask("rev-list", "--first-parent", new, *below).stdout.decode().split()

    def trailers(self, commit, key):
        form = f"--format=%(trailers:key={key},valueonly,unfold)"
        return self.ask("log", "-1", form, commit).stdout.decode().split()

    def trailer(self, commit, key):
        return next(iter(self.trailers(commit, key)), "")

    def holders(self, group):
        ref = f"refs/stagelock/locks/{group}"
        if not self.tip(ref):
            return []
        form = "--format=%(trailers:key=Stagelock-Holder,valueonly,unfold)"
        rows = self.ask("log", "-1", form, ref).stdout.decode().splitlines()
        return [tuple(row.split()) for row in rows if row]

    def holds(self, group, promotion, stage):
        return (promotion, stage) in {h[:2] for h in self.holders(group)}

    def token(self, group):
        ref = f"refs/stagelock/locks/{group}"
        return int(self.trailer(ref, "Stagelock-Token")) if self.tip(ref) else -1


def within(path, folder):
    return not folder or path == folder or path.startswith(f"{folder}/")
