"""Stands in for what 3D Slicer's desktop adds to its libraries, so that a scripted module's own code runs on slicer-core.

Qt's widgets, the settings, the dialogs and the modules that the application registers are stood in for; scene, nodes, segmentations,
files and conversions are Slicer's own. Imported by slicer-core's python before the module.
"""

import sys
from types import ModuleType, SimpleNamespace
from unittest.mock import MagicMock

import slicer

shown = []
"""Texts of the dialogs, in order."""

settings = {}
"""The application's settings."""


class Settings:
    def value(self, key):
        return settings.get(key)

    def contains(self, key):
        return key in settings

    def setValue(self, key, value):  # noqa: N802 (Qt's name)
        settings[key] = value


class Base:
    """In place of the base classes of scripted modules and of dialogs."""

    def __init__(self, *args, **kwargs):
        pass


def stored_by(node, file):
    """Slicer's own storage node for a node and the ending of a file."""
    kind = "vtkMRMLSegmentationStorageNode" if node.IsA("vtkMRMLSegmentationNode") else "vtkMRMLVolumeArchetypeStorageNode"
    storage = slicer.mrmlScene.AddNewNodeByClass(kind)
    storage.SetFileName(file)
    return storage


def save_node(node, file, properties=None):
    storage = stored_by(node, file)
    done = storage.WriteData(node)
    slicer.mrmlScene.RemoveNode(storage)
    return bool(done)


def load(kind, file):
    node = slicer.mrmlScene.AddNewNodeByClass(kind)
    storage = stored_by(node, file)
    if not storage.ReadData(node):
        raise RuntimeError(f"Slicer could not read {file}")
    slicer.mrmlScene.RemoveNode(storage)
    return node


def set_up():
    """Make the names that a module imports; the scene is new."""
    qt, ctk = MagicMock(), MagicMock()
    qt.QSettings, qt.QDialog, ctk.ctkSettingsPanel = Settings, Base, Base
    modules = ModuleType("slicer.ScriptedLoadableModule")
    for name in ("ScriptedLoadableModule", "ScriptedLoadableModuleWidget", "ScriptedLoadableModuleLogic", "ScriptedLoadableModuleTest"):
        setattr(modules, name, type(name, (Base,), {}))
    words = ModuleType("slicer.i18n")
    words.tr, words.translate = (lambda text: text), (lambda context, text: text)
    reader = SimpleNamespace(ReadImage=lambda file: file)
    pusher = SimpleNamespace(PushVolumeToSlicer=lambda file, target, **told: load(told["className"], file))
    found = {"qt": qt, "ctk": ctk, "SampleData": MagicMock(), "SimpleITK": reader, "sitkUtils": pusher, "vtkSegmentationCore": slicer}
    sys.modules.update({**found, "slicer.ScriptedLoadableModule": modules, "slicer.i18n": words})
    slicer.app = MagicMock()
    slicer.util.saveNode = save_node
    slicer.util.errorDisplay = slicer.util.infoDisplay = slicer.util.warningDisplay = lambda text, **more: shown.append(text)
    slicer.util.createProgressDialog = MagicMock()
    new_scene()


def new_scene():
    """An empty scene with the logics that the application would hang on it."""
    slicer.mrmlScene = slicer.vtkMRMLScene()
    selection = slicer.vtkMRMLSelectionNode()
    selection.SetSingletonTag("Singleton")
    slicer.mrmlScene.AddNode(selection)
    logics = {"segmentations": slicer.vtkSlicerSegmentationsModuleLogic(), "markups": slicer.vtkSlicerMarkupsLogic()}
    logics["colors"] = slicer.vtkSlicerColorLogic()
    for logic in logics.values():
        logic.SetMRMLScene(slicer.mrmlScene)
    slicer.modules = SimpleNamespace(**{name: SimpleNamespace(logic=lambda logic=logic: logic) for name, logic in logics.items()})
