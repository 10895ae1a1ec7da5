"""A pipe that tells a process that the one which started it is gone."""

import fcntl
import os
import select
import signal
import sys


def end_with(lifeline: int) -> None:
    """Let this process end as soon as nobody holds the other end of a pipe open.

    The kernel ends it, by a signal whose default is just that. A thread could not: the simulator
    may hold the interpreter for as long as it likes.

    Args:
        lifeline: Descriptor of the end that is read; nothing is ever written to the other one.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | fcntl.FASYNC)
    if select.select([lifeline], [], [], 0)[0]:  # gone before the signal could tell
        sys.exit(1)
