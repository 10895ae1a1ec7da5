import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from spawnnet_data.cli import data_app
from spawnnet_data.sources.formats import open_source


def run(*arguments: object) -> Result:
    return CliRunner().invoke(data_app, [str(argument) for argument in arguments])


def test_inspect_prints_episodes_keys_and_rate(written: Any, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    result = run("inspect", written.path, "--contact-sheet", sheet)
    assert result.exit_code == 0, result.output
    source = open_source(written.path)
    total = sum(episode.length for episode in source.episodes)
    assert f"{len(source.episodes)} episodes, {total} time steps" in result.output
    assert ("unknown" if source.rate is None else f"rate: {source.rate:g} Hz") in result.output
    for line in (*source.keys, *(f"{e.name}: {e.length} steps" for e in source.episodes)):
        assert line in result.output
    with Image.open(sheet) as image:
        assert image.height > 100


def test_keys_can_be_had_as_json(written: Any, tmp_path: Path) -> None:
    result = run("inspect", written.path, "--json", "--contact-sheet", tmp_path / "sheet.png")
    (line,) = result.stdout.splitlines()
    assert [row["key"] for row in json.loads(line)["rows"]] == list(open_source(written.path).keys)


def test_check_of_clean_data_succeeds(written: Any) -> None:
    result = run("check", written.path)
    assert result.exit_code == 0, result.output
    assert "0 problems" in result.output


def test_check_of_broken_data_fails_and_tells_the_place(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    write.original(tmp_path)
    with h5py.File(tmp_path / "traj_1.h5", "a") as file:
        file["traj_0/actions"][7, 2] = 5
    assert run("check", tmp_path).exit_code == 0
    result = run("check", tmp_path, "--range", "actions=-4:4")
    assert result.exit_code == 1
    place = f"{tmp_path / 'traj_1.h5'}, episode traj_1.h5:traj_0, key actions, step 7: a value"
    assert place in result.output.replace("\n", "")
    assert "1 problem in 3 episodes" in result.output


@pytest.mark.parametrize("text", ["actions", "actions=1", "actions=a:b"])
def test_malformed_range_is_an_error(tmp_path: Path, write: SimpleNamespace, text: str) -> None:
    result = run("check", write.original(tmp_path).path, "--range", text)
    assert result.exit_code == 2
    assert f"--range {text}: expected key=low:high" in result.output


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--range", "actions=1:-1"), "ranges.actions: must ascend from low to high, got 1:-1."),
        (("--range", "actions=nan:1"), "ranges.actions: must ascend from low to high, got nan:1."),
        (
            ("--range", "actions=-1:1", "--range", "actions=-9:9"),
            "--range actions=-9:9: actions is to lie in -1:1 already, name each key once.",
        ),
        (("--jump", "-3"), "jump: must be at least 0, got -3."),
        (("--jump", "nan"), "jump: must be at least 0, got nan."),
    ],
)
def test_what_allows_nothing_or_two_things_is_an_error(
    tmp_path: Path, write: SimpleNamespace, options: tuple[str, ...], problem: str
) -> None:
    result = run("check", write.original(tmp_path).path, *options)
    assert (result.exit_code, result.output) == (2, f"Error: {problem}\n")


