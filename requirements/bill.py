"""The software bill of materials in CycloneDX's JSON: `make sbom`.

It names what a server of this program runs on: the packages of the environment with licences and dependencies, as cyclonedx-py reads them,
with the digests that the lock file allows; OHIF and NiiVue, which npm fetches; and the shipped checkpoints. What is only there for tests
is left out.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from lock import entries

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
NPM = {"ohif-app": ("@ohif/app", "MIT"), "niivue-niivue": ("@niivue/niivue", "BSD-2-Clause")}
"""The start of each archive's name in npm.sha512: its package and licence."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", type=Path, default=ROOT / ".venv/bin/python", help="of the environment that the server runs in")
    parser.add_argument("-o", dest="out", type=Path, default=ROOT / "out/sbom.json", help="the file to write")
    parsed = parser.parse_args()
    found = bill(read_environment(parsed.python), read_lock(parsed.python))
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    # cyclonedx-py has checked its packages; ours get the same addition each, and all of them would take the validator minutes.
    ours = [one for one in found["components"] if "hashes" in one]
    part = {**found, "components": found["components"][:2] + ours}
    # The tests of the other functions run in an environment that has no validator.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(part))
    if wrong:
        raise SystemExit(f"The bill of materials would not be valid CycloneDX: {wrong.data}")
    parsed.out.parent.mkdir(parents=True, exist_ok=True)
    beside = parsed.out.with_name(parsed.out.name + ".part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(parsed.out)
    print(f"{parsed.out}: {len(found['components'])} components")


def read_environment(python: Path) -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("cyclonedx-py")), "environment", str(python), "--output-reproducible", "--sv", "1.6"]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def read_lock(python: Path) -> dict[str, list[str]]:
    """Name to SHA-256 digests, of the lock file that fits the environment."""
    command = [str(python), str(HERE / "fitting_lock.py")]
    name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if not name:
        raise SystemExit("No lock file fits this environment, and without one nothing tells what belongs to the program.")
    return digests((ROOT / name).read_text(encoding="utf-8"))


def digests(lock: str) -> dict[str, list[str]]:
    """Name to the SHA-256 digests of its files; of a package in two versions, those of both."""
    found: dict[str, list[str]] = {}
    for entry in entries(lock):
        found.setdefault(entry.split("==", 1)[0], []).extend(re.findall(r"sha256:([0-9a-f]{64})", entry))
    return found


def bill(environment: dict[str, Any], lock: dict[str, list[str]]) -> dict[str, Any]:
    """environment: what cyclonedx-py says of it. lock: name to digests; packages that it does not name are left out."""
    components = [with_digests(one, lock[normal(one["name"])]) for one in environment["components"] if normal(one["name"]) in lock]
    kept = {one["bom-ref"] for one in components}
    asked = {one["ref"]: [name for name in one.get("dependsOn", []) if name in kept] for one in environment["dependencies"]}
    named = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    own = sorted(one["bom-ref"] for one in components if normal(one["name"]) in {normal(name) for name in named})
    others = [*npm_components(), *checkpoints()]
    version = re.search(r'__version__ = "(.+)"', (ROOT / "lib/ssb/__init__.py").read_text(encoding="utf-8"))[1]
    program = {"type": "application", "bom-ref": "ssb-label", "name": "ssb-label", "version": version}
    program["licenses"] = [{"license": {"id": "Apache-2.0"}}]
    dependencies = [{"ref": "ssb-label", "dependsOn": own + [one["bom-ref"] for one in others]}]
    dependencies += [{"ref": ref, "dependsOn": names} for ref, names in asked.items() if ref in kept]
    return {
        **environment,
        "metadata": {**environment["metadata"], "component": program},
        "components": components + others,
        "dependencies": dependencies,
    }


def with_digests(component: dict[str, Any], allowed: list[str]) -> dict[str, Any]:
    """The digests that pip accepts: one of them is the installed file's, the others are those of other platforms and Pythons."""
    reference = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{component['name']}/",
        "comment": "files that the lock file allows",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in sorted(set(allowed))],
    }
    return {**component, "externalReferences": [*component.get("externalReferences", []), reference]}


def npm_components() -> list[dict[str, Any]]:
    found = []
    for digest, file in sums(HERE / "npm.sha512"):
        start, version = file.removesuffix(".tgz").rsplit("-", 1)
        package, licence = NPM[start]
        address = f"pkg:npm/{package.replace('@', '%40')}@{version}"
        part = {"type": "library", "bom-ref": address, "name": package, "version": version, "purl": address}
        found.append({**part, "licenses": [{"license": {"id": licence}}], "hashes": [{"alg": "SHA-512", "content": digest}]})
    return found


def checkpoints() -> list[dict[str, Any]]:
    found = []
    for digest, file in sums(ROOT / "model/SHA256SUMS"):
        name, version = file.removesuffix(".safetensors").rsplit("-", 1)
        part = {"type": "machine-learning-model", "bom-ref": file, "name": name, "version": version}
        found.append({**part, "licenses": [{"license": {"id": "Apache-2.0"}}], "hashes": [{"alg": "SHA-256", "content": digest}]})
    return found


def sums(path: Path) -> list[list[str]]:
    """Digest and file name, of the lines of sha256sum or sha512sum."""
    return [line.split() for line in path.read_text(encoding="utf-8").splitlines()]


def normal(name: str) -> str:
    """A package's name as lock files spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
