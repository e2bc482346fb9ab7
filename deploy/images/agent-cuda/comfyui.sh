#!/bin/bash
# ComfyUI and the agent in one container. The first that ends ends both: the container is then started again.
# On SIGTERM the agent finishes what runs, or hands it back, while ComfyUI still works; then ComfyUI goes.
set -euo pipefail
# Everything that ComfyUI writes lies in the volume.
mkdir -p /agent/comfyui/{custom_nodes,input,output,temp,user}
cd /comfyui
# Flags of the person who runs it, e.g. --reserve-vram 1.
read -ra flags <<< "${COMFYUI_FLAGS:-}"
python main.py --listen 127.0.0.1 --port 8188 --base-directory /agent/comfyui \
  --extra-model-paths-config /comfyui/models.yaml --disable-auto-launch "${flags[@]}" &
comfyui=$!
enter &
agent=$!
trap 'kill -TERM "$agent" 2>/dev/null || true' TERM INT
code=0
wait -n -p first "$comfyui" "$agent" || code=$?
# A wait that a signal has cut short has no first.
if [ -z "${first:-}" ]; then
  code=0
  wait "$agent" || code=$?
fi
kill -TERM "$agent" "$comfyui" 2>/dev/null || true
wait || true
exit "$code"
