"""Foreign words that would do something where GitHub reads Markdown, and where we say them."""

import re
from dataclasses import replace

from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.core.commands import Command, CommandProblem, Misread, NoFreight, Why
from app.core.locks.queue import Board
from app.core.model.facts import Commit
from app.core.model.hand_edits import HandEdit
from app.core.model.names import GroupName, StageName, WarehouseName
from app.core.model.organization_locks import HomeFile, LinterAnswer
from app.core.model.pipeline import Mark, Problem, Stage
from app.core.model.previews import (
    ChangeKind,
    FileChange,
    FileChanges,
    Held,
    Ignored,
    Replayed,
    StagePreview,
)
from app.core.model.records import Freight, Hold, Records
from app.core.model.snapshot import Proposal
from app.core.model.verdicts import Drift, GateAnswer, Reason
from app.core.planning.plan_result import MintWait
from app.core.text import (
    hand_edits,
    locks,
    locks_file,
    minting,
    pipeline_file,
    plan_runs,
    replies,
    status,
    summaries,
    why,
)
from app.core.text.commit_messages import pull_body
from app.core.text.locks import Around
from tests.core.lining import line_of
from tests.core.saying import (
    AT,
    NASTY,
    SITE,
    freight,
    pipeline,
    plan,
    promotion,
    request,
    sha,
    snapshot,
    verdict,
)

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
ACTS = re.compile(r"@\w|#\d|\bgh-\d|://|\bwww\.|mailto:|xmpp:", re.IGNORECASE)
HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
WORDS = NASTY | st.sampled_from(
    [
        "Fix https://github.com/acme/shop/issues/12",
        "closes #3",
        "Fixes acme/shop#3",
        "resolves GH-3",
        "acme/shop@4f2a91c",
        "cc @mia, @acme/all",
        "[skip ci] ***NO_CI***",
        "</sub><img src=x>",
        "<!-- -->@mia<!-- -->",
        "`@mia",
        "``` @mia",
        "a\\`@mia`",
        "[x](https://evil.example) ![y](z)",
        "| @mia | #1 |",
        "\u2066#1\u2069",
        "a\u200b@mia",
        "&commat;mia &#35;1",
        "~~x~~ **y** __z__",
    ]
)


def wait(word):
    return MintWait(
        WarehouseName("web"), sha(3), (word,), failed=True, urls=((word, "https://github.com/x"),)
    )


def told(word):
    gate = GateAnswer("hold", "wait", Reason.ON_HOLD, (f"@{word}",), AT, detail=word)
    more = GateAnswer("drift", "wait", Reason.DRIFT, (word,), AT)
    return verdict(
        "waiting",
        Reason.DRIFT,
        stage="prod",
        gates=(gate, more),
        names=(word,),
        detail=word,
        drift=Drift((HandEdit(word, (word,), "seen"),), "block"),
        promotion=promotion(started_by=word, detail=word, errors_since=AT),
    )


def board(word):
    held = request(1, state="suspect", granted_at=AT, repo_name=word, reason=word)
    return Around(GroupName("e2e-env"), Board([held, request(2, repo_name=word)]))


def world(word):
    hold = Hold(StageName("prod"), word, word, AT)
    rows = Records(freights=(Freight(freight(3), AT),), holds=(hold,))
    return snapshot(records=rows, lines={"web": line_of((sha(3),))})


def previewed(word):
    kinds: tuple[ChangeKind, ...] = ("deleted", "changed", "copied")
    files = FileChanges.of([FileChange(kind, word) for kind in kinds])
    edits = (HandEdit(word, (word,), "seen"),)
    known = StagePreview(
        StageName("dev"), freight(), word, files, (), foreign=Held((word,)), edited=edits
    )
    return known, StagePreview(StageName("prod"), freight(), word, None, problem=word)


