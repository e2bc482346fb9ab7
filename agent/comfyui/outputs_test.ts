import assert from "node:assert/strict";
import { executionFailure } from "./failure.ts";
import { takeOf } from "./outputs.ts";
import { ExecutionError, HistoryEntry } from "./replies.ts";

const entry = (outputs: unknown) => HistoryEntry.parse({ outputs });
const file = (filename: string, type = "output") => ({ filename, subfolder: "studio", type });

Deno.test("a take is told by its extension, under whatever key a node puts it", () => {
  const history = entry({
    vhs: { gifs: [{ ...file("film.mp4"), format: "video/h264-mp4", frame_rate: 16 }] },
    text: { text: ["a caption"] },
    nothing: null,
    save: { images: [file("first_frame.png")] },
  });
  assert.equal(takeOf(history, "video", "save")?.filename, "film.mp4");
  assert.equal(takeOf(history, "image", "vhs")?.filename, "first_frame.png");
});

Deno.test("the output node's file comes first, previews never", () => {
  const history = entry({
    other: { images: [file("other.png")] },
    preview: { images: [file("preview.png", "temp")] },
    save: { images: [file("take.png"), file("second.png")], animated: [false] },
  });
  assert.equal(takeOf(history, "image", "save")?.filename, "take.png");
  assert.equal(
    takeOf(entry({ preview: { images: [file("preview.png", "temp")] } }), "image", "preview"),
    null,
  );
  assert.equal(takeOf(entry({}), "video", "save"), null);
});

Deno.test("an error of a node has the class that says what to do next", () => {
  const classOf = (exception_type: string, exception_message: string) =>
    executionFailure(
      ExecutionError.parse({ node_id: "3", node_type: "KSampler", exception_type, exception_message }),
    ).class;
  assert.equal(classOf("torch.OutOfMemoryError", "Allocation on device"), "oom");
  const faultOf = (exception_type: string, exception_message: string) =>
    executionFailure(ExecutionError.parse({ exception_type, exception_message })).fault;
  assert.equal(faultOf("torch.OutOfMemoryError", "Allocation on device"), undefined);
  assert.equal(faultOf("RuntimeError", "[enforce fail] DefaultCPUAllocator: not enough memory"), "memory");
  assert.equal(faultOf("MemoryError", ""), "memory");
  assert.equal(faultOf("OSError", "[Errno 28] No space left on device"), "disk");
  assert.equal(
    faultOf("RuntimeError", "No CUDA GPUs are available: no CUDA-capable device is detected"),
    "driver",
  );
  assert.equal(faultOf("RuntimeError", "CUDA error: device-side assert triggered"), undefined);
  assert.equal(faultOf("RuntimeError", "The size of tensor a must match"), undefined);
  assert.equal(classOf("RuntimeError", "CUDA error: out of memory"), "oom");
  assert.equal(classOf("ValueError", "width must be divisible by 16"), "invalid");
  assert.equal(classOf("OSError", "[Errno 28] No space left on device"), "agent");
  assert.equal(
    classOf("safetensors_rust.SafetensorError", "Error while deserializing header: HeaderTooLarge"),
    "agent",
  );
  assert.equal(classOf("RuntimeError", "CUDA error: an illegal memory access was encountered"), "agent");
});
