"""Which checks an entry of `checks` speaks of, by their names."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache

from app.core.model.pipeline import CheckRule


def named(rule: CheckRule, name: str) -> bool:
    """Tell whether a check or a status of that name is one of *rule*'s."""
    if rule.pattern == name:  # a name may hold brackets: `test [linux]` names itself
        return True
    return rule.is_glob and _pattern(rule.pattern).match(name) is not None


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))
