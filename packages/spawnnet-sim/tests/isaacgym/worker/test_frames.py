import ast
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from spawnnet_sim.isaacgym.worker.frames import (
    Channel,
    ChannelBrokenError,
    ChannelClosedError,
    ChannelLateError,
)
from spawnnet_sim.isaacgym.worker_process import PROGRAM

FILES = sorted(PROGRAM.parent.glob("*.py"))
OTHERS = {"numpy", "isaacgym", "torch"}


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    first, second = os.pipe(), os.pipe()
    mine, yours = Channel(first[0], second[1]), Channel(second[0], first[1])
    yield mine, yours
    mine.close()
    yours.close()


def test_objects_arrive_as_they_were(ends: tuple[Channel, Channel]) -> None:
    mine, yours = ends
    for message in ({"command": "step"}, {"text": "grüße", "numbers": [1, 2.5, None, True]}):
        mine.send(message)
        assert yours.receive(1.0) == message


def test_what_is_larger_than_a_pipe_arrives_while_it_is_read(
    ends: tuple[Channel, Channel],
) -> None:
    mine, yours = ends
    message = {"text": "x" * 1_000_000}
    thread = threading.Thread(target=mine.send, args=(message,))
    thread.start()
    assert yours.receive(10.0) == message
    thread.join()


def test_nobody_waits_without_a_limit(ends: tuple[Channel, Channel]) -> None:
    mine, _ = ends
    with pytest.raises(ChannelLateError):
        mine.receive(0.02)
    with pytest.raises(ChannelLateError):
        mine.send({"text": "x" * 1_000_000}, 0.02)  # the pipe is full


def test_an_end_that_is_gone_is_noticed() -> None:
    first, second = os.pipe(), os.pipe()
    mine, yours = Channel(first[0], second[1]), Channel(second[0], first[1])
    yours.close()
    with pytest.raises(ChannelClosedError):
        mine.receive(1.0)
    with pytest.raises(ChannelClosedError):
        mine.send({})
    mine.close()


@pytest.mark.parametrize(
    "data", [b"\xff\xff\xff\xff", b"\x02\x00\x00\x00no", b"\x02\x00\x00\x00[]"]
)
def test_what_is_no_frame_is_named(data: bytes) -> None:
    reader, writer = os.pipe()
    out = os.open(os.devnull, os.O_WRONLY)
    os.write(writer, data)
    channel = Channel(reader, out)
    with pytest.raises(ChannelBrokenError, match="a frame"):
        channel.receive(1.0)
    channel.close()
    os.close(writer)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_program_is_python_3_8_and_imports_nothing_of_the_package(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"), feature_version=(3, 8))
    own = {each.stem for each in FILES}
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            first = name.partition(".")[0]
            assert first in own | OTHERS | set(sys.stdlib_module_names), name
