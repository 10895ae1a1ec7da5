"""The assets of PartNet-Mobility that the paper trains and tests on, as RLAfford names them.

An asset `<model>_<link>` is a cabinet of which one link moves. Training and test assets of a task
share no model; across tasks they do (46084 trains doors and tests drawers).

References:
    Lin et al., "SpawnNet", 2023, the configurations of the tasks Open Drawer and Open Door:
    https://arxiv.org/abs/2307.03567
"""

from __future__ import annotations


def _assets(text: str) -> tuple[str, ...]:
    """Expand `model:link,link`, the model's number and the numbers of its links."""
    pairs = (entry.split(":") for entry in text.split())
    return tuple(f"{model}_link_{link}" for model, links in pairs for link in links.split(","))


PARTNET_ALL = "partnet"  # stands for whatever a folder holds

PARTNET_LISTS: dict[str, tuple[str, ...]] = {
    "partnet-drawer-train": _assets(
        "40147:1 41083:3 44781:2 44826:1 45135:0,1 45194:2,3 45243:1,2 45290:1 45427:0 45661:1"
        " 45677:0,2 45687:1 45746:2 45841:2,3 46060:1,2"
    ),
    "partnet-drawer-test": _assets("46084:3 46856:2,3 47578:0,1,2,3 47944:2 48063:2 48258:0,1,2"),
    "partnet-door-train": _assets(
        "44781:0,1 45162:0 45176:0 45194:0,1 45238:0,1 45638:0 45780:0,1 45984:0 46037:0,1 46045:0"
        " 46084:0,1 46277:0,1 46456:1 46839:0"
    ),
    "partnet-door-test": _assets("45244:0 45687:0 46197:0 48379:0,1 49042:0,1 49133:0"),
}
