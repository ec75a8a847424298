"""The last moments of a listening socket: nobody new comes in, who is in is served."""

import contextlib
import ctypes
import socket
import struct
import sys

# From the last call until the listener closes: time for handshakes under way to end, and for
# the loop to take what waits.
LAST_CALL_S = 0.3
# A process looks at the time so often.
TURN_S = 0.1

_SO_ATTACH_FILTER = 26
# Classic BPF over a TCP segment: load the flags (RFC 9293 §3.1, octet 13); a SYN is dropped,
# all else goes through. Instructions are (code, jump if true, jump if false, operand).
_DROP_SYN = (
    (0x30, 0, 0, 13),
    (0x45, 0, 1, 0x02),
    (0x06, 0, 0, 0),
    (0x06, 0, 0, 0xFFFFFFFF),
)


def refuse_new(listener: socket.socket) -> None:
    """Leave new connections unanswered, in every process that shares the socket.

    To close a listener resets the connections that wait in it, requests and all. After this
    none is added: who knocks tries again by itself a second later (RFC 6298 §2.1), and
    is refused or finds another server. Where the system has no such filter, nothing changes.
    """
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in _DROP_SYN))
    told = struct.pack("HP", len(_DROP_SYN), ctypes.addressof(program))
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, told)
