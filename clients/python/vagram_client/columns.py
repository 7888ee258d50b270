"""Rows of metrics as columns."""

from __future__ import annotations

import math
from typing import Iterable, Optional, Sequence

from vagram_client.stubs import orchestrator_pb2 as pb

# Not metrics, but where a row belongs.
POSITION = ("step", "epoch", "wall_seconds")


def to_columns(
    rows: Sequence[pb.MetricRow], names: Optional[Iterable[str]] = None
) -> dict[str, list[float]]:
    """A list per metric, all as long as `rows`, NaN where a row has no such metric.

    With them `step`, `epoch` and `wall_seconds`. `names` chooses metrics; one that no row has is
    a column of NaN.
    """
    wanted = None if names is None else set(names)
    columns: dict[str, list[float]] = {key: [getattr(row, key) for row in rows] for key in POSITION}
    for name in sorted(wanted or ()):
        columns.setdefault(name, [math.nan] * len(rows))
    for i, row in enumerate(rows):
        for metric in row.metrics:
            if wanted is not None and metric.name not in wanted:
                continue
            column = columns.get(metric.name)
            if column is None:
                column = columns[metric.name] = [math.nan] * len(rows)
            column[i] = metric.value
    return columns
