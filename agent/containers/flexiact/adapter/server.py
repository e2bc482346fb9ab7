"""ComfyUI's HTTP face, as far as the studio's agent asks for it, on a Unix socket: the container has no network."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import signal
import socketserver
import sys
import uuid
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .graph import Json, Refused, inside, object_info, read_graph
from .jobs import Jobs, Model
from .sockets import Listener, accept_key

VERSION = "1.0.0-flexiact"
#: Bytes.
LARGEST_BODY = 100 * 1024 * 1024


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, socket: Path, model: Model, models: Path, scratch: Path) -> None:
        self.model = model
        self.models = models
        self.inputs = scratch / "input"
        self.outputs = scratch / "output"
        for folder in (self.inputs, self.outputs):
            folder.mkdir(parents=True, exist_ok=True)
        self.listeners: dict[str, Listener] = {}
        self.jobs = Jobs(model, self.outputs, self.tell)
        # The agent is another account than ours, and must be able to connect.
        os.umask(0)
        socket.unlink(missing_ok=True)
        super().__init__(str(socket), Handler)

    def tell(self, kind: str, data: Json) -> None:
        for listener in list(self.listeners.values()):
            listener.send(kind, data)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        path = url.path.removeprefix("/api")
        if path == "/ws":
            return self._socket(query.get("clientId") or uuid.uuid4().hex)
        if path == "/view":
            return self._view(query)
        if path == "/system_stats":
            return self._json(self._stats())
        if path == "/features":
            return self._json({"supports_preview_metadata": False, "max_upload_size": LARGEST_BODY})
        if path == "/object_info":
            return self._json(object_info(self.server.model.actions()))
        if path == "/prompt":
            return self._json({"exec_info": {"queue_remaining": self.server.jobs.remaining()}})
        if path == "/queue":
            return self._json(self.server.jobs.queue())
        if path.startswith("/history/"):
            return self._json(self.server.jobs.history(path.removeprefix("/history/")))
        if path.startswith("/models/"):
            return self._models(unquote(path.removeprefix("/models/")))
        return self._text(404, "Not found")

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        if size > LARGEST_BODY:
            self.close_connection = True
            return self._text(413, f"Maximum request body size {LARGEST_BODY} exceeded, actual body size {size}")
        body = self.rfile.read(size)
        path = urlsplit(self.path).path.removeprefix("/api")
        if path == "/upload/image":
            return self._upload(body)
        try:
            said: Any = json.loads(body or b"{}")
        except ValueError:
            return self._text(500, "Server got itself in trouble")
        if not isinstance(said, dict):
            return self._text(400, "An object was expected")
        if path == "/prompt":
            return self._prompt(said)
        if path == "/queue":
            self.server.jobs.delete([str(each) for each in said.get("delete", [])])
        elif path == "/interrupt":
            self.server.jobs.interrupt(said.get("prompt_id"))
        elif path == "/free":
            self.server.jobs.free()
        else:
            return self._text(404, "Not found")
        return self._text(200, "")

    def _prompt(self, said: Json) -> None:
        server = self.server
        try:
            graph = read_graph(said.get("prompt"), inputs=server.inputs, actions=server.model.actions())
        except Refused as refused:
            return self._json(refused.body, 400)
        prompt_id = str(said.get("prompt_id") or uuid.uuid4())
        number = server.jobs.add(prompt_id, graph)
        return self._json({"prompt_id": prompt_id, "number": number, "node_errors": {}})

    def _upload(self, body: bytes) -> None:
        form = read_form(self.headers.get("content-type", ""), body)
        file = form.get("image")
        if file is None or not file[0]:
            return self._text(400, "No image")
        subfolder = form.get("subfolder", ("", b""))[1].decode()
        path = inside(self.server.inputs, f"{subfolder}/{Path(file[0]).name}".lstrip("/"))
        if path is None:
            return self._text(400, "Not below the input folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file[1])
        return self._json({"name": path.name, "subfolder": subfolder, "type": "input"})

    def _view(self, query: dict[str, str]) -> None:
        folder = self.server.inputs if query.get("type") == "input" else self.server.outputs
        path = inside(folder, f"{query.get('subfolder', '')}/{query.get('filename', '')}".lstrip("/"))
        if path is None:
            return self._text(403, "Forbidden")
        if not path.is_file():
            return self._text(404, "Not found")
        self.send_response(200)
        self.send_header("content-type", "application/octet-stream")
        self.send_header("content-length", str(path.stat().st_size))
        self.end_headers()
        with path.open("rb") as file:
            shutil.copyfileobj(file, self.wfile)

    def _models(self, name: str) -> None:
        folder = inside(self.server.models, name)
        if folder is None or not folder.is_dir():
            return self._text(404, "Not found")
        return self._json(sorted(each.name for each in folder.iterdir() if each.is_file()))

    def _stats(self) -> Json:
        pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        system = {"os": "posix", "ram_total": pages, "comfyui_version": VERSION}
        system |= {"python_version": platform.python_version(), "argv": []}
        return {"system": system, "devices": [self.server.model.device()]}

    def _socket(self, client: str) -> None:
        self.send_response(101)
        for name, value in {"upgrade": "websocket", "connection": "Upgrade"}.items():
            self.send_header(name, value)
        self.send_header("sec-websocket-accept", accept_key(self.headers.get("sec-websocket-key", "")))
        self.end_headers()
        self.close_connection = True
        listener = Listener(self.connection, self.rfile)
        self.server.listeners[client] = listener
        try:
            remaining = {"exec_info": {"queue_remaining": self.server.jobs.remaining()}}
            listener.send("status", {"status": remaining, "sid": client})
            listener.listen()
        except OSError:
            pass
        finally:
            if self.server.listeners.get(client) is listener:
                del self.server.listeners[client]

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(status, "application/json", json.dumps(value).encode())

    def _text(self, status: int, text: str) -> None:
        self._send(status, "text/plain; charset=utf-8", text.encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "agent"

    def log_message(self, format: str, *args: Any) -> None:
        pass  # Asked every few seconds: what matters is printed by who does it.


def read_form(kind: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """multipart/form-data: by name, the file name and the content."""
    found = re.search(r'boundary="?([^";]+)"?', kind)
    if not found:
        return {}
    form: dict[str, tuple[str, bytes]] = {}
    for part in body.split(b"--" + found[1].encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = re.search(rb'[; ]name="([^"]*)"', head)
        file = re.search(rb'filename="([^"]*)"', head)
        if name:
            form[name[1].decode()] = (file[1].decode() if file else "", content.removesuffix(b"\r\n"))
    return form


def serve(model: Model) -> None:
    """Until the container ends. The agent says where: STUDIO_SOCKET, STUDIO_MODELS."""
    socket = Path(os.environ["STUDIO_SOCKET"])
    models = Path(os.environ.get("STUDIO_MODELS", "/models"))
    # The first process of a container ignores what it has no handler for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Server(socket, model, models, Path(os.environ.get("HOME", "/tmp")) / "studio") as server:
        print(f"Listening at {socket}", flush=True)
        server.serve_forever()
