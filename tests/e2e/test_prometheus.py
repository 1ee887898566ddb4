"""Prometheus as a client: it scrapes /metrics, and discovers through DNS and through Marathon."""

import json
import re
import subprocess

import pytest
import yaml

from support.signpost import Process
from support.tools import SOURCE, answers, client, free_ports, http, run, wait_until

APP = {
    "id": "/web",
    "instances": 2,
    "container": {"type": "DOCKER", "docker": {"image": "mhausenblas/simpleservice:0.3.0", "network": "HOST"}},
    "portDefinitions": [{"name": "http", "labels": {"VIP_0": "/web:8000"}}],
}


def test_metrics_are_well_formed(system):
    system.post(APP)
    vip = system.vip("web.marathon")
    wait_until(lambda: answers(f"http://{vip}:8000/endpoint0"), "the VIP answers")
    promtool = client("promtool", "prometheus")
    run(promtool, "check", "metrics", input=system.metrics())


RULES = SOURCE / "packaging/prometheus"
DASHBOARD = SOURCE / "packaging/grafana/signpost.json"


def test_the_alert_rules_hold_what_they_say():
    run(client("promtool", "prometheus"), "test", "rules", "alerts_test.yml", cwd=RULES)


def test_rules_and_dashboard_ask_for_metrics_that_exist(system):
    system.post(APP)
    vip = system.vip("web.marathon")
    wait_until(lambda: answers(f"http://{vip}:8000/endpoint0"), "the VIP answers")
    told = set(re.findall(r"^# TYPE (\S+)", system.metrics(), re.M))
    for source in SOURCE.glob("[a-z]*/**/*.cc"):  # Some appear only once there is something to tell.
        told |= set(re.findall(r'"(signpost_\w+)"', source.read_text()))
    rules = yaml.safe_load((RULES / "alerts.yml").read_text())["groups"][0]["rules"]
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = [rule["expr"] for rule in rules] + [t["expr"] for panel in panels for t in panel.get("targets", [])]
    names = {name.removesuffix("_bucket") for text in asked for name in re.findall(r"(?:signpost|process)_\w+", text)}
    assert names and names <= told, names - told


def start_prometheus(tmp_path, config, prefix=()):
    (port,) = free_ports(1)
    path = tmp_path / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    run(client("promtool", "prometheus"), "check", "config", str(path))
    process = subprocess.Popen(
        [*prefix, client("prometheus", "prometheus"), f"--config.file={path}",
         f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{port}"],
        stdout=open(tmp_path / "prometheus.log", "wb"), stderr=subprocess.STDOUT)
    return process, f"http://127.0.0.1:{port}"


def targets(url):
    """Active targets by job; none while Prometheus is starting."""
    try:
        active = http("GET", url + "/api/v1/targets?state=active", timeout=2).json()["data"]["activeTargets"]
    except (OSError, json.JSONDecodeError):
        return {}
    found = {}
    for target in active:
        found.setdefault(target["labels"]["job"], []).append(target)
    return found


def test_prometheus_scrapes_and_discovers_from_marathon(system, tmp_path):
    system.post(APP)
    tasks = system.wait_tasks("/web", 2)
    process, url = start_prometheus(tmp_path, {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [
            {"job_name": "signpost", "static_configs": [{"targets": [system.admin.removeprefix("http://")]}]},
            {"job_name": "apps", "metrics_path": "/endpoint0",
             "marathon_sd_configs": [{"servers": [system.marathon], "refresh_interval": "1s"}]},
        ]})
    try:
        wait_until(lambda: [t["health"] for t in targets(url).get("signpost", [])] == ["up"], "scrape")
        expected = {f"{t['host']}:{t['ports'][0]}" for t in tasks}
        wait_until(lambda: {t["labels"]["instance"] for t in targets(url).get("apps", [])} == expected,
                   "targets from Marathon")

        def value_of(metric):
            results = http("GET", f"{url}/api/v1/query?query={metric}").json()["data"]["result"]
            return results and results[0]["value"][1]

        wait_until(lambda: value_of("signpost_watcher_tasks") == "2", "a scraped metric")
    finally:
        process.terminate()
        process.wait(30)


def test_prometheus_discovers_through_dns(namespace, tmp_path):
    """Prometheus asks the host's resolver only, at port 53: so it gets a host of its own."""
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\n")
    namespace.use_resolver(resolv)
    config = tmp_path / "demo.yaml"
    config.write_text("dns: {listen: ['127.0.0.1:53']}\nvip: {service_address: 127.0.0.1}\n")
    demo = Process(["demo", "-c", config], tmp_path / "demo.log", prefix=namespace.prefix)
    prometheus, url = start_prometheus(tmp_path, {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [
            {"job_name": "srv", "metrics_path": "/endpoint0", "dns_sd_configs": [
                {"names": ["_sise._tcp.marathon.mesos"], "type": "SRV", "refresh_interval": "1s"}]},
            {"job_name": "a", "metrics_path": "/endpoint0", "dns_sd_configs": [
                {"names": ["sise.marathon.mesos"], "type": "A", "port": 31000, "refresh_interval": "1s"}]},
        ]}, prefix=namespace.prefix)

    def discovered(job):
        try:
            found = json.loads(namespace.get(url + "/api/v1/targets?state=active"))
        except json.JSONDecodeError:
            return []
        return [t["labels"]["instance"] for t in found["data"]["activeTargets"] if t["labels"]["job"] == job]

    try:
        (by_srv,) = wait_until(lambda: discovered("srv"), "targets from SRV records")
        (by_a,) = wait_until(lambda: discovered("a"), "targets from A records")
        host, port = by_srv.split(":")
        assert host.startswith("sise-") and host.rstrip(".").endswith(".marathon.mesos") and int(port) >= 31000
        assert by_a.startswith("127.0.0.") and by_a.endswith(":31000")
    finally:
        prometheus.terminate()
        prometheus.wait(30)
        demo.stop()
        print(demo.output())
