"""What the tests of commands read and choose by."""

from app.core.commands import (
    parse,
)


def only(body):
    (found,) = parse(body)
    return found
