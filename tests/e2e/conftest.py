"""Fixtures of the end-to-end tests: real processes, real clients, loopback only."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from support.fake_marathon import MANY, WEB, FakeMarathon  # noqa: E402
from support.namespace import Namespace  # noqa: E402
from support.signpost import Signpost  # noqa: E402
from support.tools import SOURCE  # noqa: E402


@pytest.fixture
def start(tmp_path):
    """Starts systems that end with the test; their logs are shown when it fails."""
    started = []

    def start_one(**options):
        directory = tmp_path / str(len(started))
        directory.mkdir()
        one = Signpost(directory, **options)
        started.append(one)
        return one

    yield start_one
    for one in reversed(started):
        one.stop()
        print(f"--- {one.config_path}\n{one.process.output()[-20000:]}")


@pytest.fixture
def system(start):
    """One whole system with an embedded Marathon."""
    return start()


@pytest.fixture
def shared():
    """The folder of recorded inputs; the test is skipped where there is none."""
    folder = Path(os.environ.get("SIGNPOST_SHARED", SOURCE.parent / "shared"))
    if not (folder / "fixtures").is_dir():
        pytest.skip(f"no recorded inputs at {folder}; set SIGNPOST_SHARED")
    return folder / "fixtures"


@pytest.fixture
def namespace():
    """A network of our own; see Namespace."""
    made = Namespace()
    yield made
    made.close()


@pytest.fixture
def marathon():
    """A scripted Marathon with two apps."""
    fake = FakeMarathon(WEB, MANY)
    yield fake
    fake.stop()


@pytest.fixture
def names(start, marathon):
    """A dnsd that knows what the scripted Marathon lists."""
    return start(role="dnsd", marathon_url=marathon.url)
