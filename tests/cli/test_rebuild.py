"""What `stagelock rebuild` prints and returns; what it does is told in the flows."""

from datetime import timedelta

import pytest

from app.__main__ import main
from app.cli.rebuild import code_of, lines
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import DirectRequest
from app.core.model.lock_services import ServiceUse
from app.core.model.names import GroupName, Sha, StageName
from app.core.model.records import Freight, Hold
from app.core.rebuild import Restored
from app.engine.rebuild.rebuild import RebuildReport
from tests.core.saying import AT, CONFIG, freight, promotion, request, sha


def held_by_somebody(group, token):
    return DirectRequest(
        9,
        7,
        "acme/shop",
        "unknown",
        "",
        (group,),
        1,
        "suspect",
        AT,
        timedelta(),
        tokens={group: token},
    )


MADE = Restored(
    at=AT,
    config=Sha(CONFIG),
    freights=(Freight(freight(1), AT), Freight(freight(2), AT)),
    promotions=(
        promotion("p1", state="verified"),
        promotion("p2", stage="e2e", number=2),
        promotion("p3", stage="prod", state="in-review", pull=212),
    ),
    requests=(request(state="suspect", reason=LockReason.UNPROBED),),
    counters={GroupName("e2e-env"): 118},
    unknown=(held_by_somebody(GroupName("e2e-env"), 118),),
    outside=(ServiceUse("jenkins", "e2e-env"),),
    holds=(Hold(StageName("dev"), "rebuilt, please confirm", "", AT),),
)
GONE = RebuildReport("acme/aside", "failed", "GitHub answered 502")


def test_what_was_found_is_told_line_by_line():
    text = "\n".join(
        lines(RebuildReport("acme/shop", "rebuilt", "", MADE, tuple(map(sha, range(7)))))
    )
    assert (
        text
        == f"""\
acme/shop: rebuilt
  2 freights, 3 promotions (dev 1, e2e 1, prod 1)
  under way: {freight(2).short} to e2e, verifying
  under way: {freight(1).short} to prod, in-review as #212
  lock e2e-env: suspect for e2e until its checks are known
  lock e2e-env: blocked, since nobody knows who held it; once they are done: /unlock e2e-env#118 --force database lost
  lock e2e-env: tokens continue above 118
  lock service jenkins: e2e-env: what was held there before is unknown; requests wait until that lock expires or somebody frees it there
  0 check runs adopted, 0 answered comments known
  on hold until /resume: dev
  ignored, because no check run or signature of this App is on them: {", ".join(["0000000"] * 5)} and 2 more"""
    )
    assert list(lines(GONE)) == ["acme/aside: not rebuilt, GitHub answered 502"]


@pytest.mark.parametrize(
    ("outcomes", "code", "words"),
    [
        (["rebuilt", "nothing", "earlier"], 0, ""),
        (["rebuilt", "records"], 1, "start with an empty database"),
        (["records", "failed"], 3, ""),
        ([], 1, "not installed on acme/none"),
    ],
)
def test_the_exit_code_is_the_worst_outcome(capsys, outcomes, code, words):
    assert code_of([RebuildReport("acme/x", outcome) for outcome in outcomes], "acme/none") == code
    assert words in capsys.readouterr().err


def test_a_repository_is_named_with_its_owner(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["rebuild", "--repo", "shop"])
    assert ended.value.code == 2
    assert "'shop' is not OWNER/NAME" in capsys.readouterr().err
