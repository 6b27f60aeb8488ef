import subprocess
import sys

from bench import packages
from bench.packages import LOCK, missing
from tests import ROOT


def test_what_is_missing_is_named_with_its_version(monkeypatch):
    monkeypatch.setattr(packages, "is_installed", lambda name: name not in ("tqdm", "transformers"))
    assert missing("numpy==2.0\ntqdm==4.70.1\n") == ["tqdm==4.70.1", "transformers"]
    monkeypatch.setattr(packages, "is_installed", lambda name: False)
    named = missing(LOCK.read_text())
    assert all("==" in name for name in named if name != "transformers")


def test_it_needs_no_package_itself():
    code = "import sys; sys.path.insert(0, '.'); import bench.packages; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "torch" not in run.stdout.split() and "numpy" not in run.stdout.split()
