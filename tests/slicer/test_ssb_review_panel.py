"""The panel of our module for 3D Slicer: its file, and its code with fields filled in by hand. Qt itself does not run here."""

from __future__ import annotations

import ast
import json
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from ssb.annotations.store import AnnotationStore
from ssb.volumes import write_nifti
from ssb_app.server_process import running_server
from tests.slicer.slicer_python import CLICK, PYTHON, affine_of, ball, needs_slicer

MODULE = Path(__file__).resolve().parents[2] / "plugins" / "slicer" / "SSBReview"
SCRIPT = Path(__file__).with_name("panel_in_slicer.py")
UI = MODULE / "Resources" / "UI" / "SSBReview.ui"


def named() -> list[str]:
    return [widget.get("name", "") for widget in ElementTree.parse(UI).iter("widget")]


def test_every_field_that_the_panel_uses_is_in_its_file_once() -> None:
    code = ast.parse((MODULE / "SSBReview.py").read_text())
    holders = [node for node in ast.walk(code) if isinstance(node, ast.Attribute)]
    of_self = {node.attr for node in holders if isinstance(node.value, ast.Attribute) and node.value.attr == "ui"}
    of_ui = {node.attr for node in holders if isinstance(node.value, ast.Name) and node.value.id == "ui"}
    assert len(of_self | of_ui) > 15
    assert (of_self | of_ui) <= set(named())
    assert len(named()) == len(set(named()))


def test_every_class_that_is_not_qts_own_is_declared_in_the_file() -> None:
    tree = ElementTree.parse(UI)
    declared = {one.findtext("class") for one in tree.iter("customwidget")}
    assert {widget.get("class") for widget in tree.iter("widget") if not widget.get("class", "").startswith("Q")} <= declared
    assert {one.findtext("receiver") for one in tree.iter("connection")} <= set(named())


def test_the_build_installs_every_file_of_the_module() -> None:
    listed = (MODULE / "CMakeLists.txt").read_text().split()
    for file in MODULE.rglob("*.py"):
        name = file.relative_to(MODULE).as_posix()
        assert (name if "/" in name else "${MODULE_NAME}.py") in listed, name
    assert "Resources/UI/${MODULE_NAME}.ui" in listed


@needs_slicer
def test_a_reader_at_the_panel(checkpoint: Path, tmp_path: Path) -> None:
    studies = tmp_path / "studies"
    studies.mkdir()
    write_nifti(studies / "ct.nii.gz", ball(), affine_of("oblique"))
    told = {"click": CLICK, "drawn": [24, 30, 20, 24, 5, 8]}
    with running_server(studies, tmp_path / "server.log", checkpoint) as address:
        command = [str(PYTHON), str(SCRIPT), str(MODULE), address, str(tmp_path)]
        done = subprocess.run(command, input=json.dumps(told), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    said = json.loads((tmp_path / "panel.json").read_text())
    assert said["first address"] == "http://127.0.0.1:8000"
    assert said["too early"] == said["dialogs"][0] == "Connect to the server, pick the volume, and the image that it shows."
    assert said["connected"] == "Images on the server: 1."
    assert said["rows"] >= 1 and said["notes"].endswith("Not for clinical use.") and said["measured"].startswith("Volume ")
    assert said["shown first"] == "Shown: consensus"
    assert said["sample"].startswith("sample 2 of 8: ") and said["shown"] == "Shown: sample 2"
    assert said["interpretation"].startswith(("Shown: interpretation 1 (", "Shown: no lesion ("))
    assert said["nothing to submit"] == said["dialogs"][1]
    assert said["edit"] == "Edit 'mine of ct' with the tools below, then submit it."
    assert said["no server"] == said["dialogs"][2] and said["no server"].startswith("The server http://127.0.0.1:9 does not answer: ")
    assert said["unharmed"] is True
    assert said["kept"] == f"Kept as version 1 of Dora on ct: {said['voxels']} voxels."
    assert said["remembered"] == {"SSBReview/server": address, "SSBReview/rater": "Dora"}
    assert said["again"] == ["", True]
    assert len(said["dialogs"]) == 3
    (kept,) = AnnotationStore(studies / ".ssb" / "annotations").versions("ct", "Dora")
    assert kept.voxels == said["voxels"] > 0
