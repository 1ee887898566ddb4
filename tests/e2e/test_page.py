"""The status page: its files as they are served, and what people see of it in a browser (tests/page/)."""

import json
import os
import re
import shlex
import shutil
import subprocess

import pytest

from support.fake_marathon import FakeMarathon, make_app
from support.tools import SOURCE, http, run, wait_until

FOLDER = SOURCE / "tests/page"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
TOKEN = "a token of ours"
HOSTILE = "/<img src=x onerror=alert(1)>"


def missing():
    """Why no browser can be driven here, or None."""
    if not shutil.which("node"):
        return "node is missing: apt-get install nodejs (or ./dev setup test)"
    if not os.path.exists(CHROMIUM):
        return "chromium is missing: apt-get install chromium (or ./dev setup test)"
    if not (FOLDER / "node_modules/playwright-core").is_dir():
        return "playwright-core is missing: npm ci --prefix tests/page (or ./dev test e2e)"
    return None


@pytest.fixture
def tell():
    """Runs one story of tests/page/stories/ in a browser, with what it has to know; returns what it printed."""
    reason = missing()
    if reason and not os.environ.get("CI"):
        pytest.skip(reason)
    assert not reason, reason

    def tell_one(name, **place):
        done = subprocess.run(["node", FOLDER / f"stories/{name}.mjs", json.dumps(place)], capture_output=True, text=True,
                              timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return tell_one


# --- as it is served

def test_the_page_is_served_with_a_strict_policy(system):
    page = http("GET", system.admin + "/")
    assert page.status == 200 and page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff" and page.headers["X-Frame-Options"] == "DENY"
    assert http("POST", system.admin + "/", b"").status == 405
    assert http("GET", system.admin + "/page/none.js").status == 404


def test_every_file_it_names_is_served_and_kept(system):
    """From the page on, through what each file loads; a browser that has one is told so."""
    seen, left = set(), [""]
    while left:
        path = left.pop()
        seen.add(path)
        answer = http("GET", f"{system.admin}/{path}")
        assert answer.status == 200, path
        again = http("GET", f"{system.admin}/{path}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status, again.text) == (304, ""), path
        if path.endswith(".mjs"):
            base = path.rsplit("/", 1)[0]
            named = [os.path.normpath(f"{base}/{to}") for to in re.findall(r'from "(\..*?)"', answer.text)]
        else:
            named = re.findall(r'(?:href|src)="([^#"]+)"', answer.text)
        left += [one for one in named if one not in seen]
    files = {f"page/{path.relative_to(SOURCE / 'admin/page')}" for path in (SOURCE / "admin/page").rglob("*.*")}
    assert seen == files - {"page/index.html"} | {""}


def test_nothing_of_it_is_inline_or_elsewhere():
    for path in (SOURCE / "admin/page").rglob("*.*"):
        text = path.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function", text), path
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", re.sub(r"`http://\$", "", text)), path
    index = (SOURCE / "admin/page/index.html").read_text()
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*src)", index)


# --- what it asks

def test_names_of_an_app(system):
    system.post({"id": "/web", "cmd": "exec sleep 1000", "instances": 2,
                 "portDefinitions": [{"port": 0, "labels": {"VIP_0": "/web:8000"}}]})
    system.wait_tasks("web", 2)

    def names(count):
        answer = http("GET", system.admin + "/v1/names?app=/web&framework=marathon")
        listed = {(name["name"], name["type"]): name["values"] for name in answer.json().get("names", [])}
        return answer if len(listed.get(("_web._tcp.marathon.mesos.", "SRV"), [])) == count else None

    told = wait_until(lambda: names(2), "the names of both tasks").json()
    listed = [(name["name"], name["type"]) for name in told["names"]]
    assert listed[0][0] in ("web.marathon.mesos.", "_web._tcp.marathon.mesos.")  # Those of both come first.
    assert ("web.marathon.l4lb.thisdcos.directory.", "A") in listed
    assert told["servers"] == [{"address": system.dns[0], "port": system.dns[1]}] and told["more"] == 0
    for name in told["names"]:
        found = system.addresses(name["name"], name["type"])
        assert len(found) == len(name["values"]), name
    assert http("GET", system.admin + "/v1/names?app=/none").status == 404
    for query in ("", "?app="):
        refused = http("GET", system.admin + "/v1/names" + query)
        assert refused.status == 400 and refused.json()["error"].startswith("app:")


def test_traffic_is_that_of_the_metrics(system):
    system.post({"id": "/counted", "instances": 1, "container": {
        "type": "DOCKER", "docker": {"image": "mhausenblas/simpleservice:0.3.0", "network": "HOST"}},
        "portDefinitions": [{"port": 0, "labels": {"VIP_0": "/counted:8000"}}]})
    address = system.vip("counted.marathon")
    wait_until(lambda: answers_there(address), "the VIP answers")
    before = traffic(system)
    for _ in range(5):
        run("curl", "-sS", "--noproxy", "*", f"http://{address}:8000/endpoint0")
    vip = wait_until(lambda: traffic(system)["open"] == 0 and traffic(system), "no open connection")
    pool = vip["pools"][0]
    assert vip["connections"] == before["connections"] + 5
    assert vip["id"] == "counted.marathon:8000/tcp" and pool["pool"] == "/counted"
    assert pool["connections"] == sum(backend["connections"] for backend in pool["backends"])
    assert f'signpost_vipd_connections_total{{vip="{vip["id"]}"}} {vip["connections"]}' in system.metrics()


def traffic(system):
    return http("GET", system.admin + "/v1/traffic").json()["vips"][0]


def answers_there(address):
    try:
        return http("GET", f"http://{address}:8000/endpoint0").status == 200
    except OSError:
        return False


# --- in a browser

def test_its_logic():
    """What of it needs no browser."""
    if not shutil.which("node") and not os.environ.get("CI"):
        pytest.skip("node is missing: apt-get install nodejs (or ./dev setup test)")
    done = subprocess.run(["node", "--test", *sorted(FOLDER.glob("*.test.mjs"))], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_deployment_is_watched_as_it_goes_through(system, tell):
    lines = json.loads(tell("deployment", admin=system.admin, marathon=system.marathon))
    digs = [shlex.split(line) for line in lines if line.startswith("dig ")]
    curls = [shlex.split(line) for line in lines if line.startswith("curl ")]
    assert len(digs) >= 5 and len(curls) == 1
    for dig in digs:
        assert "status: NOERROR" in run(*dig) and "ANSWER: 0" not in run(*dig), dig
    assert run(*curls[0], "--noproxy", "*", "-sS")


@pytest.mark.parametrize("story", ["rollout", "drain"])
def test_changes_need_the_token(start, tmp_path, tell, story):
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    system = start(options={"admin": {"token_file": str(token)}})
    tell(story, admin=system.admin, marathon=system.marathon, token=TOKEN)


def test_reasons_are_told_where_they_are_asked_for(system, tell):
    tell("why", admin=system.admin, marathon=system.marathon)


def test_ten_thousand_tasks_are_searched(start, tmp_path, tell):
    services = {f"app-{i:04}": {"app": f"/app-{i:04}", "ports": [80], "endpoints": [
        {"address": f"10.2.{i // 8}.{i % 8 * 8 + j}", "ports": [31000]} for j in range(8)]} for i in range(1000)}
    services["crowd"] = {"app": "/crowd", "ports": [80], "endpoints": [
        {"address": f"10.3.{i // 250}.{i % 250}", "ports": [31000]} for i in range(2000)]}
    path = tmp_path / "services.yaml"
    path.write_text(json.dumps({"services": services}))
    system = start(role="dnsd", options={"file": {"path": str(path)}, "marathon": {"urls": []}})
    tell("many", admin=system.admin)


def test_what_apps_call_themselves_stays_text(start, tell):
    """Ids and versions come from whoever deploys."""
    version = "<script>alert(2)</script>"
    app = make_app(HOSTILE, ["10.0.0.1"], version=version)
    app["tasks"][0]["version"] = version
    marathon = FakeMarathon(app)
    try:
        system = start(marathon_url=marathon.url)
        tell("hostile", admin=system.admin, hostile=HOSTILE, hostile_version=version)
    finally:
        marathon.stop()
