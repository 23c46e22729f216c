"""The shapes of pushes: what each makes in a clone, and the refspecs to push."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.hooks.world import EVE, PIPELINE, World

MAIN, DEV = "refs/heads/main", "stages/dev/web/index.html"
LIVE = "refs/heads/env/live"
OUTPUTS, OURS = "only promotions write the outputs of stage", "only the promoter (stagelock[bot])"


@dataclass(frozen=True)
class Case:
    """*make* prepares commits and gives the refspecs; *said* None: accepted, else a part of it."""

    name: str
    make: Callable[[World], list[str]]
    said: str | None = None
    who: str | None = EVE
    options: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    how: tuple[str, ...] = ()


def on_main(changes, **more):
    return lambda w: [f"{w.commit(changes, w.tip(), **more)}:{MAIN}"]


def on(ref, changes, **more):
    return lambda w: [f"{w.commit(changes, w.tip(ref), **more)}:{ref}"]


def merge(w, *sides, changes=(), tree_of=None):
    """A merge of *sides* into main, with the tree of *tree_of* (None: of the first side)."""
    return w.commit(changes, w.tip(), *sides, tree_of=tree_of or sides[0], message="Merge")


def merged(stage):
    return lambda w: [f"{merge(w, w.tip(f'refs/heads/stagelock/{stage}'))}:{MAIN}"]


def squashed(stage):
    def make(w):
        tree = w.tip(f"refs/heads/stagelock/{stage}")
        return [f"{w.commit((), w.tip(), tree_of=tree, message='Squash')}:{MAIN}"]

    return make


def other_base(stage):
    """The base moved since the pull request was opened: outputs are equal, other files differ."""

    def make(w):
        change = {f"stages/{stage}/web/index.html": "newer\n", "README.md": "moved\n"}
        return [f"{w.commit(change, w.tip(), message='Merge pull request')}:{MAIN}"]

    return make


def old_side(w):
    """A merge that takes outputs from an old commit, as a stale branch would."""
    stale = w.commit({DEV: "ancient\n"}, w.text("rev-parse", f"{w.tip()}~1"))
    return [f"{merge(w, stale)}:{MAIN}"]


def evil_merge(w):
    side = w.commit({"README.md": "side\n"}, w.tip())
    return [f"{merge(w, side, changes={DEV: 'evil'})}:{MAIN}"]


def octopus(changes):
    def make(w):
        sides = [w.commit({f"f{n}": "x"}, w.tip()) for n in range(3)]
        everything = {f"f{n}": "x" for n in range(3)} | changes
        return [f"{w.commit(everything, w.tip(), *sides)}:{MAIN}"]

    return make


def there_and_back(w):
    away = w.commit({DEV: "evil\n"}, w.tip())
    return [f"{w.commit({DEV: 'old' + chr(10)}, away)}:{MAIN}"]


def rewound(w):
    return [f"+{w.text('rev-parse', w.tip() + '~1')}:{MAIN}"]


def renamed(source, target, content):
    return on_main({source: None, target: content})


def with_lock(ref, changes, stage, promotion, **fences):
    def make(w):
        note = w.note(stage, promotion, **fences)
        return [f"{w.commit(changes, w.tip(ref), message=note)}:{ref}"]

    return make


def grant(group, token, *holders, also=None):
    """The promoter records a grant, alone or with a promotion in one atomic push."""

    def make(w):
        ref = f"refs/stagelock/locks/{group}"
        specs = [f"{w.lock(group, token, *holders, onto=w.tip(ref))}:{ref}"]
        return specs + (also(w) if also else [])

    return make


def after_grant(stage, then):
    """The server has recorded that the open pull request's promotion holds the lock."""

    def make(w):
        ref = "refs/stagelock/locks/guarded-env"
        w.set_ref(ref, w.lock("guarded-env", 4, (f"p-{stage}", stage, 4), onto=w.tip(ref)))
        return then(w)

    return make


def without(ref, then):
    def make(w):
        specs = then(w)
        w.run("-C", w.server, "update-ref", "-d", ref)
        return specs

    return make


def tag(w):
    evil = w.commit({DEV: "evil\n"}, w.tip())
    w.text("tag", "-f", "-a", "-m", "t", "v1", evil)
    return ["refs/tags/v1:refs/tags/v1"]


def tag_of_tree(w):
    return [f"{w.tip()}^{{tree}}:refs/tags/tree"]


def two_refs(w):
    evil = w.commit({DEV: "evil\n"}, w.tip())
    return [f"{evil}:refs/heads/a", f"{evil}:{MAIN}"]


def whole_rewound(w):
    return [f"+{w.text('rev-parse', w.tip('refs/heads/env/whole') + '~1')}:refs/heads/env/whole"]


def whole_detached(w):
    """Another history with the same tree: the outputs are equal, the old commits are lost."""
    ref = "refs/heads/env/whole"
    return [f"+{w.commit((), tree_of=w.tip(ref))}:{ref}"]


def recreated(w):
    ref = "refs/heads/env/live"
    w.push(f":{ref}", who=EVE)
    return [f"+{w.commit({'live/web/index.html': 'evil'})}:{ref}"]


def mirrored(w):
    """Everything that the clone does not have is deleted, our branches and locks among it."""
    return []


def way_blocked(w):
    for stage in ("review", "guarded"):
        w.run("-C", w.server, "update-ref", "-d", f"refs/heads/stagelock/{stage}")
    return [f"{w.tip()}:refs/heads/stagelock"]


def alias(w):
    """A symbolic ref on the server: a push to it moves its target."""
    w.run("-C", w.server, "symbolic-ref", "refs/heads/master", MAIN)
    return [f"{w.commit({DEV: 'evil'}, w.tip())}:refs/heads/master"]


def another_default(w):
    """The administrator made another branch the default one: its file counts, its paths too."""
    w.set_ref("refs/heads/trunk", w.tip())
    w.run("-C", w.server, "symbolic-ref", "HEAD", "refs/heads/trunk")
    return [f"{w.commit({DEV: 'free now'}, w.tip())}:{MAIN}"]


def on_new_default(w):
    another_default(w)
    return [f"{w.commit({DEV: 'evil'}, w.tip())}:refs/heads/trunk"]


def invalid_now(changes):
    """The file at the tip became invalid behind our back: the newest valid version counts."""

    def make(w):
        w.set_ref(MAIN, w.commit({"stagelock.yaml": "stages: ["}, w.tip()))
        return on_main(changes)(w)

    return make


def no_pipeline(changes):
    def make(w):
        w.set_ref(MAIN, w.commit({"stagelock.yaml": None}, w.tip()))
        return on_main(changes)(w)

    return make


def empty_server(w):
    for line in w.run("-C", w.server, "for-each-ref", "--format=%(refname)").stdout.split():
        w.run("-C", w.server, "update-ref", "-d", line.decode())
    return [f"{w.commit({'stagelock.yaml': PIPELINE, DEV: 'first'})}:{MAIN}"]


def settings(then, *pairs):
    def make(w):
        for key, value in pairs:
            w.run("-C", w.server, "config", "--replace-all", key, value)
        return then(w)

    return make


KEYS = "stages/keys/values.yaml"
TAGGED = "image:\n  name: {0}\n  tag: {1}\n"
EVIL, FREE = on_main({DEV: "evil\n"}), on_main({"README.md": "bye\n"})
E2E = {"stages/e2e/web/index.html": "newer\n"}
REASON = ("stagelock.reason=the site is down",)
