#!/usr/bin/env python3
"""Constant HTTP load that forgives nothing: every call that fails counts, none is tried again.

    load = Load("11.0.0.7", 80, "/endpoint0", threads=8)
    load.start()
    ...
    print(load.stop())

On the command line, for 10 seconds or until interrupted; the exit status is 1 if a call failed:

    load.py 11.0.0.7:80 --path /endpoint0 --threads 8 --seconds 10
"""

import argparse
import http.client
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone


@dataclass(frozen=True)
class Kind:
    """How a client calls."""

    name: str
    keeps: bool = False  # Its connection, for as long as the server lets it; else a new one a call.
    path: str | None = None  # Another than the load's.
    upload: int = 0  # Bytes to send with each call, in `parts` ...
    parts: int = 20
    seconds: float = 0.0  # ... spread over that time.

    def body(self):
        for _ in range(self.parts):
            yield bytes(self.upload // self.parts)
            time.sleep(self.seconds / self.parts)


NEW, KEPT = Kind("new"), Kind("kept", keeps=True)


@dataclass(frozen=True)
class Failure:
    """One call that failed; times are those of time.monotonic()."""

    kind: str
    reason: str
    began: float
    ended: float


def wall_clock(moment):
    """A time of time.monotonic() as logs tell it."""
    at = datetime.now(timezone.utc) - timedelta(seconds=time.monotonic() - moment)
    return at.isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Snapshot:
    """What has happened so far; never changes."""

    calls: int = 0
    seconds: float = 0.0
    slowest: float = 0.0  # Seconds of the slowest answer.
    failures: dict = field(default_factory=dict)  # Reason -> calls.
    by_task: dict = field(default_factory=dict)  # X-Task-Id of the answer ("" without) -> calls.
    by_kind: dict = field(default_factory=dict)  # Name of the kind -> calls.
    failed_calls: tuple = ()  # The first thousand failures, one by one.

    @property
    def failed(self):
        return sum(self.failures.values())

    def __str__(self):
        lines = [f"calls={self.calls} failed={self.failed} seconds={self.seconds:.1f} "
                 f"slowest_ms={self.slowest * 1000:.0f}"]
        lines += [f"failure count={count} reason={reason!r}"
                  for reason, count in sorted(self.failures.items())]
        lines += [f"failed at={wall_clock(call.ended)} kind={call.kind} after_ms={(call.ended - call.began) * 1000:.0f} "
                  f"reason={call.reason!r}" for call in self.failed_calls[:20]]
        lines += [f"called count={count} kind={kind}" for kind, count in sorted(self.by_kind.items())]
        lines += [f"answered count={count} task={task!r}"
                  for task, count in sorted(self.by_task.items())]
        return "\n".join(lines)


def turns(stopped, pause, first=0.0):
    """One turn each `pause` seconds, until it is stopped; the first after `first`.

    A slow turn lowers the rate for a moment; it is not caught up with a burst.
    """
    due = time.monotonic() + first
    while not stopped.wait(max(0.0, due - time.monotonic())):
        due = max(due + pause, time.monotonic())
        yield


class Load:
    """Threads that call one URL at a steady rate, each as its kind says; the kinds take turns. A
    kept connection that the server said it would close is not a failure; one that it closes
    without a word is.
    """

    def __init__(self, host, port, path="/", threads=8, rate=400.0, timeout=5.0, kinds=(KEPT, NEW)):
        """rate: calls per second of all threads together. timeout: seconds, of each step of a call.
        """
        self._address = (host, port)
        self._path = path
        self._timeout = timeout
        self._pause = threads / rate
        self._threads = [threading.Thread(target=self._run, args=(kinds[i % len(kinds)],), daemon=True)
                         for i in range(threads)]
        self._stopped = threading.Event()
        self._begun = time.monotonic()
        self._lock = threading.Lock()  # For all below.
        self._calls = 0
        self._slowest = 0.0
        self._failures = Counter()
        self._by_task = Counter()
        self._by_kind = Counter()
        self._failed_calls = []

    def start(self):
        self._begun = time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Lets the calls under way end and returns what has happened."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        return self.snapshot()

    def snapshot(self):
        with self._lock:
            return Snapshot(self._calls, time.monotonic() - self._begun, self._slowest,
                            dict(self._failures), dict(self._by_task), dict(self._by_kind),
                            tuple(self._failed_calls))

    def _run(self, kind):
        connection = http.client.HTTPConnection(*self._address, timeout=self._timeout)
        for _ in turns(self._stopped, self._pause):
            self._call(connection, kind)
        connection.close()

    def _call(self, connection, kind):
        begun = time.monotonic()
        try:
            # Connects first where there is no connection; after "Connection: close" there is none.
            self._request(connection, kind)
            answer = connection.getresponse()
            answer.read()
            if not kind.keeps:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return self._count(kind, begun, failure=f"{type(error).__name__}: {error}")
        failure = None if answer.status < 400 else f"status {answer.status}"
        self._count(kind, begun, failure, answer.getheader("X-Task-Id", ""))

    def _request(self, connection, kind):
        path = kind.path or self._path
        if not kind.upload:
            return connection.request("GET", path)
        size = kind.upload // kind.parts * kind.parts
        connection.request("POST", path, kind.body(), {"Content-Length": str(size)})

    def _count(self, kind, begun, failure, task=None):
        ended = time.monotonic()
        with self._lock:
            self._calls += 1
            self._by_kind[kind.name] += 1
            self._slowest = max(self._slowest, ended - begun)
            if failure is not None:
                self._failures[failure] += 1
                if len(self._failed_calls) < 1000:
                    self._failed_calls.append(Failure(kind.name, failure, begun, ended))
            if task is not None:
                self._by_task[task] += 1


def main():
    parser = argparse.ArgumentParser(description="Constant HTTP load that counts every failure.")
    parser.add_argument("address", help="host:port, e.g. 127.0.0.1:8000 or [::1]:8000")
    parser.add_argument("--path", default="/")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--rate", type=float, default=400.0, help="calls per second, all together")
    parser.add_argument("--timeout", type=float, default=5.0, help="seconds, of each step of a call")
    parser.add_argument("--seconds", type=float, default=None, help="default: until interrupted")
    options = parser.parse_args()
    host, _, port = options.address.rpartition(":")
    if not host or not port.isdigit():
        parser.error(f"'{options.address}' is not host:port")

    load = Load(host.strip("[]"), int(port), options.path, options.threads, options.rate,
                options.timeout)
    load.start()
    try:
        threading.Event().wait(options.seconds)
    except KeyboardInterrupt:
        pass
    report = load.stop()
    print(report)
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
