"""What `inspect` prints of a data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from spawnnet_data.sources.source import DemonstrationSource
from spawnnet_data.tools.inspection import KeySummary

KEY_COLUMNS = ("key", "kind", "shape", "dtype", "range", "names")
_SHOWN_EPISODES = 10


def overview(source: DemonstrationSource) -> Iterator[str]:
    """Yield lines on the format, the episodes, the rate and the splits of a source."""
    lengths = sorted(episode.length for episode in source.episodes)
    yield f"{source.path}: {source.format}"
    if not lengths:
        yield "no episode can be read"
        return
    yield (
        f"{len(lengths)} episodes, {sum(lengths)} time steps "
        f"({lengths[0]} to {lengths[-1]}, median {median(lengths):g})"
    )
    yield "rate: " + ("unknown" if source.rate is None else f"{source.rate:g} Hz")
    for name, episodes in source.splits.items():
        yield f"split {name}: {len(episodes)} episodes"
    for episode in source.episodes[:_SHOWN_EPISODES]:
        task = f", {episode.task}" if episode.task else ""
        yield f"  {episode.name}: {episode.length} steps{task}"
    if len(lengths) > _SHOWN_EPISODES:
        yield f"  ... and {len(lengths) - _SHOWN_EPISODES} more"


def key_rows(summaries: Sequence[KeySummary]) -> Iterator[tuple[str, ...]]:
    """Yield a row of `KEY_COLUMNS` for each key."""
    for item in summaries:
        if item.spec is None:
            yield item.key, "unreadable", "", "", "", ""
            continue
        shape = "x".join(map(str, item.spec.shape)) or "scalar"
        kind = f"{item.spec.kind} in {item.spec.unit}" if item.spec.unit else item.spec.kind
        span = f"{item.low:.4g} to {item.high:.4g}"
        yield item.key, kind, shape, str(item.spec.dtype), span, " ".join(item.spec.names)


def problems_of(source: DemonstrationSource, summaries: Sequence[KeySummary]) -> list[str]:
    """Return each problem of the source and of its keys once."""
    problems = [*map(str, source.problems), *(item.problem for item in summaries)]
    return list(filter(None, dict.fromkeys(problems)))
