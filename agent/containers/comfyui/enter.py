"""Starts ComfyUI on the container's own loopback and answers for it on the agent's Unix socket.

The container has no network, and ComfyUI listens only on TCP. Its flags are asked first, as they come and go.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

#: Nobody else is in the container's network.
PORT = int(os.environ.get("COMFYUI_PORT", "8188"))
#: Given where `--help` lists them. The root is read-only, so what ComfyUI writes lies in scratch.
WANTED: list[list[str]] = [
    ["--disable-auto-launch"],
    ["--preview-method", "auto"],
    ["--disable-metadata"],
    ["--disable-assets"],
    ["--disable-api-nodes"],
    ["--database-url", "sqlite:///:memory:"],
]
FOLDERS = {"--output-directory": "output", "--input-directory": "input", "--temp-directory": ".", "--user-directory": "user"}


def flags_for(help_text: str, scratch: Path, models: Path | None, cuda: bool) -> list[str]:
    """What this ComfyUI is started with. Raises ValueError for a program that is none."""
    known = set(re.findall(r"(?<![\w-])--[a-z0-9][a-z0-9_-]*", help_text))
    if not {"--listen", "--port"} <= known:
        raise ValueError("main.py knows no --listen and --port: is this ComfyUI?")
    wanted = [*WANTED, *([flag, str(scratch / name)] for flag, name in FOLDERS.items())]
    if models is not None:
        wanted.append(["--extra-model-paths-config", str(scratch / "models.yaml")])
    if not cuda:
        wanted.append(["--cpu"])
    chosen = [each for flag in wanted if flag[0] in known for each in flag]
    return ["--listen", "127.0.0.1", "--port", str(PORT), *chosen]


def models_yaml(models: Path) -> str:
    """Every folder there, under its own name."""
    names = sorted(each.name for each in models.iterdir() if each.is_dir())
    return "\n".join(["studio:", f"  base_path: {models}", *(f"  {name}: {name}" for name in names), ""])


def relay(listener: socket.socket) -> None:
    while True:
        near, _ = listener.accept()
        try:
            far = socket.create_connection(("127.0.0.1", PORT))
        except OSError:
            near.close()
            continue
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=copy, args=(source, target), daemon=True).start()


def copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for each in (source, target):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def main(program: list[str]) -> int:
    scratch = Path(os.environ.get("HOME", "/tmp")) / "comfyui"
    for name in FOLDERS.values():
        (scratch / name).mkdir(parents=True, exist_ok=True)
    models = Path(os.environ["STUDIO_MODELS"]) if "STUDIO_MODELS" in os.environ else None
    if models is not None:
        (scratch / "models.yaml").write_text(models_yaml(models))
    said = subprocess.run([*program, "--help"], capture_output=True, text=True, check=False)
    if said.returncode != 0:
        print(said.stderr, file=sys.stderr)
        return said.returncode
    cuda = Path("/dev/nvidiactl").exists() or Path("/dev/kfd").exists() or shutil.which("nvidia-smi") is not None
    comfyui = subprocess.Popen([*program, *flags_for(said.stdout, scratch, models, cuda)])
    signal.signal(signal.SIGTERM, lambda *_: comfyui.terminate())
    path = os.environ["STUDIO_SOCKET"]
    # The agent is another account than ours, and must be able to connect.
    os.umask(0)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    threading.Thread(target=relay, args=(listener,), daemon=True).start()
    return comfyui.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
