#!/bin/sh
# Follows where an app is reached: a line whenever that changes.
#
#   discover.sh http://127.0.0.1:8181 /web
#   endpoints 10.0.0.1:31000 10.0.0.2:31001
#
# With curl and jq, by answers that wait for news. When the Signpost of this host restarts, we go on
# where we were, and use meanwhile what we know.
set -eu
[ $# = 2 ] || { echo "usage: discover.sh ADMIN APP, such as http://127.0.0.1:8181 /web" >&2; exit 1; }
admin=$1 app=$2 since= services='{}' told=

# Known services and an event to known services, by framework and app.
learn='
  def key: .framework + " " + .app;
  (if $event.type == "snapshot" then {} else . end)
  + ([($event.services // [])[], ($event.changed // [])[] | {key: key, value: .}] | from_entries)
  | delpaths([($event.removed // [])[] | [key]])'

# Where new connections may go to.
endpoints='
  [.[].tasks[].ports[] | select(.passing and (.drained | not)) | .endpoints[]] | unique
  | ["endpoints"] + . | join(" ")'

while :; do
  event=$(curl --silent --show-error --fail --max-time 45 --get "$admin/v1/changes" \
               --data-urlencode "app=$app" --data-urlencode wait=30s \
               ${since:+--data-urlencode "since=$since"}) || { sleep 0.5; continue; }
  since=$(printf %s "$event" | jq -r .id)
  # Until all is known, what is absent may be there; then a snapshot comes.
  [ "$(printf %s "$event" | jq .synced)" = true ] || continue
  services=$(printf %s "$event" | jq -c --argjson known "$services" '. as $event | $known | '"$learn")
  now=$(printf %s "$services" | jq -r "$endpoints")
  [ "$now" = "$told" ] || printf '%s\n' "$now"
  told=$now
done
