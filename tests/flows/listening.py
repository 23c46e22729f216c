"""The web side of the App of a flow, on a port of its own."""

from __future__ import annotations

import threading
from wsgiref.types import WSGIApplication

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    """Writes no line about each request: nobody reads them."""

    def log_request(self, *_: object) -> None:
        pass


class Listening:
    """A WSGI application that answers from now on until it is stopped, at 127.0.0.1."""

    def __init__(self, application: WSGIApplication) -> None:
        self._server = make_server(
            "127.0.0.1", 0, application, threaded=True, request_handler=Quiet
        )
        assert isinstance(self._server, ThreadedWSGIServer)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
