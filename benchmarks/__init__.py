"""How fast Consentry is beside a bare route that runs the same statement on the same server.

`python -m benchmarks --help` says what can be measured; docs/benchmarks.md says what was.
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The private PostgreSQL comes from the tests' support package.
sys.path.append(str(ROOT / "tests"))
