"""A restart of Signpost during an outage of the orchestrator: the last state is served."""

from support.tools import free_ports, http, wait_until
from test_command_line import signpost

SISE = {"id": "/sise", "cmd": "exec sleep 1000", "instances": 2,
        "portDefinitions": [{"port": 0, "name": "http", "labels": {"VIP_0": "/sise:80"}}]}


def saved(path):
    return {"state": {"path": str(path), "interval": "100ms"}}


def test_the_last_state_is_served_until_the_source_speaks(start, tmp_path):
    path = tmp_path / "state"
    first = start(options=saved(path))
    first.post(SISE)
    first.wait_tasks("sise", 2)
    before = wait_until(lambda: len(first.addresses("sise.marathon.mesos")) == 2 and
                        first.addresses("sise.marathon.mesos"), "two addresses")
    vip = first.vip("sise.marathon")
    serial = first.query("mesos", "SOA").answer[0][0].serial
    # The orchestrator goes first, and with it its tasks; what is on disk still names them.
    wait_until(lambda: path.exists() and path.read_text().count('"task"') == 2, "the state on disk")
    kept = path.read_text()
    first.stop()
    path.write_text(kept)

    second = start(marathon_url=f"http://127.0.0.1:{free_ports(1)[0]}", options=saved(path))
    assert second.addresses("sise.marathon.mesos") == before
    assert second.vip("sise.marathon") == vip
    assert second.query("mesos", "SOA").answer[0][0].serial > serial
    assert "last run" in http("GET", second.admin + "/readyz").text
    assert "signpost_watcher_restored 1" in second.metrics()
    assert signpost("status", "--admin", second.admin).stdout.startswith("serving the state of the last run")


def test_a_damaged_state_is_set_aside(start, tmp_path):
    path = tmp_path / "state"
    path.write_text("not ours\n")
    system = start(options=saved(path))
    assert (tmp_path / "state.damaged").read_text() == "not ours\n"
    assert "state.damaged" in system.process.output()
    wait_until(path.exists, "a new state")


def test_a_state_that_cannot_be_written_is_told(start, tmp_path):
    system = start(options=saved(tmp_path / "none/state"))
    wait_until(lambda: "option=state.path" in system.process.output(), "a line about the state")
    assert "signpost_state_write_errors_total" in system.metrics()
