import socket

from spawnnet_jobs.slurm.launcher import as_processes

COMMAND = ["python", "-m", "trainer", "resume", "run"]


def test_one_process_is_the_command_itself() -> None:
    assert as_processes(COMMAND, 1, 1, "12") == COMMAND


def test_several_processes_of_a_node_are_those_of_torchrun() -> None:
    torchrun = ["python", "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    assert as_processes(COMMAND, 2, 1, "12") == [*torchrun, *COMMAND[1:]]


def test_several_nodes_meet_on_the_first_one() -> None:
    *srun, one_each, python, _, _ = (torchrun := as_processes(COMMAND, 4, 3, "12"))[:6]
    assert [*srun, one_each, python] == ["srun", "--ntasks=3", "--ntasks-per-node=1", "python"]
    meeting = {"--nnodes=3", "--nproc-per-node=4", "--rdzv-id=12"}
    assert meeting | {f"--rdzv-endpoint={socket.gethostname()}:20012"} <= set(torchrun)
    assert torchrun[-4:] == COMMAND[1:]
