#!/usr/bin/env python3
"""Follows where an app is reached: a line whenever that changes.

    discover.py http://127.0.0.1:8181 /web
    endpoints 10.0.0.1:31000 10.0.0.2:31001

With nothing but the standard library. The stream comes from the Signpost of this host; when it
restarts, we go on where we were, and use meanwhile what we know.
"""

import http.client
import json
import sys
import time
import urllib.parse
import urllib.request


def events(admin, app):
    """Every event about the app, for ever."""
    last_id = None
    while True:
        request = urllib.request.Request(
            f"{admin}/v1/events?{urllib.parse.urlencode({'app': app})}")
        if last_id:
            request.add_header("Last-Event-ID", last_id)
        try:
            # Every 15 s something comes: longer silence is a connection that broke unnoticed.
            with urllib.request.urlopen(request, timeout=45) as stream:
                for line in stream:
                    if line.startswith(b"data: "):
                        event = json.loads(line.removeprefix(b"data: "))
                        last_id = event["id"]
                        yield event
        except (OSError, http.client.HTTPException) as error:
            print(f"{admin}: {error}; trying again", file=sys.stderr)
        time.sleep(0.5)


def learn(services, event):
    """Takes over what an event tells; services are known by framework and app."""
    if not event["synced"]:
        return  # What is absent may be there; a snapshot comes when all is known.
    if event["type"] == "snapshot":
        services.clear()
    for service in event.get("services", []) + event.get("changed", []):
        services[service["framework"], service["app"]] = service
    for gone in event.get("removed", []):
        services.pop((gone["framework"], gone["app"]), None)


def endpoints(services):
    """Where new connections may go to."""
    return sorted({endpoint
                   for service in services.values()
                   for task in service["tasks"]
                   for port in task["ports"] if port["passing"] and not port["drained"]
                   for endpoint in port["endpoints"]})


def main(admin, app):
    services, told = {}, None
    for event in events(admin, app):
        learn(services, event)
        now = endpoints(services)
        if event["synced"] and now != told:
            print("endpoints", *now, flush=True)
            told = now


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: discover.py ADMIN APP, such as http://127.0.0.1:8181 /web")
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
