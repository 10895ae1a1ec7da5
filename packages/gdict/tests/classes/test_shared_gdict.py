import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdict import DictArray, GDict, GDictError, GDictRuntimeError, GDictTypeError, SharedGDict

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="shared memory needs Linux")

READ = """
import pickle, sys
shared = pickle.load(open(sys.argv[1], "rb"))
print(shared["x"].sum(), shared["list/0"].tolist(), shared["text"], shared["x"].flags.writeable)
"""

ANSWER = """
import pickle, sys
shared = pickle.load(open(sys.argv[1], "rb"))
for line in sys.stdin:
    print(shared[int(line)]["x"].sum(), flush=True)
"""


def nested() -> GDict:
    return GDict(
        {"x": np.arange(6.0).reshape(2, 3), "list": [np.arange(4, dtype=np.uint8)], "text": "hi"}
    )


def read_in_another_process(
    shared: SharedGDict, folder: Path
) -> "subprocess.CompletedProcess[str]":
    (folder / "handle").write_bytes(pickle.dumps(shared))
    command = [sys.executable, "-c", READ, str(folder / "handle")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_another_process_reads_without_warnings(tmp_path: Path) -> None:
    done = read_in_another_process(SharedGDict(nested()), tmp_path)
    assert done.stdout == "15.0 [0, 1, 2, 3] hi False\n"
    assert done.stderr == ""


def test_what_is_sent_is_a_small_handle() -> None:
    big = SharedGDict({str(i): np.zeros((100, 100)) for i in range(50)})
    assert len(pickle.dumps(big)) < 300
    assert len(pickle.dumps(big.handle)) < 200


def test_readers_see_what_the_writer_writes(tmp_path: Path) -> None:
    shared = SharedGDict(nested())
    (tmp_path / "handle").write_bytes(pickle.dumps(shared))
    command = [sys.executable, "-c", ANSWER, str(tmp_path / "handle")]
    readers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for value in (1.0, 2.5):
        shared["x"] = np.full((2, 3), value)
        for reader in readers:
            assert reader.stdin is not None
            assert reader.stdout is not None
            print("1", file=reader.stdin, flush=True)
            assert float(reader.stdout.readline()) == 3 * value
    for reader in readers:
        reader.communicate(timeout=60)
        assert reader.returncode == 0


WRITE = """
import pickle, sys, time, numpy, gdict
shared = gdict.SharedGDict({"x": numpy.ones(50_000_000, numpy.uint8)})
with open(sys.argv[1] + ".tmp", "wb") as file:
    pickle.dump(shared, file)
import os; os.rename(sys.argv[1] + ".tmp", sys.argv[1])
time.sleep(600)
"""


def test_a_killed_writer_leaves_nothing_behind(tmp_path: Path) -> None:
    before = set(Path("/dev/shm").iterdir())
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(tmp_path / "handle")], stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "handle").exists():
        assert writer.poll() is None
        time.sleep(0.05)
    shared = pickle.loads((tmp_path / "handle").read_bytes())  # noqa: S301 - made here
    writer.send_signal(signal.SIGKILL)
    _, errors = writer.communicate(timeout=60)
    assert errors == ""
    assert set(Path("/dev/shm").iterdir()) == before
    assert int(shared["x"][::1000].sum()) == 50_000  # who has attached, keeps the memory
    with pytest.raises(GDictRuntimeError, match=r"may have ended"):
        SharedGDict.attach(shared.handle)


def test_memory_goes_with_the_last_array() -> None:
    def maps() -> int:
        return Path("/proc/self/maps").read_text().count("memfd:gdict")

    before = maps()
    shared = SharedGDict(nested())
    array = shared["x"]
    del shared
    assert array.sum() == 15
    assert maps() == before + 1
    del array
    assert maps() == before


def test_setting_copies_into_the_shared_arrays() -> None:
    shared = SharedGDict(nested())
    attached = SharedGDict.attach(shared.handle)
    shared["x"] = np.ones((2, 3))
    shared["list"] = [np.full(4, 9)]
    shared.update({"x": np.full((2, 3), 2.0)})
    assert attached["x"].tolist() == [[2, 2, 2], [2, 2, 2]]
    assert attached["list/0"].tolist() == [9, 9, 9, 9]
    shared[0:1] = 0
    assert attached["x"][0].tolist() == [0, 0, 0]
    DictArray(shared.select_by_keys("x"))[1] = {"x": np.full(3, 5.0)}
    assert attached["x"][1].tolist() == [5, 5, 5]


def test_what_is_no_array_cannot_be_written() -> None:
    shared = SharedGDict(nested())
    with pytest.raises(GDictTypeError, match="text: Only arrays can be written to, and 'hi' is"):
        shared["text"] = "there"
    with pytest.raises(GDictTypeError, match="text: Only arrays"):
        shared.update({"x": np.zeros((2, 3)), "text": "there"})
    shared["text"] = "hi"


def test_arrays_keep_their_types_and_shapes() -> None:
    record = np.zeros((2, 1), [("x", "<f4"), ("y", [("z", ">i8", (2, 3))])])
    record["y"]["z"] = 7
    data = GDict(
        {"record": record, "time": np.array(["2026"], "M8[Y]"), "none": np.zeros((0, 3), bool)}
    )
    shared = SharedGDict(data)
    for found in (shared, SharedGDict.attach(shared.handle)):
        assert found.equal(data)
        assert found["record"].dtype == record.dtype


def test_the_structure_is_fixed_and_readers_do_not_write() -> None:
    shared = SharedGDict(nested())
    for change, match in [
        (lambda: shared.__setitem__("y", 1), r"no key 'y'"),
        (lambda: shared.__setitem__("x", np.zeros(7)), r"x: .*shape"),
        (lambda: shared["list"].__setitem__("1", np.zeros(7)), r"no item '1'"),
        (lambda: shared.__delitem__("x"), r"fixed"),
        (lambda: SharedGDict.attach(shared.handle).__setitem__("x", 0), r"x: .*read-only"),
    ]:
        with pytest.raises(GDictError, match=match):
            change()  # type: ignore[no-untyped-call]


def test_parts_have_no_handle_of_their_own() -> None:
    part = SharedGDict(nested())["list"]
    with pytest.raises(GDictTypeError, match=r"Only the whole"):
        _ = part.handle
    assert pickle.loads(pickle.dumps(part)).to_list() == [[0, 1, 2, 3]]  # noqa: S301 - made here


def test_a_closed_memory_cannot_be_attached() -> None:
    shared = SharedGDict(nested())
    handle: Any = shared.handle
    shared.close()
    with pytest.raises(GDictRuntimeError):
        SharedGDict.attach(handle)
    other = SharedGDict({"other": np.zeros(3)})
    if other.handle.descriptor == handle.descriptor:
        with pytest.raises(GDictRuntimeError, match=r"replaced by another"):
            SharedGDict.attach(handle)
