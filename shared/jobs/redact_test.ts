import assert from "node:assert/strict";
import { LOG_TAIL } from "./log.ts";
import { redactLog } from "./redact.ts";

Deno.test("a log shows neither the job's prompt, however it is printed, nor what opens anything", () => {
  const prompt = 'The keeper says "it was I"\nand the storm comes in over the bay';
  const said = redactLog(
    [
      `got prompt ${JSON.stringify({ text: prompt })}`,
      "and the storm comes in over the bay",
      "GET https://store.example/take.png?X-Amz-Signature=abcdef0123456789&X-Amz-Expires=60 200",
      "Authorization: Bearer gms_agent_0123456789abcdef",
      "HF_TOKEN=hf_abcdefghijklmnopqrstuvwx",
      "postgres://studio:hunter2@db.example/studio",
      'File "/home/mira/ComfyUI/nodes.py", line 1515',
      "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB (euler)",
    ].join("\n"),
    { prompt, sampler: "euler", seed: 7 },
  );
  for (const secret of ["storm", "keeper", "Signature", "gms_agent", "hf_abc", "hunter2", "mira"]) {
    assert.ok(!said.includes(secret), `"${secret}" is in:\n${said}`);
  }
  for (const kept of ["https://store.example/take.png", "nodes.py", "Tried to allocate 2.00 GiB (euler)"]) {
    assert.ok(said.includes(kept), `"${kept}" is missing from:\n${said}`);
  }
});

Deno.test("a prompt of a million spaces holds nobody up, and each of its lines is hidden", () => {
  const prompt = `the keeper looks out of the window${
    " ".repeat(1e6)
  }\n\n  and the storm comes in over the bay`;
  const said = redactLog("so: and the storm comes in over the bay", { prompt });
  assert.equal(said, "so: [text of the job]");
});

Deno.test("of a long log the end is kept", () => {
  const said = redactLog(`${"x".repeat(50_000)}\nthe last line`);
  assert.equal(said.length, LOG_TAIL);
  assert.ok(said.endsWith("the last line"));
});
