#!/usr/bin/env python3
"""Takes the picture of the status page that the README shows: a small shop with a rollout, an app that fails, and load.

    picture.py docs/status-page.png          the picture
    picture.py FOLDER/                       every view, light and dark, wide and narrow, to look at
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
os.environ.setdefault("SIGNPOST_BIN", str(SOURCE / "build/release/signpost"))
sys.path[:0] = [str(SOURCE / "tests/e2e"), str(SOURCE / "tests/support")]

# pylint: disable=wrong-import-position
from load import KEPT, NEW, Load
from support.lab import wait_passing
from support.signpost import Signpost
from support.tools import http, wait_until

TOKEN = "a token of ours"
IMAGE = {"type": "DOCKER", "docker": {"image": "mhausenblas/simpleservice:0.3.0", "network": "HOST"}}


def app(name, instances, label=None, **more):
    labels = {"VIP_0": label} if label else {}
    made = {"id": name, "instances": instances, "cpus": 0.1, "mem": 32, "portDefinitions": [{"port": 0, "labels": labels}], **more}
    return made if "cmd" in made else {**made, "container": IMAGE}


APPS = [app("/shop/web", 4, "/web:8000"), app("/shop/cart-blue", 3, "/cart:8000"), app("/shop/cart-green", 3, "/cart:8000"),
        app("/shop/search", 2, "/search:8000"), app("/accounts/login", 2, "/login:8443"), app("/accounts/mail", 1),
        app("/data/import", 2, "/import:9000", cmd="exec sleep 1000000")]  # Listens nowhere: its check fails.


def wait_load(load, calls):
    wait_until(lambda: load.snapshot().calls >= calls, f"{calls} calls", limit=120)


def furnish(system):
    for one in APPS:
        system.post(one)
    for one in APPS[:5]:
        wait_passing(system, one["id"], one["instances"]) if "cart" not in one["id"] else None
    plan = {"vip": "cart.marathon:8000", "to": "/shop/cart-green", "steps": [20, 50], "pause": "1h"}
    wait_until(lambda: http("POST", system.admin + "/v1/rollouts", plan,
                            headers={"Authorization": f"Bearer {TOKEN}"}).status == 200, "the rollout")


def main(target):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "token").write_text(TOKEN)
        system = Signpost(folder, options={"admin": {"token_file": str(folder / "token")}, "log": {"level": "warn"}})
        loads = []
        try:
            furnish(system)
            for name, rate in (("web", 90.0), ("cart", 40.0), ("search", 12.0)):
                loads.append(Load(system.vip(f"{name}.marathon"), 8000, "/endpoint0", threads=4, rate=rate, kinds=(KEPT, NEW)))
                loads[-1].start()
            wait_load(loads[0], 100)
            place = {"admin": system.admin, "marathon": system.marathon, "target": target}
            subprocess.run(["node", SOURCE / "tests/page/stories/picture.mjs", json.dumps(place)], check=True)
        finally:
            for load in loads:
                load.stop()
            system.stop()


main(sys.argv[1])
