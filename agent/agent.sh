#!/bin/sh
# The agent as the studio's gateway serves it: sh agent.sh join|run|page|models|pause|resume|history|status|doctor …
# Uses the Deno that is here, else npm's. What the agent may do is worked out by agent/launch.ts.
DENO=2.9.6
INIT_CWD="${INIT_CWD:-$PWD}"
export INIT_CWD
here=$(dirname "$0") || exit 1
cd "$here" || exit 1
set -- run --config deno.json --allow-read --allow-env --allow-run --allow-write=versions agent/launch.ts "$@"
version=$(deno --version 2>/dev/null | sed -n '1s/^deno \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
major=${version% *}
minor=${version#* }
if [ -n "$version" ] && { [ "$major" -gt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -ge 9 ]; }; }; then
  exec deno "$@"
fi
if command -v npx >/dev/null 2>&1; then
  exec npx -y "deno@$DENO" "$@"
fi
echo "The agent needs Deno $DENO: install it from https://deno.com (or Node.js, whose npx brings it), then do this again." >&2
exit 1
