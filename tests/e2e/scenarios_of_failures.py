"""The scenarios in which something runs out, stalls, dies or is taken away."""

import ctypes
import os
import resource
import select
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

from support.proxies import Check, Unsupported
from support.tools import wait_until
from support.world import FIN, PATIENCE, RST, SILENCE, expect, in_thread, read_all, reset, scenario

libc = ctypes.CDLL(None, use_errno=True)


# --- clients and their bytes


def connecting(port):
    """Local ports of connections to that port that are not answered."""
    lines = Path("/proc/thread-self/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return {words[1] for words in fields if words[3] == "02" and words[2].endswith(f":{port:04X}")}


@scenario("S10", "a client resets while its backend is being connected: that attempt ends at once (within 5 of 20 s)")
def client_leaves_early(world):
    silent = world.silent()
    port = silent.getsockname()[1]
    world.start(silent, connect="20s")
    before = connecting(port)
    client = world.connect()
    wait_until(lambda: connecting(port) - before, "an attempt")
    reset(client)
    left = time.monotonic()
    wait_until(lambda: not connecting(port) - before, "the end of it", limit=PATIENCE)
    took = time.monotonic() - left
    assert took < 5, f"it went on for {took:.1f} s"


def memory_of(world):
    status = Path(f"/proc/{world.proxy.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1]) * 1024


def send_until_full(one):
    """What a sender gets rid of until nothing has fitted for 0.2 s."""
    one.setblocking(False)
    block, count = os.urandom(65536), 0
    while select.select([], [one], [], 0.2)[1]:
        try:
            count += one.send(block)
        except BlockingIOError:
            pass
    return count


@scenario("S11", "8 readers that do not read hold their senders back: the proxy keeps less than 128 KiB for each")
def slow_readers(world):
    listener = world.listener()
    world.start(listener)
    pairs = [world.pair(listener) for _ in range(8)]
    for client, backend in pairs:
        backend.sendall(b"x")
        assert client.recv(1) == b"x"
    before = memory_of(world)
    sent = [send_until_full(backend) for _, backend in pairs]
    each = (memory_of(world) - before) / len(pairs)
    assert max(sent) < 64 << 20, "nobody held the senders back"
    assert each < 128 << 10, f"{each / 1024:.0f} KiB each"
    for (client, backend), count in zip(pairs, sent):
        backend.close()
        got, end = read_all(client)
        assert (len(got), end) == (count, FIN), f"{len(got)} of {count} bytes arrived, then {end}"


# --- what runs out


def cpu_of(world):
    fields = Path(f"/proc/{world.proxy.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@scenario("S17", "descriptors run out: nobody spins, who is there goes on, and soon after some are back (within 3 s) all is well")
def no_descriptors(world):
    for spare in (10, 11):  # An odd one is missing at another place than an even one.
        no_descriptors_but(world, spare)


def no_descriptors_but(world, spare):
    listener = world.listener()
    world.start(listener)
    early, early_backend = world.pair(listener)
    process = world.proxy.process.pid
    used = max(int(fd.name) for fd in Path(f"/proc/{process}/fd").iterdir())
    limits = resource.prlimit(process, resource.RLIMIT_NOFILE)
    resource.prlimit(process, resource.RLIMIT_NOFILE, (used + spare, limits[1]))
    late = [world.knock() for _ in range(30)]
    spent, began = cpu_of(world), time.monotonic()
    early.sendall(b"still here")
    assert early_backend.recv(100) == b"still here"
    early.settimeout(0.5)
    try:
        assert not early.recv(1), "something came of itself"
        raise AssertionError("the early client was cut off")
    except TimeoutError:
        pass
    share = (cpu_of(world) - spent) / (time.monotonic() - began)
    assert share < 0.5, f"it span: {share:.0%} of a core"
    for one in filter(None, late):
        reset(one)
    resource.prlimit(process, resource.RLIMIT_NOFILE, limits)
    began = time.monotonic()
    client = world.connect()
    client.sendall(b"late")
    served_by_any(world, listener, b"late")
    took = time.monotonic() - began
    assert took < 3, f"served after {took:.1f} s"
    world.proxy.stop()
    world.proxy = None


def served_by_any(world, listener, word):
    """Waits for a backend's connection on which that word comes; earlier ones may be of clients that left."""
    while True:
        backend = world.accept(listener)
        try:
            if backend.recv(100) == word:
                return
        except ConnectionResetError:
            pass


@scenario("S18", "no source port is left to reach one of two backends: all clients get the other one")
def no_ports(world):
    in_own_network(no_ports_inside, world)


def in_own_network(play, world):
    """Plays it on a thread whose network is its own; so is that of all it starts."""
    def run():
        try:
            if libc.unshare(0x40000000) != 0:  # CLONE_NEWNET
                raise Unsupported("needs root")
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            play(world)
        except BaseException as wrong:  # pylint: disable=broad-except
            caught.append(wrong)

    caught = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if caught:
        raise caught[0]


def no_ports_inside(world):
    listeners = [world.listener(), world.listener()]
    world.start(*listeners)
    set_port_range("61000 61003")
    taken = [world.keep(socket.create_connection(listeners[0].getsockname())) for _ in range(4)]
    for _ in taken:
        world.accept(listeners[0])
    for number in range(4):
        client = world.keep(socket.socket())
        client.settimeout(PATIENCE)
        client.bind(("127.0.0.1", 62000 + number))
        client.connect(world.proxy.address)
        backend = world.accept(listeners[1])
        backend.sendall(b"served")
        backend.close()
        expect(client, b"served", FIN)


def set_port_range(text):
    """Of the network of this thread, which /proc/sys shows to whoever opens it."""
    Path("/proc/sys/net/ipv4/ip_local_port_range").write_text(text)


# --- what is taken away


def cut_off(one):
    """Nothing reaches that socket any more, and nobody is told: a filter drops all that comes (BPF_RET 0)."""
    program = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    one.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HL", 1, ctypes.addressof(program)))  # SO_ATTACH_FILTER


@scenario("S19", "a client is cut off without a word, keepalive is 1 s: its backend is told within 45 s")
def dead_peer(world):
    listener = world.listener()
    world.start(listener, keepalive="1s", idle="10m")
    client, backend = world.pair(listener)
    alive, other_backend = world.pair(listener)
    cut_off(client)
    backend.settimeout(45)
    assert read_all(backend)[1] != SILENCE, "it was not told"
    alive.sendall(b"still here")
    assert other_backend.recv(100) == b"still here"


@scenario("S27", "a backend is taken away under the policy \"close\": its 20 sessions are reset at once (within 3 s)")
def taken_away(world):
    listeners = [world.listener(), world.listener()]
    ports = [one.getsockname()[1] for one in listeners]
    world.start(*listeners, drain="close")
    sessions = world.sessions(listeners, 40)
    for client, backend in sessions[listeners[0]]:  # Who has said nothing could go to another one.
        client.sendall(b"x")
        assert backend.recv(1) == b"x"
    world.proxy.drain({ports[0]: "draining", ports[1]: "running"})
    began = time.monotonic()
    assert {read_all(client)[1] for client, _ in sessions[listeners[0]]} == {RST}
    took = time.monotonic() - began
    assert took < 3, f"after {took:.1f} s"
    for client, backend in sessions[listeners[1]]:
        client.sendall(b"x")
        assert backend.recv(1) == b"x"


@scenario("S28", "a backend drains: it gets no new client, and keeps those it has")
def drains(world):
    listeners = [world.listener(), world.listener()]
    ports = [one.getsockname()[1] for one in listeners]
    world.start(*listeners)
    sessions = world.sessions(listeners, 4)
    world.proxy.drain({ports[0]: "draining", ports[1]: "running"})
    for _ in range(10):
        world.served(listeners[1])
    for client, backend in sessions[listeners[0]] + sessions[listeners[1]]:
        client.sendall(b"still here")
        assert backend.recv(100) == b"still here"


@scenario("S29", "3000 updates of the backends, as fast as they are taken: no client fails meanwhile")
def updates(world):
    backends = Backends(world, [0] * 3)
    ports = [one.getsockname()[1] for one in backends.listeners]
    world.start(*backends.listeners, workers=2)
    over, served, failed = threading.Event(), [0], []

    def clients():
        while not over.is_set():
            try:
                with socket.create_connection(world.proxy.address, timeout=PATIENCE) as one:
                    assert read_all(one) == (b"x", FIN)
                served[0] += 1
            except (OSError, AssertionError) as wrong:
                failed.append(wrong)

    threads = [threading.Thread(target=clients) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(3000):
        states = dict.fromkeys(ports, "running")
        states[ports[turn % 3]] = "draining"
        world.proxy.update(states)
    over.set()
    for thread in threads:
        thread.join(2 * PATIENCE)
    assert not failed, f"{len(failed)} of {served[0] + len(failed)} clients failed"
    assert served[0] > 0, "nobody was served"


class FlappingCheck:
    """Answers each other GET with 200, and those between with 503."""

    def __init__(self, world):
        self.listener, self.asked = world.listener(), 0
        in_thread(self.run)

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                connection.recv(4096)
                status = b"503 Service Unavailable" if self.asked % 2 else b"200 OK"
                connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
            self.asked += 1


@scenario("S34", "every other check fails (up after 2, down after 3): the backend stays as it is")
def check_flaps(world):
    listener, check = world.listener(), FlappingCheck(world)
    world.start(listener, check=Check(check.listener.getsockname()[1], "http", rise=2, fall=3))
    world.proxy.wait_backends("passing", 1)
    wait_until(lambda: check.asked >= 2, "checks")
    before = world.proxy.flips()
    wait_until(lambda: check.asked >= 22, "20 checks")
    assert world.proxy.flips() == before, "it went down and came up again"
    world.served(listener)


@scenario("S33", "the checks of all backends fail at once though they serve: clients are served all the same")
def all_checks_fail(world):
    listener, check = world.listener(), world.listener()
    world.start(listener, check=Check(check.getsockname()[1]))
    world.proxy.wait_backends("passing", 1)
    world.served(listener)
    check.close()
    world.proxy.wait_backends("failing", 1)
    world.served(listener)


@scenario("S35", "a backend that refused comes back: within 15 s it gets clients again")
def comes_back(world):
    alive, dead = world.listener(), world.refusing()
    world.start(alive, dead)
    for _ in range(4):
        world.served(alive)
    dead.listen(128)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        world.connect().close()
        ready = select.select([alive, dead], [], [], 0.1)[0]
        if alive in ready:
            world.accept(alive).close()
        if dead in ready:
            return
    raise AssertionError("it got none")


# --- who is slow, stalls or dies


class Backends:
    """Say "x" to each client, some after a while, and count."""

    def __init__(self, world, delays):
        self.counts = [0] * len(delays)
        self.listeners = [world.listener() for _ in delays]
        for place, delay in enumerate(delays):
            in_thread(self.run, place, delay)

    def run(self, place, delay):
        while True:
            connection, _ = self.listeners[place].accept()
            self.counts[place] += 1
            threading.Timer(delay, self.answer, [connection]).start() if delay else self.answer(connection)

    @staticmethod
    def answer(connection):
        connection.sendall(b"x")
        connection.close()


@scenario("S36", "one of ten backends takes 0.2 s, the others no time: it gets less than 3 % of 1000 clients")
def one_is_slow(world):
    backends = Backends(world, [0.2] + [0] * 9)
    world.start(*backends.listeners, **({"balance": "two-choices"} if world.proxy_class.name == "vipd" else {}))

    def clients():
        for _ in range(100):
            with socket.create_connection(world.proxy.address, timeout=PATIENCE) as one:
                read_all(one)

    for thread in [in_thread(clients) for _ in range(10)]:
        thread.join(4 * PATIENCE)
    assert sum(backends.counts) == 1000, f"{sum(backends.counts)} of 1000 were served"
    share = backends.counts[0] / 1000
    assert share < 0.03, f"it got {share:.1%}"


def stall_a_worker(world):
    """Stops one of the two workers; returns how to let it go on."""
    pid = world.proxy.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    if len(children) == 2:  # nginx
        victim = int(children[0])
    else:
        threads = [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]
        names = {thread: Path(f"/proc/{pid}/task/{thread}/comm").read_text() for thread in threads}
        workers = [thread for thread in sorted(threads) if world.proxy.name != "vipd" or "vipd-" in names[thread]]
        victim = workers[0]
    if libc.ptrace(16, victim, None, None) != 0:  # PTRACE_ATTACH stops one thread only.
        raise Unsupported("needs the right to trace")
    os.waitpid(victim, 0x40000000)  # __WALL
    return lambda: libc.ptrace(17, victim, None, None)


@scenario("S37", "one of two workers stalls: others of 40 clients are served meanwhile, and all when it goes on")
def a_worker_stalls(world):
    listener = world.listener()
    world.start(listener, workers=2)
    world.served(listener)
    go_on = stall_a_worker(world)
    try:
        clients = [world.connect() for _ in range(40)]
        for client in clients:
            client.sendall(b"x")
        served = accept_all(world, listener, 1)
    finally:
        go_on()
    assert served > 0, "nobody was served"
    while served < 40:
        more = accept_all(world, listener, PATIENCE)
        assert more, f"only {served} were served in the end"
        served += more


def accept_all(world, listener, patience):
    count = 0
    while select.select([listener], [], [], patience)[0]:
        world.accept(listener)
        count += 1
    return count


@scenario("S38", "kill -9: clients are refused at once (within 3 s), and served again by the next one")
def killed(world):
    listener = world.listener()
    world.start(listener, port=free_port())
    world.pair(listener)
    address = world.kill()
    began = time.monotonic()
    try:
        socket.create_connection(address, timeout=PATIENCE)
        raise AssertionError("somebody accepted")
    except ConnectionRefusedError:
        took = time.monotonic() - began
    assert took < 3, f"refused after {took:.1f} s"
    world.proxy = world.again()
    world.served(listener)


def echo(listener):
    while True:
        in_thread(echo_one, listener.accept()[0])


def echo_one(client):
    with client:
        while got := client.recv(4096):
            client.sendall(got)


def ask(client, word):
    client.sendall(word)
    assert client.recv(len(word), socket.MSG_WAITALL) == word


@scenario("S30", "five upgrades amid 20 long sessions and many short ones: none fails, one process is left")
def upgraded(world):
    listener = world.listener()
    listener.settimeout(None)
    in_thread(echo, listener)
    world.start(listener)
    address, ended, failures = world.proxy.address, threading.Event(), []

    def knock():
        while not ended.is_set():
            try:
                with socket.create_connection(address, timeout=PATIENCE) as client:
                    ask(client, b"short")
            except (OSError, AssertionError) as error:
                failures.append(repr(error))

    sessions = [world.connect() for _ in range(20)]
    knockers = [in_thread(knock) for _ in range(2)]
    try:
        for number in range(5):
            for client in sessions:
                ask(client, b"long %d" % number)
            world.proxy.renew()
        for client in sessions:
            ask(client, b"to the end")
    finally:
        ended.set()
        for knocker in knockers:
            knocker.join()
    assert not failures, f"{len(failures)} failed, the first: {failures[0]}"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
