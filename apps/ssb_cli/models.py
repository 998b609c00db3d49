"""The command `models`: the versions of the model, their reports, and which of them is in use."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import Any

from ssb.versions import Version, Versions, row_of, table
from ssb_cli.common import asked_versions


def run(parsed: Namespace) -> None:
    """Print the list or one version, or switch; as JSON where asked."""
    versions = asked_versions(parsed)
    {"list": _list, "show": _show, "use": _use}[parsed.action](versions, parsed)


def _list(versions: Versions, parsed: Namespace) -> None:
    in_use = versions.in_use()
    rows = [row_of(version, in_use.version.checkpoint) for version in versions.list()]
    if in_use.problem:
        print(f"{in_use.problem} The shipped version {in_use.version.name} is used instead.", file=sys.stderr)
    print(_json(rows) if parsed.json else table(rows))


def _show(versions: Versions, parsed: Namespace) -> None:
    version = versions.show(parsed.name)
    shown = {**version.as_json(), "current": version.checkpoint == versions.in_use().version.checkpoint}
    print(_json(shown) if parsed.json else described(version, shown["current"]))


def _use(versions: Versions, parsed: Namespace) -> None:
    version = versions.use(parsed.name, force=parsed.force)
    if parsed.json:
        print(_json({**version.as_json(), "current": True}))
    else:
        print(f"The version {version.name} is in use: servers on this model folder switch with their next request.")


def described(version: Version, current: bool) -> str:
    """The record and the gate's report as text."""
    row = row_of(version, version.checkpoint)
    lines = [f"{version.name}: {row['status']}{', in use' if current else ''}"]
    lines += [text for text in (version.damage or version.reason, version.time and f"Added {version.time}") if text]
    lines += [f"{key}: {_shown(value)}" for key, value in version.facts.items()]
    measures = version.report.get("measures", {})
    if measures:
        report = version.report
        lines += ["", f"{report['old']} -> {report['new']} on {report['images']} held-out images, {report['crops']} crops"]
        lines.append(f"{'':24} {'old':>8} {'new':>8} {'change':>8}  95 % over images   images")
    for change in measures.values():
        lines.append(_line(change))
    return "\n".join(lines)


def _line(change: dict[str, Any]) -> str:
    if change["difference"] is None:
        return f"{change['title']:24} not defined on enough images ({change['images']})"
    low, high = change["interval"]
    figures = (
        f"{change['old']:8.4f} {change['new']:8.4f} {change['difference']:+8.4f}  {f'{low:+.4f} to {high:+.4f}':18} {change['images']:5}"
    )
    return f"{change['title']:24} {figures}  {'' if change['not_worse'] else 'worse'}".rstrip()


def _shown(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
