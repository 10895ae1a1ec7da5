import signal
import threading
from collections.abc import Iterator

import pytest

from spawnnet_jobs.terminal.postponed import postponed


@pytest.fixture(autouse=True)
def _handled() -> Iterator[None]:
    """Let Ctrl-C do what it does in a terminal, also where tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_waits_for_what_is_being_done() -> None:
    done = []

    def work() -> None:
        with postponed():
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_sigterm_waits_where_it_is_handled() -> None:
    came = []
    before = signal.signal(signal.SIGTERM, lambda number, _: came.append(number))
    try:
        with postponed():
            signal.raise_signal(signal.SIGTERM)
            assert came == []
        assert came == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_an_error_is_not_hidden_by_a_signal() -> None:
    def fail() -> None:
        with postponed():
            signal.raise_signal(signal.SIGINT)
            raise ValueError("the work failed")

    with pytest.raises(ValueError, match="the work"):
        fail()


def test_in_other_threads_nothing_changes() -> None:
    def work() -> None:
        with postponed():
            handlers.append(signal.getsignal(signal.SIGINT))

    handlers: list[object] = []
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
