"""The oracle shares nothing with what it judges: it takes names from the product, and no more."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
MODEL = sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith(("test_", "histories")))
LOADED = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(f"tests.oracle.{name}")
print(json.dumps(sorted(name for name in sys.modules if name.split(".")[0] == "app")))
"""


def test_the_oracle_imports_nothing_of_the_product_but_names():
    """Rows of the store it is shown as they are; what their types are called is for the reader."""
    asked = [sys.executable, "-c", LOADED, *MODEL]
    told = subprocess.run(asked, cwd=HERE.parents[1], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == ["app", "app.core", "app.core.model", "app.core.model.names"]
