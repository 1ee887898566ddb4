"""What every authoritative server must do with a query, good or bad: cases for test_conformance.py.

A case asks a server that holds `mesos.` with the names of the scripted Marathon: two tasks of web, two hundred of many.
It fails by an assertion. `DIFFERENCES` tells which other servers are known to fail which case, and how.
"""

from . import answers, edns, messages, streams, transfers  # noqa: F401  # Each registers its cases.
from .cases import CASES, DIFFERENCES  # noqa: F401
