"""The adapter as it is, with a model that needs no card: tests replace it here and nowhere else."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, os.environ.get("ADAPTER", str(HERE)))

from adapter.graph import Request  # noqa: E402
from adapter.server import serve  # noqa: E402


class OutOfMemoryError(Exception):
    pass


class TestModel:
    """Gives back the film beside it. The prompt says what else shall happen."""

    def actions(self) -> list[str]:
        return ["rotate", "crouch"]

    def device(self) -> dict[str, Any]:
        return {"name": "cpu", "type": "cpu", "index": None, "vram_total": 0, "vram_free": 0}

    def transfer(self, request: Request, file: Path, progress: Callable[[int, int], None]) -> None:
        print(f"transfer {request.action} {request.seed} {request.steps} {request.guidance}", flush=True)
        if request.prompt == "memory":
            raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        if request.prompt == "look around":
            raise ValueError(json.dumps(self.look_around()))
        for done in range(request.steps):
            progress(done + 1, request.steps)
            time.sleep(0.2 if request.prompt == "slowly" else 0.001)
        assert request.image.read_bytes()
        file.write_bytes((HERE / "film.mp4").read_bytes())

    def unload(self) -> None:
        print("unloaded", flush=True)

    def look_around(self) -> dict[str, Any]:
        """What a container that means ill would find."""
        status = Path("/proc/self/status").read_text()
        said = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        return {
            "uid": os.getuid(),
            "rights": int(said["CapEff"], 16),
            "no_new_privileges": said["NoNewPrivs"],
            "interfaces": sorted(name for _, name in socket.if_nameindex()),
            "reaches": self._attempt(lambda: socket.create_connection(("192.0.2.1", 80), 2)),
            "writes_root": self._attempt(lambda: Path("/here").write_text("x")),
            "writes_models": self._attempt(lambda: Path("/models/here").write_text("x")),
            "reads_models": self._attempt(lambda: Path("/models/vae/known.safetensors").read_bytes()),
            "writes_scratch": self._attempt(lambda: Path("/tmp/here").write_text("x")),
        }

    def _attempt(self, act: Callable[[], object]) -> bool:
        try:
            act()
            return True
        except OSError:
            return False


if __name__ == "__main__":
    serve(TestModel())
