"""A small SLURM of one's own below a folder: real daemons, no systemd, nothing in /etc.

It needs root and Debian's packages `slurmctld slurmd slurm-client munge`; for `accounting`
`slurmdbd mariadb-server`, too. Clients find it by `SLURM_CONF`.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

_NUM_CPUS = 4  # of each node, whatever there are
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "munged")
ACCOUNTING_PROGRAMS = ("slurmdbd", "mariadbd", "mariadb-install-db", "sacctmgr")
_CONF = """\
ClusterName=small
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool_%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd_%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd_%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=200000
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=20
{accounting}
{gres}
{nodes}
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP GraceTime=15
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
"""
_ACCOUNTING = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port}
AccountingStoragePass={folder}/munge.socket"""
_DATABASE = """\
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=slurm_acct_db
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
"""


def why_not(*, accounting: bool = False) -> str:
    """Return why there can be no SLURM here; empty where there can be."""
    wanted = PROGRAMS + (ACCOUNTING_PROGRAMS if accounting else ())
    if missing := [program for program in wanted if shutil.which(program) is None]:
        return f"{', '.join(missing)} not installed"
    return "" if os.geteuid() == 0 else "SLURM's daemons are started by root alone"


class SmallSlurm(NamedTuple):
    """A SLURM that runs.

    Attributes:
        conf: What clients need in `SLURM_CONF`.
    """

    conf: Path

    def state(self, job: str) -> str:
        """Return the state of a job as `squeue` has it; empty once it is gone from there."""
        arguments = ["squeue", "-h", "-t", "all", "-o", "%T", "-j", job]
        return subprocess.run(arguments, capture_output=True, text=True, check=False).stdout.strip()

    def wait(self, job: str, *states: str, seconds: float = 60.0) -> str:
        """Wait until a job, all its tasks, are in some states; by default those of the end."""
        ends = states or ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = set(self.state(job).split())
            if found <= set(ends):
                return " ".join(sorted(found))
            time.sleep(0.2)
        raise TimeoutError(f"Job {job} is {self.state(job)!r} after {seconds} seconds.")


@contextmanager
def small_slurm(
    folder: Path, *, nodes: int = 1, gpus: int = 0, accounting: bool = False
) -> Iterator[SmallSlurm]:
    """Run a SLURM of some nodes, which are all this machine.

    Args:
        folder: Gets all its files.
        nodes: How many it pretends to have; all cores are in each.
        gpus: How many each node pretends to have.
        accounting: Whether `sacct` answers.
    """
    before = os.environ.get("SLURM_CONF")
    started: list[Path] = []
    try:
        folder.mkdir()
        os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
        _write_conf(folder, nodes, gpus, accounting=accounting)
        _start(folder, nodes, started, accounting=accounting)
        yield SmallSlurm(folder / "slurm.conf")
    finally:
        _stop(started)
        os.environ.pop("SLURM_CONF", None)
        if before is not None:
            os.environ["SLURM_CONF"] = before


def _write_conf(folder: Path, nodes: int, gpus: int, *, accounting: bool) -> None:
    host = socket.gethostname().partition(".")[0]
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 * 9 // 10
    names = [host] if nodes == 1 else [f"node{index}" for index in range(nodes)]
    ports = _free_ports(nodes + 2)
    devices = [folder / f"gpu{index}" for index in range(gpus)]
    for device in devices:  # SLURM wants devices; these are what /dev/null is
        os.mknod(device, 0o666 | 0o020000, os.makedev(1, 3))
    gres = f"Gres=gpu:{gpus}" if gpus else ""
    lines = [
        f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={_NUM_CPUS}"
        f" RealMemory={megabytes} {gres} State=UNKNOWN"
        for name, port in zip(names, ports[2:], strict=True)
    ]
    place = {"folder": folder, "host": host, "port": ports[1]}
    conf = _CONF.format(
        **place,
        controller=ports[0],
        accounting=_ACCOUNTING.format(**place) if accounting else "",
        gres="GresTypes=gpu" if gpus else "",
        nodes="\n".join(lines),
    )
    (folder / "slurm.conf").write_text(conf, "utf-8")
    (folder / "names").write_text("\n".join(names), "utf-8")
    if gpus:
        files = ",".join(map(str, devices))
        described = [f"NodeName={name} Name=gpu File={files}\n" for name in names]
        (folder / "gres.conf").write_text("".join(described), "utf-8")
    if accounting:
        _write_secret(folder / "slurmdbd.conf", _DATABASE.format(**place).encode())


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _write_secret(path: Path, content: bytes) -> None:
    path.touch(0o600)
    path.write_bytes(content)


