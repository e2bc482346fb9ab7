"""The graphs this adapter takes: LoadImage -> FlexiAct -> SaveVideo, checked and refused in ComfyUI's own words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]
LARGEST_SEED = 2**64 - 1


@dataclass(frozen=True)
class Request:
    """What the model is asked for."""

    image: Path
    action: str
    prompt: str
    seed: int
    steps: int
    guidance: float


@dataclass(frozen=True)
class Graph:
    """A checked prompt: what to make, with which node, and where it goes."""

    prompt: Json
    request: Request
    maker: str
    saver: str
    prefix: str


class Refused(Exception):
    """The body of a 400."""

    def __init__(self, body: Json) -> None:
        super().__init__(body["error"]["message"])
        self.body = body


def object_info(actions: list[str]) -> Json:
    """The node classes as ComfyUI's /object_info lists them."""
    return {
        "LoadImage": _node("LoadImage", {"image": [[], {"image_upload": True}]}, ["IMAGE", "MASK"]),
        "FlexiAct": _node(
            "FlexiAct",
            {
                "image": ["IMAGE"],
                "action": [actions],
                "prompt": ["STRING", {"multiline": True}],
                "seed": ["INT", {"default": 0, "min": 0, "max": LARGEST_SEED}],
                "steps": ["INT", {"default": 50, "min": 1, "max": 200}],
                "guidance": ["FLOAT", {"default": 6.0, "min": 1.0, "max": 20.0}],
            },
            ["VIDEO"],
        ),
        "SaveVideo": _node("SaveVideo", {"video": ["VIDEO"], "filename_prefix": ["STRING", {}]}, [], True),
    }


def _node(name: str, required: Json, output: list[str], saves: bool = False) -> Json:
    return {
        "name": name,
        "display_name": name,
        "category": "studio",
        "input": {"required": required},
        "output": output,
        "output_name": output,
        "output_node": saves,
    }


def read_graph(prompt: Any, *, inputs: Path, actions: list[str]) -> Graph:
    """The one film that the prompt asks for. Raises Refused."""
    if not isinstance(prompt, dict) or not prompt:
        raise _refused("no_prompt", "No prompt provided")
    known = object_info(actions)
    for name, node in prompt.items():
        kind = node.get("class_type") if isinstance(node, dict) else None
        if kind not in known or not isinstance(node.get("inputs"), dict):
            raise _refused("invalid_prompt", f"Cannot execute because node {kind} does not exist.")
    savers = [name for name, node in prompt.items() if node["class_type"] == "SaveVideo"]
    if len(savers) != 1:
        raise _refused("prompt_no_outputs", "Prompt needs exactly one SaveVideo")
    saver = savers[0]
    maker = _linked(prompt, saver, "video", "FlexiAct")
    loader = _linked(prompt, maker, "image", "LoadImage")
    values = {
        name: _value(prompt, maker, name, spec)
        for name, spec in known["FlexiAct"]["input"]["required"].items()
        if name != "image"
    }
    image = _value(prompt, loader, "image", ["STRING"])
    file = inside(inputs, image)
    if file is None or not file.is_file():
        raise _node_error(prompt, loader, "custom_validation_failed", f"image - Invalid image file: {image}")
    prefix = _value(prompt, saver, "filename_prefix", ["STRING"])
    return Graph(prompt, Request(image=file, **values), maker, saver, prefix)


def inside(folder: Path, name: str) -> Path | None:
    """The file of that name below the folder; None when the name leads out of it."""
    if "\0" in name:
        return None
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder.resolve()) else None


def _linked(prompt: Json, name: str, key: str, kind: str) -> str:
    link = prompt[name]["inputs"].get(key)
    if link is None:
        raise _node_error(prompt, name, "required_input_missing", key)
    at = link[0] if isinstance(link, list) and len(link) == 2 and link[1] == 0 else None
    if not isinstance(at, str) or at not in prompt or prompt[at]["class_type"] != kind:
        raise _node_error(prompt, name, "bad_linked_input", f"{key}: must come from {kind}")
    return at


def _value(prompt: Json, name: str, key: str, spec: list[Any]) -> Any:
    value = prompt[name]["inputs"].get(key)
    if value is None:
        raise _node_error(prompt, name, "required_input_missing", key)
    kind = spec[0]
    if isinstance(kind, list):
        if value not in kind:
            raise _node_error(prompt, name, "value_not_in_list", f"{key}: '{value}' not in {kind}")
        return value
    try:
        value = {"STRING": str, "INT": int, "FLOAT": float}[kind](value)
    except (TypeError, ValueError) as error:
        raise _node_error(prompt, name, "invalid_input_type", f"{key}: {error}") from error
    limits = spec[1] if len(spec) > 1 else {}
    if "min" in limits and value < limits["min"]:
        raise _node_error(prompt, name, "value_smaller_than_min", f"{key}: {value}")
    if "max" in limits and value > limits["max"]:
        raise _node_error(prompt, name, "value_bigger_than_max", f"{key}: {value}")
    return value


def _error(kind: str, message: str, details: str = "") -> Json:
    return {"type": kind, "message": message, "details": details, "extra_info": {}}


def _refused(kind: str, message: str) -> Refused:
    return Refused({"error": _error(kind, message), "node_errors": {}})


def _node_error(prompt: Json, name: str, kind: str, details: str) -> Refused:
    node = {
        "errors": [_error(kind, kind.replace("_", " ").capitalize(), details)],
        "dependent_outputs": [],
        "class_type": prompt[name]["class_type"],
    }
    whole = _error("prompt_outputs_failed_validation", "Prompt outputs failed validation")
    return Refused({"error": whole, "node_errors": {name: node}})
