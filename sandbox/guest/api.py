"""The host's services for a running profile, over the one connection that the run was given.

`api` is there without an import. This module is a convenience: what a profile may do is decided at the other end.

    visitor = api.call('get_visitor')
    api.call('xfer', target=visitor, zoobars=1)
"""

import json
import os
import threading

_CONNECTION = 3
_MOST = 1 << 20

_lock = threading.Lock()
_rest = b""


class Error(Exception):
    """The host refused; the message says why."""


def call(method, /, **arguments):
    """Calls a method of the host and returns its answer."""
    request = json.dumps([method, arguments]).encode() + b"\n"
    with _lock:
        _send(request)
        reply = json.loads(_line())
    if "error" in reply:
        raise Error(reply["error"])
    return reply["ok"]


def _send(request):
    while request:
        try:
            request = request[os.write(_CONNECTION, request):]
        except OSError:
            raise Error("this run has no connection to the host") from None


def _line():
    global _rest
    while b"\n" not in _rest:
        if len(_rest) > _MOST:
            raise Error("the answer is too long")
        try:
            more = os.read(_CONNECTION, 65536)
        except OSError:
            more = b""
        if not more:
            raise Error("the host closed the connection")
        _rest += more
    line, _, _rest = _rest.partition(b"\n")
    return line
