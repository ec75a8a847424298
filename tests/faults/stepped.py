"""`consentry` on a machine whose clock is set by signals: by an hour ahead, by an hour back.

Started by its path, with the words of the command line. Nothing of the machine changes: this
process alone is told another time, whoever asks for it, at once and for all.
"""

import ctypes
import gc
import runpy
import signal
import time
from datetime import datetime, tzinfo
from types import FrameType
from typing import Any

AHEAD, BACK = signal.SIGUSR1, signal.SIGUSR2
STEP_S = {AHEAD: 3_600, BACK: -3_600}


def be_set_by_signals() -> None:
    """Replace the clocks that can be set; the one that cannot, `monotonic`, stays as it is."""
    right, ahead_s = time.time, 0

    def step(number: int, _: FrameType | None) -> None:
        nonlocal ahead_s
        ahead_s += STEP_S[signal.Signals(number)]

    def now(cls: type[datetime], tz: tzinfo | None = None) -> datetime:
        return cls.fromtimestamp(right() + ahead_s, tz)

    for number in STEP_S:
        signal.signal(number, step)
    time.time = lambda: right() + ahead_s
    # The class is written in C: its names are changed behind its back.
    names: dict[str, Any] = gc.get_referents(datetime.__dict__)[0]
    names["now"] = classmethod(now)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))


if __name__ == "__main__":
    be_set_by_signals()
    runpy.run_module("consentry", run_name="__main__", alter_sys=True)
