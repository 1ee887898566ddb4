"""The description of the API is what is served: every path, method and answer of it, and nothing else."""

import copy
import json
import re
import urllib.request

import jsonschema
import pytest
import yaml

from support.tools import SOURCE, http
from test_rollouts import TOKEN, Shop, options  # noqa: F401

FILE = SOURCE / "docs/reference/openapi.yaml"
API = yaml.safe_load(FILE.read_text())

# Called in this order, so that each finds what it is about.
ORDER = ["weigh", "unweigh", "switch", "start_rollout", "pause_rollout", "resume_rollout", "abort_rollout",
         "drain", "undrain"]


def operations():
    """(path, method, operation) of everything in the file; what changes something last."""
    found = [(path, method, operation) for path, methods in API["paths"].items()
             for method, operation in methods.items()]
    return sorted(found, key=lambda one: ORDER.index(one[2]["operationId"])
                  if one[2]["operationId"] in ORDER else -1)


def resolved(node):
    """With what a $ref stands for."""
    while "$ref" in node:
        target = API
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def strict(schema):
    """The schema with its references, in which nothing may be that it does not mention."""
    schema = copy.deepcopy({**schema, "components": API["components"]})

    def close(node):
        if isinstance(node, dict):
            if isinstance(node.get("properties"), dict) and node.get("type") == "object":
                node.setdefault("additionalProperties", False)
            for child in node.values():
                close(child)
        elif isinstance(node, list):
            for child in node:
                close(child)

    close(schema)
    return schema


def validate(value, schema):
    jsonschema.Draft202012Validator(strict(schema)).validate(value)


def url_of(path, operation):
    """With the examples of its parameters."""
    query = []
    for parameter in map(resolved, operation.get("parameters", [])):
        if "example" not in parameter:
            continue
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
        else:
            query.append(f"{parameter['name']}={parameter['example']}")
    return path + ("?" + "&".join(query) if query else "")


def first_event(url):
    """The data of the first event of a stream."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                return stream.headers, json.loads(line.removeprefix(b"data: "))


@pytest.fixture
def shop(start, options):  # noqa: F811
    shop = Shop(start(options=options), options["admin"]["token_file"])
    shop.add("green")
    return shop


def call(shop, path, method, operation):
    url = shop.system.admin + url_of(path, operation)
    if "text/event-stream" in operation["responses"]["200"]["content"]:
        headers, event = first_event(url)
        return 200, headers, json.dumps(event)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    answer = http(method.upper(), url, body, headers={"Authorization": f"Bearer {TOKEN}"} if body else None)
    return answer.status, answer.headers, answer.text


def check(operation, status, headers, text):
    """The answer stands in the description, with its type and its shape."""
    content = resolved(operation["responses"][str(status)])["content"]
    kind = headers["Content-Type"].split(";")[0]
    assert kind in content, (operation["operationId"], kind)
    value = {"application/yaml": yaml.safe_load, "text/plain": str, "text/html": str}.get(kind, json.loads)(text)
    validate(value, content[kind]["schema"])


def test_every_operation_answers_as_described(shop):
    for path, method, operation in operations():
        status, headers, text = call(shop, path, method, operation)
        assert status == 200, f"{method} {path}: {status} {text}"
        check(operation, status, headers, text)


def test_a_rollout_is_described(shop):
    call(shop, "/v1/rollouts", "post", API["paths"]["/v1/rollouts"]["post"])
    shown = API["paths"]["/v1/rollouts"]["get"]
    status, headers, text = call(shop, "/v1/rollouts", "get", shown)
    assert json.loads(text)["rollouts"]
    check(shown, status, headers, text)


@pytest.mark.parametrize("asked", ["name=none.marathon.mesos", "name=example.com", "name=shop.marathon.l4lb.thisdcos.directory",
                                   "vip=shop.marathon:80", "service=/green"])
def test_every_explanation_is_described(shop, asked):
    shown = API["paths"]["/v1/explain"]["get"]
    answer = http("GET", f"{shop.system.admin}/v1/explain?{asked}")
    assert answer.status == 200, answer.text
    check(shown, answer.status, answer.headers, answer.text)


def test_refusals_are_described(shop):
    for path, method, operation in operations():
        for parameter in map(resolved, operation.get("parameters", [])):
            if parameter["name"] not in ("since", "app", "wait"):
                continue
            answer = http(method.upper(), f"{shop.system.admin}{path}?{parameter['name']}=")
            assert answer.status == 400 and parameter["name"] + ":" in answer.json()["error"]
            check(operation, answer.status, answer.headers, answer.text)
        if "requestBody" not in operation:
            continue
        for body, token, expected in [({}, None, 401), ({}, TOKEN, 400)]:
            answer = shop.change(method.upper(), path, body, token=token)
            assert answer.status == expected, f"{method} {path}: {answer.text}"
            check(operation, answer.status, answer.headers, answer.text)


def served_routes(system):
    """What the server says there is, in the words of the file."""
    told = http("GET", system.admin + "/none")
    assert told.status == 404 and "no such page" in told.json()["error"]
    routes = set()
    for path, methods in told.json()["pages"].items():
        name = "host" if "hosts" in path else "service"
        path = re.sub("<name>", f"{{{name}}}", path)
        routes |= {(path, method.lower()) for method in methods if method != "HEAD"}
    return routes


def test_every_route_is_described_and_the_reverse(system):
    assert served_routes(system) == {(path, method) for path, method, _ in operations()}


def test_other_methods_are_told_which_there_are(system):
    for path in API["paths"]:
        url = system.admin + path.replace("{host}", "a").replace("{service}", "a")
        refused = http("PATCH", url)
        allowed = set(refused.headers["Allow"].lower().split(", ")) - {"head"}
        assert refused.status == 405 and allowed == set(API["paths"][path]), path
        assert "only " in refused.json()["error"]


def test_the_file_itself_is_served(system):
    assert http("GET", system.admin + "/openapi.yaml").text == FILE.read_text()
