"""What the library is said to do in one way or another; tests choose by a variable.

`ISAACGYM_STAND_IN` is a JSON object: `handles` is `own`, `running`, `crossed` or `none`; `depth`
is `axis`, `ray` or `wrong`; `origins` is `local` or `global`; `hang` and `fail` name a call that
never returns, or returns what a failure returns; `device` is false where there is none.
"""

import json
import os
from typing import Any, Dict

DEFAULTS = {"handles": "own", "depth": "axis", "origins": "local", "device": True}


def quirks() -> Dict[str, Any]:
    """Return how the library behaves."""
    return {**DEFAULTS, **json.loads(os.environ.get("ISAACGYM_STAND_IN", "{}"))}