def proposal(word):
    return Proposal(
        1,
        sha(9),
        word,
        (WarehouseName("web"),),
        (Ignored(word, word, 1),),
        2,
        changes_config=True,
        outputs=((StageName("dev"), (word,), 1),),
        stages=previewed(word),
        replayed=(Replayed(sha(9), word, (), (StageName("dev"),)),),
    )


PROBLEM = Mark(1, 1)
PLACES = {
    "a stage's summary": lambda w: summaries.summary(told(w), SITE, "abcd2345"),
    "the answer to /why": lambda w: why.why(told(w), SITE),
    "the answer to /stagelock status": lambda w: status.status(
        world(w), plan(told(w), minting=(wait(w),)), SITE
    ),
    "a commit that waits": lambda w: minting.summary(wait(w), StageName("dev"), SITE, "abcd2345", ()),
    "a lock's summary": lambda w: locks.summary(
        request(1, state="suspect", granted_at=AT, repo_name=w, reason=w, refused_by=w or "x"),
        board(w),
        "abcd2345",
        SITE,
    ),
    "a click by somebody who may not": lambda w: replies.in_vain(w, "read", w, "write", w, w),
    "a plan's summary": lambda w: plan_runs.summary(proposal(w), pipeline(), w, SITE, "abcd2345"),
    "a config's summary": lambda w: pipeline_file.body(
        [Problem(w, "code", PROBLEM, w)], [Problem(w, "code", PROBLEM)], w, force=""
    ),
    "a file of groups that counts": lambda w: locks_file.in_force(
        HomeFile(sha(1), sha(1), LinterAnswer()), w
    ),
    "a proposed file of groups": lambda w: "".join(
        locks_file.proposed(w, base, LinterAnswer(), force=True) for base in (w, "main")
    ),
    "a merge group's summary": lambda w: plan_runs.summary(
        replace(proposal(w), number=0), pipeline(), w, SITE, "abcd2345"
    ),
    "what the last commits would have done": lambda w: pipeline_file.replayed(
        proposal(w).replayed, w, SITE
    ),
    "hand edits in a reply": lambda w: hand_edits.sentence([HandEdit(w, (w,), "seen")]),
    "a pull request's body": lambda w: pull_body(
        promotion(stage="prod"), Stage(StageName("prod"), WarehouseName("web"), path="p"), [Commit(sha(1), (), sha(2), w, (), AT)]
    ),
    "a refusal": lambda w: replies.reply(
        [
            replies.refused(Command("promote", w, "write", w), "read", [w]),
            replies.unknown_stage(Command("promote", w, "write", w), ["dev"]),
            replies.misread(CommandProblem(w, Misread.NO_SUCH, w, w)),
            replies.nothing_to_do(Command("promote", w, "write", w), NoFreight(Why.NO_STAGE, (w,), instead=w)),
        ],
        "abcd2345",
    ),
}  # fmt: skip


def harm(text):
    """What somebody's words would do, were *text* shown by GitHub."""
    if HIDDEN.search(text):
        yield "something hidden"
    for token in READER.parse(text):
        if token.type == "html_block" and not re.fullmatch(r"<sub>.*</sub>\s*", token.content):
            yield f"HTML: {token.content}"
        if token.type in ("fence", "code_block"):
            yield f"a block of code: {token.content}"
        yield from spoken(token.children or [])


def spoken(children):
    """The same within one line of text."""
    text, link = "", 0
    for child in children:
        match child.type:
            case "link_open":
                link += 1
                if not str(child.attrs["href"]).startswith("https://github.com/"):
                    yield f"a link: {child.attrs['href']}"
            case "link_close":
                link -= 1
            case "image":
                yield "an image"
            case "html_inline" if child.content not in ("<sub>", "</sub>"):
                yield f"HTML: {child.content}"
            case "text" | "text_special" if not link:
                text += child.content
            case _:
                text += " "
    if found := ACTS.search(text):
        yield f"{found[0]} in {text}"
