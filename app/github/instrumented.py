"""Every REST call is counted and, where it writes or fails, logged: by endpoint, never by path."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from githubkit.exception import RequestFailed

from app.github.endpoints import Endpoint
from app.observe import Metrics

log = logging.getLogger("stagelock.github")

NO_ANSWER = "none"


@contextmanager
def told(
    metrics: Metrics, endpoint: Endpoint, installation: int | None
) -> Iterator[Callable[[int], None]]:
    """Tell of one call: the block calls what it is given with the status of the answer."""
    status = NO_ANSWER

    def tell(code: int) -> None:
        nonlocal status
        status = str(code)

    begun = time.monotonic()
    try:
        yield tell
    except RequestFailed as error:
        tell(error.response.raw_response.status_code)
        raise
    finally:
        seconds = time.monotonic() - begun
        metrics.call(endpoint.name, status, seconds)
        failed = status == NO_ANSWER or status >= "400"
        log.log(
            logging.INFO if failed or endpoint.method != "GET" else logging.DEBUG,
            "%s %s",
            endpoint.method,
            endpoint.path,
            extra={
                "action": "rest.call",
                "endpoint": endpoint.name,
                "status": status,
                "seconds": round(seconds, 3),
                "installation": installation,
            },
        )
