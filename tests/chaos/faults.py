"""What can go wrong, one function each: a generator that makes it happen, yields while it lasts, and undoes it. It may then
yield once more, if need be a remark for the table; it goes on when all clients are well again.

`clients` says which clients may see failures while it lasts; nobody may see any once it is over and `wait_well()` has
returned. What is believed of Signpost meanwhile is asserted in the function itself.
"""

import itertools
import signal
import subprocess
import time

from support.fake_marathon import make_task
from support.tools import wait_until
from world import PORT, PORT_RANGE, descriptors, idle_connections, limit_descriptors, reset, take_ports

FAULTS = []


def fault(text, seconds=6, clients=(), takes_along=False, **surroundings):
    """takes_along: calls that were under way when it happened may be lost with it. surroundings: of its World."""
    def register(play):
        FAULTS.append((text, seconds, clients, takes_along, play, surroundings))
        return play

    return register


# --- backends and their hosts


@fault("a backend is killed (SIGKILL), with whatever it was about to answer", takes_along=True)
def backend_killed(world):
    world.agents[0].kill()
    yield
    world.agents[0].start()


@fault("a backend hangs (SIGSTOP): its kernel takes connections, nobody answers", seconds=15, clients=["VIP"])
def backend_hangs(world):
    world.agents[0].hang()
    yield
    wait_until(lambda: world.backends() == ["failing", "passing", "passing"], "its backend to fail its checks")
    world.agents[0].hang(False)


@fault("an agent is cut off: what is sent to it is lost", takes_along=True)
def agent_cut(world):
    world.agents[0].cut()
    yield
    wait_until(lambda: world.backends() == ["failing", "passing", "passing"], "its backend to fail its checks")
    world.agents[0].cut(False)


@fault("all agents but one are cut off", takes_along=True)
def most_agents_cut(world):
    for agent in world.agents[1:]:
        agent.cut()
    yield
    for agent in world.agents[1:]:
        agent.cut(False)


@fault("an agent's link goes off and on five times a second")
def link_flaps(world):
    end = time.monotonic() + 5
    while time.monotonic() < end:
        for on in (True, False):
            world.agents[0].cut(on)
            wait_until(lambda at=time.monotonic(): time.monotonic() > at + 0.1, "a moment")
    yield


@fault("the way to an agent takes 150 ms longer in each direction", wires=[0])
def agent_far(world):
    world.agents[0].wire.delay = 0.15
    yield
    wait_until(lambda: world.backends() == ["passing"] * 3, "all backends to pass")
    world.agents[0].wire.delay = 0.0


# --- the orchestrator


@fault("the orchestrator answers 503 to everything, and its streams end")
def marathon_out_of_order(world):
    world.marathon.out_of_order = True
    world.marathon.cut()
    yield
    world.marathon.out_of_order = False
    wait_until(lambda: world.marathon.streams, "the stream to be there again")


@fault("the orchestrator hangs: connections are taken, nothing is said")
def marathon_hangs(world):
    world.marathon.hang()
    yield
    world.marathon.go_on()
    wait_until(lambda: world.marathon.streams, "the stream to be there again")


@fault("a new leader lists nothing for a while")
def marathon_empty(world):
    app = world.marathon.app("/web")
    world.marathon.remove_app("/web")
    world.marathon.cut()
    yield
    world.marathon.set_app(app)
    world.marathon.cut()


@fault("the orchestrator lies: lists that make no sense")
def marathon_lies(world):
    app = world.marathon.app("/web")
    world.marathon.set_app({"id": "/web", "tasks": {"none": 1}, "instances": "many", "labels": [7]})
    world.marathon.cut()
    yield
    world.marathon.set_app(app)
    world.marathon.cut()


@fault("the event bus breaks twenty times a second")
def marathon_flaps(world):
    end = time.monotonic() + 5
    while time.monotonic() < end:
        world.marathon.cut()
        wait_until(lambda at=time.monotonic(): time.monotonic() > at + 0.05, "a moment")
    yield


# --- Signpost itself


@fault("Signpost is stopped (SIGSTOP) and goes on", seconds=2, clients=["VIP", "DNS"])
def signpost_stopped(world):
    world.signpost.process.popen.send_signal(signal.SIGSTOP)
    yield
    world.signpost.process.popen.send_signal(signal.SIGCONT)


@fault("Signpost is killed (SIGKILL) and started again", seconds=1, clients=["VIP", "DNS"])
def signpost_killed(world):
    world.signpost.process.stop(signal.SIGKILL)
    yield
    world.restart()


@fault("Signpost is killed and started again while the orchestrator hangs", seconds=1, clients=["VIP", "DNS"])
def signpost_killed_alone(world):
    wait_until(lambda: world.metric("signpost_state_saved_generation") == world.metric("signpost_watcher_generation"),
               "the state on disk")
    world.marathon.hang()
    world.signpost.process.stop(signal.SIGKILL)
    yield
    world.restart()
    world.wait_well()
    assert world.metric("signpost_watcher_restored") == 1
    world.marathon.go_on()
    wait_until(lambda: world.metric("signpost_watcher_restored") == 0, "the orchestrator to be heard again")


