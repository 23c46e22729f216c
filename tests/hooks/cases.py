"""The table of pushes: what each does, who does it, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.hooks.world import ANN, BOT, EVE, PIPELINE, ZERO, World

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

CASES = [
    Case("a free file", FREE),
    Case("a file below a stage's path that is no output", on_main({"stages/dev/people.yaml": "x"})),
    Case("a file that a step leaves alone", on_main({"stages/dev/web/keep.yaml": "x"})),
    Case("the sources", on_main({"apps/web/index.html": "x"})),
    Case("an output changed", EVIL, f"{OUTPUTS} dev"),
    Case("an output added", on_main({"stages/dev/web/more": "x"}), "stages/dev/web/more"),
    Case("an output deleted", on_main({DEV: None}), DEV),
    Case("a whole folder of outputs deleted", on_main({"stages": None}), "more rules broken"),
    Case("a file output", on_main({"stages/dev/run.sh": "false\n"}), "stages/dev/run.sh"),
    Case("a mode alone", on_main({"stages/dev/run.sh": ("100755", "true\n")}), "stages/dev/run.sh"),
    Case("a symlink for an output", on_main({DEV: ("120000", "/etc/passwd")}), DEV),
    Case("a submodule for an output", on_main({DEV: ("160000", "1" * 40)}), DEV),
    Case("a file for a folder of outputs", on_main({"stages/dev/web": "x"}), "stages/dev/web"),
    Case("a folder for a file output", on_main({"stages/dev/run.sh/x": "x"}), "stages/dev/run.sh"),
    Case("a symlink above outputs", on_main({"stages": ("120000", "apps")}), OUTPUTS),
    Case("a rename into outputs", renamed("README.md", "stages/dev/web/R", "hello\n"), OUTPUTS),
    Case("a rename out of outputs", renamed(DEV, "moved", "old\n"), DEV),
    Case("a name with another case", on_main({"Stages/dev/web/index.html": "x"})),
    Case("a sibling whose name begins alike", on_main({"stages/dev2/web/x": "x"})),
    Case(
        "a name that is no UTF-8", on_main({b"stages/dev/web/\xff\n\x1b[31m": "x"}), r"\xff\x0a\x1b"
    ),
    Case(
        "a Unicode twin outside", on_main({"stages/de\u0301v/web/x": "x", "stages/d\u00e9v/x": "x"})
    ),
    Case("changed and changed back in one push", there_and_back),
    Case("a force push that rewinds sources only", rewound),
    Case("a force push to another root", lambda w: [f"+{w.commit({'a': 'b'})}:{MAIN}"], OUTPUTS),
    Case("a force push that keeps outputs", lambda w: [f"+{w.commit((), tree_of=w.tip())}:{MAIN}"]),
    Case("a merge that takes old outputs", old_side, DEV),
    Case("an evil merge", evil_merge, DEV),
    Case("an octopus", octopus({})),
    Case("an evil octopus", octopus({DEV: "evil"}), DEV),
    Case("an annotated tag of anything", tag),
    Case("a tag of a tree", tag_of_tree),
    Case("a mirror of something else", mirrored, "more rules broken", how=("--mirror",)),
    Case("attributes and modules", on_main({".gitattributes": "* -diff\n", ".gitmodules": "[x]"})),
    Case("a ref outside heads and tags", lambda w: [f"{w.tip()}:refs/notes/x"]),
    Case("outputs on another branch", lambda w: [EVIL(w)[0].replace(MAIN, "refs/heads/topic")]),
    Case("two refs, one of them wrong", two_refs, f"refused: {MAIN}"),
    Case(
        "many refs that do not matter", lambda w: [f"{w.tip()}:refs/heads/b{n}" for n in range(50)]
    ),
    Case("a branch deleted that is no stage's", without("refs/x", lambda w: [":refs/heads/none"])),
    Case("the promoter writes", EVIL, who=BOT),
    Case("the promoter's name in other letters", EVIL, OUTPUTS, who="Stagelock[bot]"),
    Case("nobody says who pushes", EVIL, "does not say who pushes", who=None),
    Case(
        "a forged author and trailers",
        on_main({DEV: "x"}, message="P\n\nStagelock-Stage: dev\nStagelock-Promotion: p"),
        OUTPUTS,
    ),
    Case("a key changed", on_main({KEYS: TAGGED.format("web", "'2'")}), f"{KEYS}#image.tag"),
    Case(
        "a key that turns from text to number",
        on_main({KEYS: TAGGED.format("web", "1.10")}),
        "#image.tag",
    ),
    Case("another key of that file", on_main({KEYS: TAGGED.format("api", "'1.10'")})),
    Case("the same key, written otherwise", on_main({KEYS: TAGGED.format("web", '"1.10"  # x')})),
    Case("a key's file deleted", on_main({KEYS: None}), KEYS),
    Case("a key's file made unreadable", on_main({KEYS: "a: [\x01"}), KEYS),
    Case(
        "a key twice", on_main({KEYS: TAGGED.format("web", "'1.10'") + "image: {tag: 2}\n"}), KEYS
    ),
    Case("a key below an alias", on_main({KEYS: "x: &a {tag: '2'}\nimage: *a\n"}), KEYS),
    Case("a key of the promoter", on_main({KEYS: TAGGED.format("web", "'2'")}), who=BOT),
    Case("our branch", lambda w: [f"{w.tip()}:refs/heads/stagelock/x"], OURS),
    Case("a branch in the way of ours", way_blocked, OURS),
    Case("our branch deleted", lambda w: [":refs/heads/stagelock/review"], OURS),
    Case("our pull request's branch updated", on("refs/heads/stagelock/review", {"x": "y"}), OURS),
    Case(
        "our branch, forced by the promoter",
        lambda w: [f"+{w.tip()}:refs/heads/stagelock/review"],
        who=BOT,
    ),
    Case("a lock's ref", grant("e2e-env", 99), OURS),
    Case("a merge of our pull request", merged("review")),
    Case("a squash of our pull request", squashed("review")),
    Case("a merge on a base that moved", other_base("review")),
    Case(
        "a merge through the web",
        merged("review"),
        env=(("GITHUB_VIA", "pull request merge button"),),
    ),
    Case("an edit through the web", EVIL, OUTPUTS, env=(("GITHUB_VIA", "blob#save"),)),
    Case(
        "a merge with one more file in outputs",
        on_main({"stages/review/web/index.html": "newer\n", "stages/review/web/x": "x"}),
        "stages/review/web",
    ),
    Case(
        "a merge whose branch is gone",
        without("refs/heads/stagelock/review", merged("review")),
        OUTPUTS,
    ),
    Case("a merge without the lock", merged("guarded"), "needs lock guarded-env"),
    Case("a merge with the lock", after_grant("guarded", merged("guarded"))),
    Case("a squash with the lock", after_grant("guarded", squashed("guarded"))),
    Case(
        "a merge with somebody else's lock",
        after_grant("other", merged("guarded")),
        "is held for other",
    ),
    Case(
        "a merge where the lock was never recorded",
        without("refs/stagelock/locks/guarded-env", merged("guarded")),
        "needs lock guarded-env",
    ),
    Case("the holder writes", with_lock(MAIN, E2E, "e2e", "p-e2e", e2e_env=7), who=BOT),
    Case(
        "another promotion writes",
        with_lock(MAIN, E2E, "e2e", "p-old", e2e_env=7),
        "is held for e2e",
        who=BOT,
    ),
    Case("a write without a promotion", on_main(E2E), "is held for e2e", who=BOT),
    Case(
        "an outdated token",
        grant("e2e-env", 8, also=with_lock(MAIN, E2E, "e2e", "p-e2e", e2e_env=7)),
        "token 7 is older than 8",
        who=BOT,
    ),
    Case(
        "an older token that is still held",
        grant(
            "e2e-env",
            8,
            ("p-e2e", "e2e", 7),
            ("p-2", "other", 8),
            also=with_lock(MAIN, E2E, "e2e", "p-e2e", e2e_env=7),
        ),
        who=BOT,
    ),
    Case(
        "a token that is none",
        with_lock(MAIN, E2E, "e2e", "p-x", e2e_env=-5),
        "lock e2e-env",
        who=BOT,
    ),
    Case(
        "grant and promotion at once",
        grant(
            "e2e-env", 8, ("p-new", "e2e", 8), also=with_lock(MAIN, E2E, "e2e", "p-new", e2e_env=8)
        ),
        who=BOT,
        how=("--atomic",),
    ),
    Case("a grant alone", grant("e2e-env", 8, ("p-new", "e2e", 8)), who=BOT),
    Case(
        "a lock's ref deleted", lambda w: [":refs/stagelock/locks/e2e-env"], "its history", who=BOT
    ),
    Case("a lock's token that falls", grant("e2e-env", 6), "its history", who=BOT),
    Case(
        "a lock's ref made anew",
        lambda w: [f"+{w.lock('e2e-env', 9)}:refs/stagelock/locks/e2e-env"],
        "its history",
        who=BOT,
    ),
    Case(
        "a stage's own branch",
        on("refs/heads/env/live", {"live/web/index.html": "x"}),
        f"{OUTPUTS} live",
    ),
    Case("a free file of a stage's branch", on("refs/heads/env/live", {"other": "z"})),
    Case("a stage's branch deleted", lambda w: [":refs/heads/env/live"], f"{OUTPUTS} live"),
    Case(
        "a stage's branch made with outputs",
        without(LIVE, lambda w: [f"{w.commit({'live/web/x': 'x'})}:{LIVE}"]),
        f"{OUTPUTS} live",
    ),
    Case(
        "a stage's branch made without", without(LIVE, lambda w: [f"{w.commit({'x': ''})}:{LIVE}"])
    ),
    Case("a stage's branch deleted and made again", recreated, f"{OUTPUTS} live"),
    Case("a whole-tree branch written", on("refs/heads/env/whole", {"x": "y"}), f"{OUTPUTS} whole"),
    Case("what the promoter leaves alone there", on("refs/heads/env/whole", {".github/x": "y"})),
    Case("a whole-tree branch deleted", lambda w: [":refs/heads/env/whole"], f"{OUTPUTS} whole"),
    Case(
        "a whole-tree branch deleted by the promoter", lambda w: [":refs/heads/env/whole"], who=BOT
    ),
    Case(
        "a whole-tree branch made by somebody",
        without("refs/heads/env/whole", lambda w: [f"{w.commit()}:refs/heads/env/whole"]),
        "its branch",
    ),
    Case(
        "a whole-tree branch made by the promoter",
        without("refs/heads/env/whole", lambda w: [f"{w.commit()}:refs/heads/env/whole"]),
        who=BOT,
    ),
    Case("a whole-tree branch rewound", whole_rewound, "only moves forward", who=BOT),
    Case("a whole-tree branch with another past", whole_detached, "only moves forward"),
    Case("a whole-tree branch moved on", on("refs/heads/env/whole", {"x": "y"}), who=BOT),
    Case(
        "an invalid pipeline",
        on_main({"stagelock.yaml": PIPELINE + "extra: 1\n"}),
        "stagelock.yaml:35:1: unknown key",
    ),
    Case(
        "an invalid pipeline by the promoter", on_main({"stagelock.yaml": "x"}), "invalid", who=BOT
    ),
    Case(
        "an expression that does not compile",
        on_main({"stagelock.yaml": PIPELINE.replace("[apps/web/]", '["regex:(", a]')}),
    ),
    Case("a valid pipeline", on_main({"stagelock.yaml": PIPELINE.replace("review", "renamed")})),
    Case("the pipeline removed", on_main({"stagelock.yaml": None})),
    Case(
        "the pipeline removed and an output changed",
        on_main({"stagelock.yaml": None, DEV: "x"}),
        DEV,
    ),
    Case(
        "a pipeline that is a symlink", on_main({"stagelock.yaml": ("120000", "x")}), "regular file"
    ),
    Case(
        "an invalid pipeline elsewhere",
        lambda w: [f"{w.commit({'stagelock.yaml': '['}, w.tip())}:refs/heads/topic"],
    ),
    Case("the first pipeline of all", empty_server),
    Case("anything without a pipeline", no_pipeline({DEV: "x"})),
    Case("a pipeline added, invalid", no_pipeline({"stagelock.yaml": "["}), "invalid"),
    Case("an output while the file is invalid", invalid_now({DEV: "x"}), DEV),
    Case("a free file while the file is invalid", invalid_now({"README.md": "x"})),
    Case("the file corrected", invalid_now({"stagelock.yaml": PIPELINE})),
    Case("a former default branch", another_default),
    Case("a new default branch", on_new_default, DEV),
    Case("a symbolic ref to a stage's branch", alias, DEV),
    Case("an emergency", EVIL, who=ANN, options=REASON),
    Case("an emergency without a reason", EVIL, "emergency: git push -o", who=ANN),
    Case(
        "an emergency with an empty reason", EVIL, OUTPUTS, who=ANN, options=("stagelock.reason= ",)
    ),
    Case("an emergency of anybody", EVIL, OUTPUTS, options=REASON),
    Case(
        "an identity of another variable",
        settings(EVIL, ("stagelock.identity", "MY_USER")),
        who=EVE,
        env=(("MY_USER", BOT),),
    ),
    Case(
        "a variable that is not the named one",
        settings(EVIL, ("stagelock.identity", "MY_USER")),
        OUTPUTS,
        who=BOT,
    ),
    Case("GitHub Enterprise Server", EVIL, who=EVE, env=(("GITHUB_USER_LOGIN", BOT),)),
    Case("GitLab", EVIL, "GL-HOOK-ERR: stagelock: refused", who=BOT, env=(("GL_USERNAME", EVE),)),
    Case("Gitea", EVIL, who=EVE, env=(("GITEA_PUSHER_NAME", BOT),)),
    Case("gitolite", EVIL, who=EVE, env=(("GL_USER", BOT),)),
    Case("Bitbucket", EVIL, who=EVE, env=(("BB_USER_NAME", BOT),)),
    Case(
        "two hosts that disagree",
        EVIL,
        "does not say",
        who=BOT,
        env=(("GL_USER", BOT), ("BB_USER_NAME", EVE)),
    ),
    Case(
        "settings smuggled in by the environment",
        EVIL,
        OUTPUTS,
        env=(("GIT_CONFIG_PARAMETERS", "'stagelock.promoter'='eve'"),),
    ),
    Case(
        "a merge where no promoter was named",
        settings(merged("review"), ("stagelock.promoter", "")),
        "name the promoter",
    ),
    Case(
        "no promoter named",
        settings(EVIL, ("stagelock.promoter", "")),
        "name the promoter",
        who=BOT,
    ),
    Case(
        "a setting that cannot be read",
        settings(FREE, ("stagelock.budget", "soon")),
        "cannot be checked",
    ),
]
assert ZERO
assert len({case.name for case in CASES}) == len(CASES)
