#!/bin/sh
# Joins the studio at the first start, then becomes the agent. launch.ts works out what the agent may do. SPOT: the cloud (aws, gcp,
# azure) that may take this machine back.
set -eu
cd /studio
agent() {
  deno run --cached-only --allow-read --allow-env --allow-run agent/launch.ts "$@"
}
if [ ! -s "$AGENT_DATA/agent.json" ]; then
  code="${JOIN_CODE:-}"
  if [ -z "$code" ] && [ -n "${JOIN_CODE_FILE:-}" ]; then code="$(cat "$JOIN_CODE_FILE")"; fi
  if [ -z "${GATEWAY_URL:-}" ] || [ -z "$code" ]; then
    echo "Set GATEWAY_URL and JOIN_CODE (or JOIN_CODE_FILE): the canvas shows both under Fleet, \"Add a GPU\"." >&2
    exit 2
  fi
  agent join "$GATEWAY_URL" "$code" --name "${AGENT_NAME:-$(hostname)}" --comfyui "${COMFYUI_URL:-none}" ${SPOT:+--spot "$SPOT"}
fi
unset JOIN_CODE JOIN_CODE_FILE
exec deno run --cached-only --allow-read --allow-env --allow-run agent/launch.ts run --drain-seconds "${DRAIN_SECONDS:-600}"
