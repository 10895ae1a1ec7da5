import json
import sys
from pathlib import Path

import h5py
import pytest
from typer.testing import CliRunner

from spawnnet_sim import cli
from spawnnet_sim.cli import app

runner = CliRunner()


def test_expert_prints_all_splits_with_intervals() -> None:
    result = runner.invoke(app, ["expert", "open_drawer", "--episodes", "2"])
    assert result.exit_code == 0, result.output
    assert result.output.count("2 / 2") == 3
    for split in ("training", "new", "held_out"):
        assert split in result.output
    assert "100.0%" in result.output


def test_expert_counts_the_cabinets_that_had_a_turn() -> None:
    few = ["--set", "num_envs=2", "--set", "episode_steps=1"]
    command = ["expert", "open_drawer", "--episodes", "3", *few, "--json"]
    result = runner.invoke(app, command)
    assert result.exit_code == 0, result.output
    rows = json.loads(result.output)["rows"]
    assert [row["cabinets"][:5] for row in rows] == ["2 of "] * 3


@pytest.mark.parametrize("command", ["expert", "preview", "benchmark"])
def test_an_unknown_task_ends_in_one_sentence_and_status_2(command: str) -> None:
    result = runner.invoke(app, [command, "open_draw"])
    assert result.exit_code == 2
    assert "Did you mean 'open_drawer'?" in result.output
    assert "Traceback" not in result.output


def test_doctor_lists_the_renderers() -> None:
    result = runner.invoke(app, ["doctor"])
    assert result.exit_code == 0
    found = json.loads(runner.invoke(app, ["doctor", "--json"]).stdout)["rows"]
    assert {row["works"] for row in found} <= {"yes", "no"}
    for name in ("egl", "osmesa", "warp"):
        assert name in result.output


def test_preview_prints_the_paths_it_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "spawnnet_sim.tools.preview.write_preview",
        lambda config, out, **_: (out / "a.png", out / "a.mp4"),
    )
    result = runner.invoke(app, ["preview", "open_drawer", "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert result.output.count("a.mp4") == 2


def test_benchmark_prints_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "measure_speed", lambda *_, **__: [("frames", 1234.5)])
    result = runner.invoke(app, ["benchmark"])
    assert "1,234" in result.output
    (line,) = runner.invoke(app, ["benchmark", "--json"]).stdout.splitlines()
    rows = [{"what": "frames", "per second": "1,234"}]
    assert json.loads(line) == {"title": "open_drawer", "rows": rows}


def test_record_writes_the_episodes_asked_for(tmp_path: Path) -> None:
    result = runner.invoke(app, ["record", "open_door", "--episodes", "1", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "1 episodes in" in result.output
    assert [path.name for path in (tmp_path / "none").iterdir()] == ["episode_00000.h5"]


def test_record_takes_settings_and_disturbances(tmp_path: Path) -> None:
    options = ["--split", "held_out", "--noise", "0.2", "--belief", "0.03", "--wrong-axis", "0.1"]
    options += ["--every", "2", "--privileged", "--set", 'cameras.views=["wrist"]']
    options += ["--set", "cameras.image_size=[16, 24]", "--set", "episode_steps=4"]
    command = ["record", "--episodes", "2", "--out", str(tmp_path), *options]
    result = runner.invoke(app, command)
    assert result.exit_code == 0, result.output
    with h5py.File(tmp_path / "none" / "episode_00001.h5") as file:
        episode = file["traj_0"]
        assert episode["obs/rgb"].shape == (2, 1, 3, 16, 24)
        assert episode["actions"].shape == (2, 7)
        assert episode["obs/state"].shape == (2, 17)
        assert episode.attrs["cabinet"] == "drawer-held-out-v1/01"
        assert json.loads(episode.attrs["settings"])["disturbance"]["belief_std"] == 0.03
    result = runner.invoke(app, [*command, "--set", "robot.contrl=tip"])
    assert result.exit_code == 2
    assert "Did you mean 'control'?" in result.output


def test_the_command_previews_a_folder(doors: Path, tmp_path: Path) -> None:
    result = runner.invoke(
        app, ["preview", "open_door", "--partnet", str(doors), "--out", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    assert {file.name for file in tmp_path.iterdir()} == {"partnet.png", "partnet.mp4"}


def test_a_learned_expert_is_trained_and_measured(tmp_path: Path) -> None:
    train = ["train-expert", "--out", str(tmp_path), "--num-envs", "2", "--num-cabinets", "2"]
    result = runner.invoke(app, [*train, "--steps", "128"])
    assert result.exit_code == 0, result.output
    assert "expert.safetensors" in result.output
    measure = ["expert", "open_drawer", "--episodes", "2", "--expert", str(tmp_path)]
    result = runner.invoke(app, measure)
    assert result.exit_code == 0, result.output
    assert "/ 2" in result.output


def test_an_expert_of_another_task_ends_in_one_sentence(tmp_path: Path) -> None:
    train = ["train-expert", "--out", str(tmp_path), "--num-envs", "2", "--num-cabinets", "2"]
    assert runner.invoke(app, [*train, "--steps", "128"]).exit_code == 0
    result = runner.invoke(app, ["expert", "open_door", "--expert", str(tmp_path)])
    assert result.exit_code == 2
    assert "was trained with `task` 'open_drawer'" in result.output


def test_a_missing_extra_is_named_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    result = runner.invoke(app, ["train-expert"])
    assert result.exit_code == 2
    assert "pip install 'spawnnet-sim[ppo]'" in result.output
