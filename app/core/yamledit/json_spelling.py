"""JSON as YAML's parser takes it, each character in its place: YAML is not quite a superset."""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"\\(?:u(?P<high>d[89ab][0-9a-f]{2})\\u(?P<low>d[c-f][0-9a-f]{2})|(?P<half>ud[89a-f][0-9a-f]{2})|.)",
    re.IGNORECASE | re.DOTALL,
)


def json_as_yaml(text: str) -> str:
    """
    *text*, as long as it was: JSON may be indented by tabs, and spells what is beyond U+FFFF as two
    halves (RFC 8259, 7); YAML knows neither.
    """
    return _ESCAPES.sub(_in_yaml, text.replace("\t", " "))


def _in_yaml(escape: re.Match[str]) -> str:
    """The same characters, as long: an escaped line break stands for nothing."""
    high, low = escape["high"], escape["low"]
    if high is None:
        return "\\ufffd" if escape["half"] else escape[0]
    code = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
    return f"\\\n\\U{code:08x}"
