"""Known advisories against every package that the lock files name: `make audit`.

pip-audit asks PyPI for them. An advisory that cannot be answered by a newer version stands in known-advisories.txt with the reason why it
does not reach a user; any other one fails the audit. Where PyPI's advisories cannot be reached, the audit says that none was made.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PROBE = "https://pypi.org/pypi/pip/23.2/json"
"""What pip-audit would ask about a version that is known to have advisories: where the answer has none, no other answer says anything."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reachable", action="store_true", help="only say whether an audit can be made")
    if parser.parse_args().reachable:
        reason = unreachable(PROBE)
        if reason:
            print(f"No audit was made: PyPI's advisories cannot be reached here ({reason}).", file=sys.stderr)
        return 1 if reason else 0
    answers = [audit(lock) for lock in sorted(HERE.glob("lock-*.txt"))]
    lines, bad = verdict(answers, known_advisories((HERE / "known-advisories.txt").read_text(encoding="utf-8")))
    print("\n".join(lines))
    return 1 if bad else 0


def unreachable(address: str) -> str:
    """Why the address does not answer with advisories, "" where it does."""
    try:
        with urllib.request.urlopen(address, timeout=15) as answer:
            return "" if json.load(answer).get("vulnerabilities") else "the answer holds none"
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        return str(getattr(error, "reason", error))


def audit(lock: Path) -> list[dict[str, Any]]:
    """pip-audit's answer on one lock file: name, version and vulns of each package, or skip_reason where it could not be audited."""
    command = [str(Path(sys.executable).with_name("pip-audit")), "-r", str(lock), "--disable-pip", "--require-hashes", "-f", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = done.stderr.strip().splitlines() or ["no answer"]
        raise SystemExit(f"pip-audit failed on {lock.name}: {said[-1]}") from None


def known_advisories(text: str) -> dict[str, str]:
    """Advisory to reason, of lines "ID reason"."""
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    without = [line[0] for line in lines if len(line) < 2]
    if without:
        raise SystemExit(f"known-advisories.txt gives no reason for {', '.join(without)}.")
    return {line[0]: line[1] for line in lines}


def verdict(answers: Iterable[list[dict[str, Any]]], known: dict[str, str]) -> tuple[list[str], bool]:
    """What the audit says, and whether it failed: by an advisory that is not known, or because it reached no package at all."""
    packages = {(one["name"], one.get("version", "")): one for answer in answers for one in answer}
    audited = {key: one for key, one in packages.items() if "vulns" in one}
    lines, met, new = [], set(), 0
    for (name, version), one in sorted(audited.items()):
        for advisory in one["vulns"]:
            names = {advisory["id"], *advisory.get("aliases", [])}
            reasons = sorted(names & known.keys())
            met.update(reasons)
            new += not reasons
            fixed = ", ".join(advisory.get("fix_versions", [])) or "no version"
            said = f"known: {known[reasons[0]]}" if reasons else f"NEW, fixed in {fixed}"
            lines.append(f"{name} {version}: {' / '.join(sorted(names))}: {said}")
    lines += [f"{one['name']}: not audited: {one['skip_reason']}" for one in packages.values() if "skip_reason" in one]
    lines += [f"{name} in known-advisories.txt was not met: it may be taken out." for name in sorted(known.keys() - met)]
    lines.append(f"{len(audited)} of {len(packages)} packages audited, {new} new advisories.")
    return lines, bool(new) or not audited


if __name__ == "__main__":
    sys.exit(main())