def test_a_range_may_be_one_value_or_have_no_end(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.original(tmp_path).path
    result = run("check", path, "--range", "actions=-inf:inf", "--range", "obs/state=0:0")
    assert "outside of 0 to 0" in result.output
    assert "key actions" not in result.output


def test_convert_writes_the_rate_that_is_given(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.original(tmp_path / "set").path
    assert run("convert", path, tmp_path / "out", "--rate", "10").exit_code == 0
    assert open_source(tmp_path / "out").rate == 10
    failed = run("convert", path, tmp_path / "no", "--to", "lerobot", "--rate", "inf")
    assert failed.output.endswith("Error: rate: must be from 0.001 to 1,000,000 Hz, got inf.\n")


def test_convert_twice_keeps_what_is_there(tmp_path: Path, write: SimpleNamespace) -> None:
    path, out = write.robomimic(tmp_path / "set").path, tmp_path / "out"
    first = run("convert", path, out, "--split", "train", "--image-size", 16, 20)
    assert first.exit_code == 0, first.output
    assert "2 episodes in" in first.output
    again = run("convert", path, out, "--split", "train", "--image-size", 16, 20)
    assert "2 of them from an earlier run" in again.output
    source = open_source(out)
    assert [episode.length for episode in source.episodes] == [5, 4]
    assert source.describe(0, "obs/rgb/front").shape == (3, 16, 20)


def test_convert_with_a_mapping_of_ones_own(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.original(tmp_path / "set").path
    keys = tmp_path / "keys.yaml"
    keys.write_text("views: {hand: {rgb: obs/rgb/1}}\nactions: [actions]\n")
    result = run("convert", path, tmp_path / "out", "--keys", keys)
    assert result.exit_code == 0, result.output
    assert open_source(tmp_path / "out").keys == ("actions", "obs/rgb/hand")


def test_convert_reports_what_it_leaves_out(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.original(tmp_path / "set").path
    with h5py.File(path / "traj_1.h5", "a") as file:
        file["traj_0/actions"][7] = np.nan
    failed = run("convert", path, tmp_path / "out")
    assert failed.exit_code == 2
    assert "key actions, step 7: a value is NaN" in failed.output
    result = run("convert", path, tmp_path / "out", "--skip-broken")
    assert result.exit_code == 0, result.output
    assert "2 episodes in" in result.output
    assert "1 left out" in result.output


def test_path_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    for command in (("inspect",), ("check",), ("convert",)):
        more = (tmp_path / "out",) if command == ("convert",) else ()
        result = run(*command, tmp_path / "absent", *more)
        assert result.exit_code == 2
        assert result.output.startswith(f"Error: {tmp_path / 'absent'}: does not exist")


def two_cameras(path: Path, *, names: tuple[str, str] = ("front", "wrist")) -> Path:
    with h5py.File(path, "w") as file:
        file["traj_0/actions"] = np.zeros((5, 2), np.float32)
        for level, name in enumerate(names):
            file[f"traj_0/obs/{name}/rgb"] = np.full((5, 16, 24, 3), 50 * level + 10, np.uint8)
    return path


def test_every_camera_is_converted_under_its_own_name(tmp_path: Path) -> None:
    result = run("convert", two_cameras(tmp_path / "a.h5"), tmp_path / "out")
    assert result.exit_code == 0, result.output
    source = open_source(tmp_path / "out")
    assert [k for k in source.keys if "rgb" in k] == ["obs/rgb/front", "obs/rgb/wrist"]
    assert source.read(0, "obs/rgb/wrist", [0]).max() == 60


def test_a_camera_that_would_be_lost_is_an_error_unless_allowed(tmp_path: Path) -> None:
    path = two_cameras(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file["traj_0/obs/top/rgb"] = h5py.ExternalLink("elsewhere.h5", "/rgb")
    failed = run("convert", path, tmp_path / "out")
    assert failed.exit_code == 2
    assert "not converted: " in failed.output
    assert "key obs/top/rgb: lies in another file, elsewhere.h5" in failed.output
    assert not (tmp_path / "out").exists()
    assert run("convert", path, tmp_path / "out", "--allow-missing").exit_code == 0
    keys = tmp_path / "keys.yaml"
    keys.write_text("views: {front: {rgb: obs/front/rgb}}\nactions: [actions]\n")
    chosen = run("convert", path, tmp_path / "some", "--keys", keys)
    assert chosen.exit_code == 0, chosen.output
    assert "key obs/wrist/rgb: no view of the mapping uses this rgb camera" in chosen.output


def test_arrays_that_are_not_written_are_named(tmp_path: Path) -> None:
    path = two_cameras(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file["traj_0/obs/state"] = np.zeros((5, 4), np.float32)
        file["traj_0/base_action"] = np.zeros((5, 2), np.float32)
    result = run("convert", path, tmp_path / "out")
    assert result.exit_code == 0
    assert "no part of what is written: base_action." in result.output


def test_names_from_files_are_escaped(tmp_path: Path) -> None:
    path = two_cameras(tmp_path / "a.h5", names=("\x1b[2J", "[red]x"))
    for command in (
        ("inspect", path, "--contact-sheet", tmp_path / "sheet.png"),
        ("check", path, "--range", "actions=1:2"),
        ("convert", path, tmp_path / "out", "--split", "a"),
    ):
        output = run(*command).output
        assert "\x1b" not in output
    assert "\\x1b[2J" in run("inspect", path, "--contact-sheet", tmp_path / "sheet.png").output


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda file: None, "One can train on it: 3 episodes, view_0, view_1, actions of width 8."),
        (
            lambda file: file["traj_0/obs/state"].__setitem__((3, 1), 1e6),
            "One can train on it, 3 episodes, view_0, view_1, actions of width 8; look at",
        ),
        (
            lambda file: file["traj_0/actions"].__setitem__((3, 1), np.nan),
            "One can train on it with broken episodes left out: 2 episodes",
        ),
    ],
)
def test_check_ends_with_whether_one_can_train(
    tmp_path: Path, write: SimpleNamespace, damage: Any, sentence: str
) -> None:
    path = write.original(tmp_path).path
    with h5py.File(path / "traj_1.h5", "a") as file:
        damage(file)
    assert run("check", path).output.splitlines()[-1].startswith(sentence)


def test_check_says_why_one_cannot_train(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["traj_0/obs/state"] = np.zeros((4, 2), np.float32)
    result = run("check", tmp_path)
    assert result.exit_code == 1  # nothing is damaged, but a script wants to know
    last = result.output.splitlines()[-1]
    assert last.startswith("One cannot train on it: actions: no key is called action; name")
    assert last.endswith("there are obs/state.")


def test_a_bug_shows_its_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("spawnnet_data.tools.inspection.summarize", broken)
    result = run("inspect", two_cameras(tmp_path / "a.h5"))
    assert isinstance(result.exception, ValueError)
