"""The scenarios of scenarios.py against vipd; `python3 tests/e2e/scenarios.py` plays them against its peers, too."""

import pytest

from scenarios import SCENARIOS, World, number_of
from support.proxies import Unsupported, Vipd


@pytest.mark.parametrize("play", [pytest.param(one[2], id=one[0]) for one in sorted(SCENARIOS, key=number_of)])
def test_vipd_gets_it_right(play):
    world = World(Vipd)
    try:
        play(world)
    except Unsupported as why:
        pytest.skip(str(why))
    finally:
        world.close()