def _start(folder: Path, nodes: int, started: list[Path], *, accounting: bool) -> None:
    """Start the daemons in their order and wait until the nodes are idle."""
    names = (folder / "names").read_text("utf-8").split()
    folder.chmod(0o755)
    for name in ("state", *(f"spool_{name}" for name in names)):
        (folder / name).mkdir(mode=0o700)
    _write_secret(folder / "munge.key", secrets.token_bytes(128))
    munge = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log"}
    places = [f"--{option}={folder / f'munge.{name}'}" for option, name in munge.items()]
    _run(["munged", *places, f"--seed-file={folder / 'munge.seed'}", "--force"], folder)
    started.append(folder / "munge.pid")
    if accounting:
        _start_accounting(folder, started)
    _run(["slurmctld", "-i"], folder)
    started.append(folder / "slurmctld.pid")
    for name in names:
        _run(["slurmd", *(["-N", name] if nodes > 1 else [])], folder)
        started.append(folder / f"slurmd_{name}.pid")
    _until(
        ["sinfo", "-h", "-p", "main", "-N", "-o", "%T"],
        lambda text: text.split() == ["idle"] * nodes,
    )


def _start_accounting(folder: Path, started: list[Path]) -> None:
    data, socket_file, pid = folder / "data", folder / "db.socket", folder / "mariadb.pid"
    own = ["--no-defaults", "--user=root", f"--datadir={data}"]
    installing = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    _run(["mariadb-install-db", *own, *installing], folder)
    serving = [f"--socket={socket_file}", "--skip-networking", f"--pid-file={pid}"]
    sizes = ["--innodb-buffer-pool-size=64M", "--innodb-lock-wait-timeout=900"]
    _run(["setsid", "--fork", "mariadbd", *own, *serving, *sizes], folder)
    started.append(pid)
    _until(
        ["mariadb-admin", "--no-defaults", f"--socket={socket_file}", "-u", "root", "ping"],
        lambda text: "alive" in text,
    )
    _run(["slurmdbd"], folder, MYSQL_UNIX_PORT=str(socket_file))
    started.append(folder / "slurmdbd.pid")
    _until(["sacctmgr", "-i", "add", "cluster", "small"], lambda text: "small" in text)


def _run(command: Sequence[str], folder: Path, **environment: str) -> None:
    with (folder / f"{command[0]}.out").open("a") as out:
        subprocess.run(
            command, stdout=out, stderr=out, check=True, env={**os.environ, **environment}
        )


def _until(command: Sequence[str], is_done: object, seconds: float = 30.0) -> None:
    assert callable(is_done)
    until = time.monotonic() + seconds
    text = ""
    while time.monotonic() < until:
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
            text = done.stdout + done.stderr
            if is_done(text):
                return
        time.sleep(0.1)
    raise TimeoutError(f"{' '.join(command)}: {text}")


def _stop(started: Sequence[Path]) -> None:
    """End the daemons, the last first, and wait for them."""
    for file in reversed(started):
        with suppress(OSError, ValueError):
            pid = int(file.read_text("utf-8"))
            os.kill(pid, 15)
            until = time.monotonic() + 10
            while time.monotonic() < until and Path(f"/proc/{pid}").exists():
                time.sleep(0.05)
