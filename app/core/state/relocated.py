"""A stage whose folder was renamed: what it wrote stands elsewhere now, and may be the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.core.model.facts import Content
from app.core.model.names import PromotionId, Sha
from app.core.model.pipeline import Stage
from app.core.model.records import Promotion
from app.core.paths.canonical import within


def left(
    stage: Stage, promotions: Sequence[Promotion], reachable: Collection[Sha]
) -> frozenset[PromotionId]:
    """
    Of a stage's *promotions*, by number, the newest that landed in another folder, and all before.
    """
    if stage.path is None or not stage.writes:
        return frozenset()
    # Asked of every stage in every plan, and hardly ever so: the first outputs tell, which are
    # the same again and again.
    first = ""
    for promotion in promotions:
        if promotion.written and promotion.written[0][0] != first:
            first = promotion.written[0][0]
            if not _lies_in(stage.path, first):
                break
    else:
        return frozenset()
    for place in reversed(range(len(promotions))):
        promotion = promotions[place]
        if promotion.landed in reachable and moved(stage, promotion.written):
            return frozenset(promotion.id for promotion in promotions[: place + 1])
    return frozenset()


def moved(stage: Stage, written: Content) -> bool:
    """
    Tell whether *written* lay in another folder than the stage's is now; a stage without a path has
    its whole branch, so nothing on that lies elsewhere.
    """
    if stage.path is None or not written:
        return False
    return not any(_lies_in(stage.path, output) for output, _ in written)


def _lies_in(folder: str, output: str) -> bool:
    return within(output.partition("#")[0], folder)


def relocated(stage: Stage, written: Content, here: Content) -> bool:
    """
    Tell whether *here*, below the stage's path, is *written*, which lay in another folder.

    Every output has to stand at the same place below the one folder as below the other.
    """
    home, known = stage.path, dict(written)
    if not home or not here or len(known) != len(here):
        return False
    below = {output.removeprefix(home): held for output, held in here}
    first = next(iter(below))
    folders = (o.removesuffix(first) if first else o for o in known if o.endswith(first))
    return any({old + rest: held for rest, held in below.items()} == known for old in folders)
