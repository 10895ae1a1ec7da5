"""Lets one worker build scene after scene, and prints its answers, as JSON; no test by itself.

A message is a list of the library's quirks, changes of the description, and commands.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])  # the worker's folder, as when it is started by its file

from main import Worker, answer


def changed(value, path, new):
    """Return a JSON value in which what is at a dotted path is another one."""
    if not path:
        return new
    key, _, rest = path.partition(".")
    if isinstance(value, list):
        return [changed(each, rest, new) if str(i) == key else each for i, each in enumerate(value)]
    return {**value, key: changed(value.get(key), rest, new)}


def main():
    given = json.loads(open(sys.argv[2], encoding="utf-8").read())  # noqa: SIM115, PTH123
    memory = os.open(given["memory"], os.O_RDWR)
    worker, said = Worker(memory), {}
    assert "done" in answer(worker, {"command": "load"})
    for name, (quirks, changes, commands) in given["cases"].items():
        os.environ["ISAACGYM_STAND_IN"] = json.dumps(quirks)
        message = given["create"]
        for path, new in changes.items():
            message = changed(message, "description." + path, new)
        answers = [answer(worker, message)]
        answers += [answer(worker, command) for command in commands]
        os.environ["ISAACGYM_STAND_IN"] = "{}"
        worker.close()
        said[name] = answers[-1]
    sys.stderr.write(json.dumps(said))


if __name__ == "__main__":
    main()
