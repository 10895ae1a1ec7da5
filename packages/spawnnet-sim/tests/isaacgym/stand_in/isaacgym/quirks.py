"""What the library is said to do in one way or another; tests choose by a variable.

`ISAACGYM_STAND_IN` is a JSON object: `handles` is `own`, `running`, `crossed` or `none`; `depth`
is `axis`, `ray` or `wrong`; `origins` is `local` or `global`; `hang`, `fail` and `raise` name a
call that never returns, returns what a failure returns, or raises; with `once`, which names a file,
only while there is one; `device` is false where there is none.
"""

import json
import os
from pathlib import Path
from typing import Any, Dict

DEFAULTS = {"handles": "own", "depth": "axis", "origins": "local", "device": True}


def quirks() -> Dict[str, Any]:
    """Return how the library behaves."""
    return {**DEFAULTS, **json.loads(os.environ.get("ISAACGYM_STAND_IN", "{}"))}


def misbehaves(call: str, how: str) -> bool:
    """Return whether a call is to hang, fail or raise now."""
    given = quirks()
    return given.get(how) == call and Path(given.get("once", "/")).exists()
