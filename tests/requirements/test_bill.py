"""The bill of materials: what belongs to the program, with digests, and nothing else."""

from __future__ import annotations

from pathlib import Path

from bill import bill, digests, normal

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {
    "bomFormat": "CycloneDX",
    "metadata": {"tools": {}},
    "components": [
        {"type": "library", "bom-ref": "torch==2.13.0+cpu", "name": "torch", "version": "2.13.0+cpu"},
        {"type": "library", "bom-ref": "typing_extensions==4", "name": "typing_extensions", "version": "4"},
        {"type": "library", "bom-ref": "pytest==9", "name": "pytest", "version": "9"},
    ],
    "dependencies": [
        {"ref": "pytest==9"},
        {"ref": "torch==2.13.0+cpu", "dependsOn": ["typing_extensions==4", "pytest==9"]},
        {"ref": "typing_extensions==4"},
    ],
}
LOCK = (
    f"torch==2.13.0 \\\n    --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\n"
    f"typing-extensions==4 \\\n    --hash=sha256:{'c' * 64}\n"
)


def test_the_program_s_own_packages_with_the_digests_of_the_lock() -> None:
    made = bill(ENVIRONMENT, digests(LOCK))
    packages = {one["name"]: one for one in made["components"]}
    assert "pytest" not in packages
    allowed = packages["torch"]["externalReferences"][-1]["hashes"]
    assert allowed == [{"alg": "SHA-256", "content": letter * 64} for letter in "ab"]
    assert {one["ref"]: one["dependsOn"] for one in made["dependencies"]}["torch==2.13.0+cpu"] == ["typing_extensions==4"]


def test_viewers_and_checkpoints_are_in_it_and_the_program_stands_on_them() -> None:
    made = bill(ENVIRONMENT, digests(LOCK))
    assert [one["name"] for one in made["components"] if one["type"] == "machine-learning-model"] == [
        line.split()[1].rsplit("-", 1)[0] for line in (ROOT / "model/SHA256SUMS").read_text().splitlines()
    ]
    makefile = (ROOT / "Makefile").read_text()
    versions = dict(line.split(" := ") for line in makefile.splitlines() if line.startswith(("OHIF :=", "NIIVUE :=")))
    npm = {one["name"]: one["version"] for one in made["components"] if one.get("purl", "").startswith("pkg:npm")}
    assert npm == {"@ohif/app": versions["OHIF"], "@niivue/niivue": versions["NIIVUE"]}
    program = made["dependencies"][0]
    assert program["ref"] == made["metadata"]["component"]["bom-ref"] == "ssb-label"
    assert set(program["dependsOn"]) == {"torch==2.13.0+cpu"} | {one["bom-ref"] for one in made["components"][2:]}


def test_names_are_spelt_as_in_lock_files() -> None:
    assert normal("Typing_Extensions") == normal("typing.extensions") == "typing-extensions"
