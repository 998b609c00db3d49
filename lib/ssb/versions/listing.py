"""The versions at a glance: a row each, for a table or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ssb.versions.version import Version


def row_of(version: Version, in_use: Path) -> dict[str, Any]:
    """name, current, status ("shipped", "published", "refused" or "damaged"), time, raters, images, ged_old, ged_new, reason.

    raters, images: how many it was trained on, None where nobody said so. ged_old, ged_new: on the held-out images, of the model it was
    judged against and its own; None where it was not judged. in_use: the checkpoint in use.
    """
    ged = version.report.get("measures", {}).get("ged", {})
    return {
        "name": version.name,
        "current": version.checkpoint == in_use,
        "status": _status(version),
        "time": version.time or None,
        "raters": _count(version.facts.get("raters")),
        "images": _count(version.facts.get("images")),
        "ged_old": ged.get("old"),
        "ged_new": ged.get("new"),
        "reason": version.damage or version.reason,
    }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as text: the one in use is marked with a star; reasons stand below, since they are sentences."""
    width = max(len(row["name"]) for row in rows)
    lines = [f"  {'':{width}} {'status':10} {'time':20} {'raters':>6} {'images':>6}  GED old -> new"]
    for row in rows:
        time = (row["time"] or "")[:16].replace("T", " ") + (" UTC" if row["time"] else "")
        counts = " ".join(f"{'' if row[key] is None else row[key]:>6}" for key in ("raters", "images"))
        ged = "" if row["ged_new"] is None else f"{row['ged_old']:.3f} -> {row['ged_new']:.3f}"
        lines.append(f"{'*' if row['current'] else ' '} {row['name']:{width}} {row['status']:10} {time:20} {counts}  {ged}".rstrip())
    lines += [f"{row['name']}: {row['reason']}" for row in rows if row["status"] in ("refused", "damaged")]
    return "\n".join(lines)


def _status(version: Version) -> str:
    if version.damage:
        return "damaged"
    if version.shipped:
        return "shipped"
    return "published" if version.published else "refused"


def _count(value: object) -> int | None:
    if isinstance(value, int):
        return value
    return len(value) if isinstance(value, (list, tuple, dict)) else None
