"""
`signal` without its enums, which would cost a tenth of what the hook may: the module in C below it.

`_signal` has the same functions and numbers, and is what `signal` itself imports.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    try:
        import _signal as signal
    except ImportError:  # a Python that is not CPython
        import signal

__all__ = ["signal"]
