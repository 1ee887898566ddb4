"""Clients that find an app in different ways, at the same steady rate, and forgive nothing."""

import http.client
import json
import random
import threading
import time
from collections import namedtuple

import dns.message
import dns.query
import dns.rdatatype

from load import turns

Call = namedtuple("Call", "at took failure task")  # Seconds since the epoch of monotonic(); "" if it went well.

TIMEOUT = 1.0  # Seconds, to connect and to answer each.


class Client:
    """Threads that call /endpoint0 wherever place() says, each call over a new connection."""

    def __init__(self, name, place, threads=4, rate=80.0):
        self.name, self._place = name, place
        self._pause = threads / rate
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._calls = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def since(self, begin):
        with self._lock:
            return [call for call in self._calls if call.at >= begin]

    def _run(self):
        for _ in turns(self._stopped, self._pause, first=random.random() * self._pause):
            begun = time.monotonic()
            failure, task = self._call()
            with self._lock:
                self._calls.append(Call(begun, time.monotonic() - begun, failure, task))

    def _call(self):
        try:
            host, port = self._place()
            connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
            try:
                connection.request("GET", "/endpoint0")
                answer = connection.getresponse()
                answer.read()
                return "" if answer.status == 200 else str(answer.status), answer.getheader("X-Task-Id", "")
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, LookupError) as error:
            return type(error).__name__, ""


class Held:
    """What look() found, for so many seconds: a cache of its own for each client."""

    def __init__(self, look, seconds):
        self._look, self._seconds = look, seconds
        self._lock = threading.Lock()
        self._found, self._until = None, 0.0

    def get(self):
        with self._lock:
            if self._found is None or time.monotonic() >= self._until:
                self._found = self._look()
                self._until = time.monotonic() + self._seconds
            return self._found


def ask(server, name, rdtype):
    reply = dns.query.udp(dns.message.make_query(name, rdtype), server[0], port=server[1], timeout=2)
    return reply


def by_address(server, name, port, seconds):
    """A and a port that everybody knows."""
    held = Held(lambda: [r.to_text() for s in ask(server, name, "A").answer for r in s], seconds)
    return lambda: (random.choice(held.get()), port)


def by_service(server, name, seconds):
    """SRV, and the addresses that come with it."""
    def look():
        reply = ask(server, name, "SRV")
        where = {s.name: s[0].to_text() for s in reply.additional if s.rdtype == dns.rdatatype.A}
        return [(where[r.target], r.port) for s in reply.answer for r in s]

    held = Held(look, seconds)
    return lambda: random.choice(held.get())


def by_api(admin, app, seconds):
    """The list of passing endpoints, from the API."""
    def look():
        host, _, port = admin.removeprefix("http://").partition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=2)
        connection.request("GET", "/v1/services")
        services = json.loads(connection.getresponse().read())["services"]
        connection.close()
        passing = [endpoint for s in services if s["app"] == app for t in s["tasks"]
                   for p in t["ports"] if p["passing"] for endpoint in p["endpoints"]]
        return [(host, int(port)) for host, _, port in (e.rpartition(":") for e in passing)]

    held = Held(look, seconds)
    return lambda: random.choice(held.get())