# --- what the host has to give


@fault("the disk is full")
def disk_full(world):
    filler = world.disk / "filler"
    subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=64k"], stderr=subprocess.DEVNULL, check=False)
    before = world.metric("signpost_state_write_errors_total")
    world.marathon.start_task("/other", make_task("/other", "10.77.1.1", 1))  # Something to write down.
    yield
    wait_until(lambda: world.metric("signpost_state_write_errors_total") > before, "an error to be counted")
    filler.unlink()
    wait_until(lambda: world.metric("signpost_state_saved_generation") == world.metric("signpost_watcher_generation"),
               "the state to be written", limit=60)


@fault("the disk becomes read-only")
def disk_read_only(world):
    subprocess.run(["mount", "-o", "remount,ro", world.disk], check=True)
    world.marathon.start_task("/other", make_task("/other", "10.77.1.1", 1))
    yield
    subprocess.run(["mount", "-o", "remount,rw", world.disk], check=True)
    wait_until(lambda: world.metric("signpost_state_saved_generation") == world.metric("signpost_watcher_generation"),
               "the state to be written", limit=60)


@fault("the disk is slow: whatever waits for it takes a second", bad_host=True)
def disk_slow(world):
    world.set_host(disk_delay=1)
    world.marathon.start_task("/other", make_task("/other", "10.77.1.1", 1))
    yield
    wait_until(lambda: world.metric("signpost_state_saved_generation") == world.metric("signpost_watcher_generation"),
               "the state to be written, though slowly", limit=60)
    world.set_host()


@fault("the wall clock jumps five times a second, by hours, days and years, back and forth", bad_host=True)
def clock_jumps(world):
    end = time.monotonic() + 5
    for hours in itertools.cycle([48, -24, 3 * 365 * 24, -1, -10 * 365 * 24]):
        if time.monotonic() > end:
            break
        world.set_host(clock_error=hours * 3600)
        wait_until(lambda at=time.monotonic(): time.monotonic() > at + 0.2, "a moment")
    yield
    wait_until(lambda: world.backends() == ["passing"] * 3, "all backends to pass")
    world.set_host()


@fault("no descriptor is left: clients hold all of them", seconds=3, clients=["VIP"])
def no_descriptors(world):
    pid = world.signpost.process.pid
    limit_descriptors(pid, descriptors(pid) + 100)
    held = idle_connections(world.vip, 200)
    yield
    for one in held:
        one.close()
    yield  # All get well, though nobody raised the limit.
    assert world.metric('signpost_vipd_sessions_ended_total{cause="descriptors"}') > 0
    limit_descriptors(pid, 20000)


@fault("no source port is left to one of the backends: strangers hold them all")
def no_port_to_one(world):
    yield from no_source_ports(world, world.agents[:1])


@fault("no source port is left to any backend", seconds=14, clients=["VIP"])
def no_port_to_any(world):
    yield from no_source_ports(world, world.agents)


def no_source_ports(world, agents):
    """Those of this network, of which there are few for once; clients take some of them, too, but to another place."""
    usual = PORT_RANGE.read_text()
    PORT_RANGE.write_text("61000 61199")
    taken = [one for agent in agents for one in take_ports(agent.address)]
    yield
    assert world.backends() == ["passing"] * 3, "it is no fault of theirs"
    log = world.signpost.process.output()
    assert any(f"backend={agent.address}:{PORT} cannot be tried: no source port is left; widen net.ipv4.ip_local_port_range"
               in log for agent in agents), log
    reset(taken)
    yield  # All get well, though nobody widened the range.
    PORT_RANGE.write_text(usual)


@fault("memory is short: its limit is lowered below what is used", seconds=3, clients=["VIP"])
def memory_short(world):
    world.limit_memory(1 << 20)
    wait_until(lambda: world.metric("signpost_memory_short ") == 1, "the shortage to be noticed")
    yield
    world.limit_memory(1 << 40)
    yield
    assert world.metric("signpost_memory_short ") == 0


# --- other name servers


@fault("the upstream resolver is cut off: what is sent to it is lost", seconds=15, clients=["new names elsewhere"], resolver=True)
def resolver_cut(world):
    world.resolver.cut()
    yield
    world.resolver.cut(False)


@fault("the upstream resolver answers 2.4 s late", seconds=15, resolver=True)
def resolver_far(world):
    world.resolver.wire.delay = 1.2
    yield
    world.resolver.wire.delay = 0.0


@fault("a secondary is cut off while the zone changes", seconds=10, secondary=True)
def secondary_cut(world):
    world.secondary.cut()
    world.marathon.start_task("/other", make_task("/other", "10.77.1.1", 1))
    wait_until(lambda: world.signpost.addresses("other.marathon.mesos"), "the change in our own zone")
    yield
    world.secondary.cut(False)
    begun = time.monotonic()
    wait_until(world.secondary_has_caught_up, "the secondary to have the change", limit=60)
    yield f"the secondary has the change {time.monotonic() - begun:.1f} s after it is back"
