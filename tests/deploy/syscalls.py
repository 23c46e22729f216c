"""
Become a command that may use certain system calls only: ``python syscalls.py RULES COMMAND...``.

RULES is JSON: the names of the *calls*, and the *families* of sockets. Others fail with EPERM, and
no namespace can be made or entered, as systemd's `SystemCallFilter=`, `RestrictAddressFamilies=` and
`RestrictNamespaces=yes` have it. Needs libseccomp, which comes with systemd.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import socket
import sys

ALLOW = 0x7FFF0000
DENY = 0x00050000 | errno.EPERM
NO_SUCH_CALL = 0x00050000 | errno.ENOSYS
EQUAL, MASKED = 4, 7
NAMESPACES = 0x7E020080
"""The flags of clone(2) that make one: CLONE_NEWNS, ...USER, ...PID, ...NET and the others."""
APART = frozenset({"socket", "clone", "clone3", "unshare", "setns"})


class Compared(ctypes.Structure):
    """``struct scmp_arg_cmp``: which argument, how, and with what."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


def main(rules: str, *command: str) -> None:
    """Load the filter, then become *command*."""
    known = json.loads(rules)
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(DENY))

    def rule(action: int, name: str, *only: Compared) -> None:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            compared = (Compared * len(only))(*only)
            seccomp.seccomp_rule_add_array(context, action, number, len(only), compared)

    for name in known["calls"]:
        if name not in APART:
            rule(ALLOW, name)
    for name in known["families"]:
        rule(ALLOW, "socket", Compared(0, EQUAL, getattr(socket, name), 0))
    rule(ALLOW, "clone", Compared(0, MASKED, NAMESPACES, 0))
    rule(NO_SUCH_CALL, "clone3")  # its flags are in memory: the C library falls back to clone
    if seccomp.seccomp_load(context) != 0:
        sys.exit("the filter of system calls cannot be loaded")
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
