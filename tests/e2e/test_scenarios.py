"""The scenarios of scenarios.py against vipd; `python3 tests/e2e/scenarios.py` plays them against its peers, too."""

import pytest

from scenarios import SCENARIOS, World
from support.proxies import Vipd


@pytest.mark.parametrize("play", [pytest.param(play, id=number) for number, _, play in SCENARIOS])
def test_vipd_gets_it_right(play):
    world = World(Vipd)
    try:
        play(world)
    finally:
        world.close()
