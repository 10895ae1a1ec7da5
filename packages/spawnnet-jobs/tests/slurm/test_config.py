import pytest

from spawnnet_config import ConfigError
from spawnnet_jobs.slurm.config import SlurmConfig, slurm_config


def test_options_of_the_command_line_come_on_top_of_the_file() -> None:
    asked = slurm_config({"partition": "main", "cpus": 2}, ["cpus=6,mem=48G", "time=24:00:00"])
    assert asked == SlurmConfig(partition="main", cpus=6, mem="48G", time="24:00:00")


def test_what_is_no_setting_is_an_option_of_sbatch() -> None:
    asked = slurm_config({"options": {"exclude": "node7"}}, ["nice=5,exclusive=true,--hold=true"])
    assert asked.options == {"exclude": "node7", "nice": "5", "exclusive": True, "hold": True}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("partition", "--slurm partition: expected a list such as partition=main,"),
        ("cpus=few", "slurm.cpus: expected a whole number, got 'few'."),
        ("nodes=0", "slurm.nodes: should be greater than or equal to 1, got 0."),
        ("requeue=maybe", "slurm.requeue: expected true or false, got 'maybe'."),
        ("name=a\nrm", "slurm.name: has characters that do not print"),
    ],
)
def test_a_value_that_does_not_fit_is_one_sentence(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        slurm_config(None, [text])
    assert str(error.value).startswith(problem)
