"""No file that comes from elsewhere is ever unpickled. The fuzzing sees it while files are read, here it is seen in the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = {"pickle", "cPickle", "_pickle", "dill", "joblib", "shelve", "marshal", "cloudpickle"}


def unpickles(source: str) -> list[str]:
    """What in the source loads pickles, or may."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None) or ""]
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found += [name for name in names if name.partition(".")[0] in MODULES]
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            given = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if called.endswith(("torch.load", "torch.jit.load", "yaml.load", "read_pickle")) and given.get("weights_only") != "True":
                found.append(called)
            if given.get("allow_pickle", "False") != "False":
                found.append(called)
    return found


@pytest.mark.parametrize(
    "source", ["import pickle", "from pickle import load", "torch.load(p)", "np.load(p, allow_pickle=True)", "import dill as d"]
)
def test_each_way_is_seen(source: str) -> None:
    assert unpickles(source)


def test_nothing_of_ours_unpickles() -> None:
    files = [
        *ROOT.glob("lib/**/*.py"),
        *ROOT.glob("apps/**/*.py"),
        *ROOT.glob("plugins/**/*.py"),
        *ROOT.glob("benchmarks/*.py"),
        ROOT / "main.py",
    ]
    assert len(files) > 200
    assert {str(file.relative_to(ROOT)): found for file in files if (found := unpickles(file.read_text(encoding="utf-8")))} == {}
