"""The queue: one prompt at a time, with ComfyUI's events, history and way of being interrupted."""

from __future__ import annotations

import itertools
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .graph import Graph, Json, Request, inside

#: Prompts that are remembered.
MOST_HISTORY = 200


class Interrupted(Exception):
    """Raised out of the model's progress when the prompt was taken back."""


class Model(Protocol):
    """The seam: everything behind it is the model's, everything before it is this adapter's."""

    def actions(self) -> list[str]:
        """The actions that there are files for."""

    def device(self) -> Json:
        """As in `devices` of ComfyUI's /system_stats."""

    def transfer(self, request: Request, file: Path, progress: Callable[[int, int], None]) -> None:
        """Writes an MP4. Calls progress(done, all), which may raise Interrupted."""

    def unload(self) -> None:
        """Gives the card's memory back."""


Tell = Callable[[str, Json], None]


@dataclass
class Job:
    number: int
    id: str
    graph: Graph
    interrupted: threading.Event = field(default_factory=threading.Event)

    def item(self) -> list[Any]:
        return [self.number, self.id, self.graph.prompt, {}, [self.graph.saver]]


class Jobs:
    def __init__(self, model: Model, outputs: Path, tell: Tell) -> None:
        self._model = model
        self._outputs = outputs
        self._tell = tell
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._pending: list[Job] = []
        self._running: Job | None = None
        self._free = False
        self._history: OrderedDict[str, Json] = OrderedDict()
        threading.Thread(target=self._work, daemon=True).start()

    def add(self, prompt_id: str, graph: Graph) -> int:
        with self._changed:
            job = Job(next(self._numbers), prompt_id, graph)
            self._pending.append(job)
            self._changed.notify_all()
        self._tell_status()
        return job.number

    def queue(self) -> Json:
        with self._changed:
            running = [self._running.item()] if self._running else []
            return {"queue_running": running, "queue_pending": [job.item() for job in self._pending]}

    def remaining(self) -> int:
        with self._changed:
            return len(self._pending) + (self._running is not None)

    def history(self, prompt_id: str) -> Json:
        with self._changed:
            return {prompt_id: self._history[prompt_id]} if prompt_id in self._history else {}

    def delete(self, ids: list[str]) -> None:
        with self._changed:
            self._pending = [job for job in self._pending if job.id not in ids]
        self._tell_status()

    def interrupt(self, prompt_id: str | None) -> None:
        """The running prompt; only when it is this one, if one is named."""
        with self._changed:
            if self._running and prompt_id in (None, self._running.id):
                self._running.interrupted.set()

    def free(self) -> None:
        """Done when nothing runs, as in ComfyUI."""
        with self._changed:
            self._free = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._pending) or self._free)
                free, self._free = self._free, False
                job = None if free else self._pending.pop(0)
                self._running = job
            if job is None:
                self._model.unload()
                continue
            entry = self._run(job)
            with self._changed:
                self._history[job.id] = entry
                while len(self._history) > MOST_HISTORY:
                    self._history.popitem(last=False)
                self._running = None
            self._tell_status()
            self._tell("executing", {"node": None, "prompt_id": job.id})

    def _run(self, job: Job) -> Json:
        messages: list[list[Any]] = []
        outputs: Json = {}

        def say(kind: str, **data: Any) -> None:
            data = {"prompt_id": job.id, **data, "timestamp": int(time.time() * 1000)}
            messages.append([kind, data])
            self._tell(kind, data)

        def progress(done: int, total: int) -> None:
            if job.interrupted.is_set():
                raise Interrupted
            node = {"value": done, "max": total, "state": "running", "node_id": job.graph.maker}
            self._tell("progress_state", {"prompt_id": job.id, "nodes": {job.graph.maker: node}})

        say("execution_start")
        say("execution_cached", nodes=[])
        self._tell("executing", {"node": job.graph.maker, "prompt_id": job.id})
        at = {"node_id": job.graph.maker, "node_type": "FlexiAct", "executed": []}
        try:
            file = self._place(job.graph.prefix)
            progress(0, job.graph.request.steps)
            self._model.transfer(job.graph.request, file, progress)
            subfolder = str(file.parent.relative_to(self._outputs)) if file.parent != self._outputs else ""
            made = {"filename": file.name, "subfolder": subfolder, "type": "output"}
            outputs[job.graph.saver] = {"images": [made], "animated": [True]}
            say("execution_success")
        except Interrupted:
            say("execution_interrupted", **at)
        except Exception as error:  # Whatever the model raises is told, and the next prompt is taken.
            kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
            lines = traceback.format_exc().splitlines(keepends=True)
            say("execution_error", **at, exception_message=str(error), exception_type=kind, traceback=lines)
            if kind.endswith("OutOfMemoryError"):
                self._model.unload()
        done = bool(outputs)
        status = {"status_str": "success" if done else "error", "completed": done, "messages": messages}
        return {"prompt": job.item(), "outputs": outputs, "status": status, "meta": {}}

    def _place(self, prefix: str) -> Path:
        file = inside(self._outputs, f"{prefix}_00001_.mp4")
        if file is None:
            raise ValueError(f"Saving outside the output folder is not allowed: {prefix}")
        file.parent.mkdir(parents=True, exist_ok=True)
        return file

    def _tell_status(self) -> None:
        self._tell("status", {"status": {"exec_info": {"queue_remaining": self.remaining()}}})
