"""Options that the commands take."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

Task = Annotated[str, typer.Argument(help="Such as open_drawer.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the first episodes.")]
ExpertName = Annotated[
    str,
    typer.Option(help="smooth, scripted, what `train-expert` wrote, or the original's model_*.pt."),
]
Profile = Annotated[str, typer.Option(help="light or paper.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="SETTING=VALUE", help="Such as robot.control=joints; may be repeated."
    ),
]
Episodes = Annotated[int, typer.Option(min=1, help="Episodes there afterwards.")]
Split = Annotated[str, typer.Option(help="training, new or held_out.")]
NumCabinets = Annotated[
    int | None,
    typer.Option(min=1, help="Cabinets to take, any number; by default the split's own."),
]
Noise = Annotated[float, typer.Option(min=0.0, help="Largest disturbance of what is executed.")]
Belief = Annotated[
    float, typer.Option(min=0.0, help="Largest error, m, of where the handle seems to be.")
]
WrongAxis = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Probability that the wrong grip seems right.")
]
Every = Annotated[int, typer.Option(min=1, help="Keep every so many steps.")]
Compression = Annotated[
    Literal["none", "lzf", "gzip"],
    typer.Option(help="Of the images; none reads fastest, gzip is smallest."),
]
Format = Annotated[
    Literal["hdf5", "robomimic", "lerobot"],
    typer.Option("--format", help="robomimic and lerobot need `spawnnet-data` installed."),
]
Privileged = Annotated[
    bool, typer.Option("--privileged", help="Keep what only a simulator knows, too.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the table as one line of JSON.")]
