"""A Mesos cluster as the source: tasks of any framework by name, the leader by ZooKeeper."""

import json

import pytest

from support.mesos import Master
from support.tools import free_ports, wait_until
from support.zookeeper import ZooKeeper


@pytest.fixture
def master():
    with_tasks = Master()
    yield with_tasks
    with_tasks.close()


@pytest.fixture
def zookeeper():
    server = ZooKeeper("/mesos")
    yield server
    server.close()


def follow(start, masters, **options):
    """A system without a Marathon."""
    sources = {"marathon": {"urls": []}, "mesos": {"masters": masters}}
    return start(marathon_url="none", options=sources, **options)


def info(master):
    address = {"ip": "127.0.0.1", "port": master.port, "hostname": "localhost"}
    return json.dumps({"address": address, "hostname": "localhost", "port": master.port}).encode()


def test_tasks_of_any_framework_have_names(start, master):
    master.add("job", 31005)
    system = follow(start, [f"http://127.0.0.1:{master.port}"])
    assert system.addresses("job.chronos.mesos") == ["127.0.0.2"]
    port = system.query("_job._tcp.chronos.mesos", "SRV").answer[0][0].port
    assert port == 31005
    master.add("other", 31006)
    wait_until(lambda: system.addresses("other.chronos.mesos") == ["127.0.0.2"], "a new task")
    master.end("job")
    wait_until(lambda: not system.addresses("job.chronos.mesos"), "the end of a task")


def test_zookeeper_names_the_leader_and_its_successor(start, zookeeper):
    first, second = Master(), Master()
    try:
        first.add("one", 31001)
        second.add("one", 31001)
        second.add("two", 31002)
        zookeeper.put("log_replicas", b"")
        zookeeper.put("json.info_0000000002", info(first))
        zookeeper.put("json.info_0000000007", info(second))
        system = follow(start, [f"zk://127.0.0.1:{zookeeper.port}/mesos"])
        assert system.addresses("one.chronos.mesos") == ["127.0.0.2"]
        assert system.addresses("two.chronos.mesos") == []
        zookeeper.remove("json.info_0000000002")
        first.close()
        wait_until(lambda: system.addresses("two.chronos.mesos") == ["127.0.0.2"], "the successor")
        assert system.addresses("one.chronos.mesos") == ["127.0.0.2"]
    finally:
        second.close()


def test_an_ensemble_that_does_not_answer_is_named(start):
    port = free_ports(1)[0]
    system = follow(start, [f"zk://127.0.0.1:{port}/mesos"], wait=False)
    wait_until(lambda: f"127.0.0.1:{port}" in system.process.output() or None, "a line about ZooKeeper")
    assert system.process.running()
