@echo off
rem The agent as the gateway of the studio serves it: .\agent.cmd join^|run^|pause^|resume^|history^|status^|doctor
if not defined INIT_CWD set "INIT_CWD=%CD%"
cd /d "%~dp0"
where npx >nul 2>nul && (call npx -y deno@2.9.6 run --config deno.json --allow-read --allow-env --allow-run --allow-write=versions agent/launch.ts %* & exit /b)
where deno >nul 2>nul && (deno run --config deno.json --allow-read --allow-env --allow-run --allow-write=versions agent/launch.ts %* & exit /b)
echo The agent needs Deno 2.9.6: install it from https://deno.com (or Node.js, whose npx brings it), then do this again. 1>&2
exit /b 1
