import assert from "node:assert/strict";
import { diagnosticsOf, type Failed, withoutSecrets } from "./diagnostics.ts";

const job: Failed["job"] = {
  ...{ id: "01932c1e-0000-7000-8000-000000000001", project_id: "01932c1e-0000-7000-8000-000000000002" },
  ...{
    kind: "generate",
    node_id: "shot",
    title: "Ada's secret scene, take 2",
    runner: "wan-video",
    runner_version: "1.2.0",
  },
  ...{
    tier_requested: "high",
    tier: "standard",
    fallback: "High needs 22 GB",
    capability: "wan-video@standard",
  },
  ...{
    vram_mb: 15_360,
    priority: 4,
    order: 1,
    state: "failed",
    attempt: 3,
    max_attempts: 3,
    cancel_requested: false,
  },
  ...{
    take: null,
    take_id: null,
    export_id: null,
    agent: "Tower 2",
    waiting: null,
    progress: null,
    created_by: "Ada",
  },
  ...{ created_at: "2026-01-02T03:04:05Z", started_at: null, finished_at: null },
  error: {
    class: "oom",
    message: "The card ran out of memory.",
    detail: [...Array(200).keys()].map((line) => `line ${line} of the traceback`).join("\n"),
  },
};

Deno.test("what is copied of a failed job says where, with what and why, and only the end of a long log", () => {
  const text = diagnosticsOf({
    job,
    story: [{ at: "2026-01-02T03:04:06Z", kind: "leased", sentence: "Tower 2 took it." }],
    agent: {
      ...{
        id: job.id,
        name: "Tower 2",
        pools: [],
        state: "online",
        os: "linux x86_64",
        comfyui_version: "0.3.64",
      },
      ...{
        agent_version: "0.1.0",
        ram_mb: 65_536,
        disk_free_mb: 1,
        cannot: [],
        suspended: [],
        last_seen_at: null,
      },
      slots: [{ slot: "0", name: "RTX 4080", vram_mb: 16_376, capabilities: [], job_id: null }],
    },
    browser: "Firefox 140",
  });
  for (
    const words of [
      job.id,
      "wan-video 1.2.0",
      "standard (asked for high)",
      "oom",
      "The card ran out of memory.",
      "3 of 3",
      "Tower 2 0.1.0, linux x86_64, ComfyUI 0.3.64, 65536 MiB RAM, RTX 4080 16376 MiB",
      "leased: Tower 2 took it.",
      "line 199 of the traceback",
      "Firefox 140",
    ]
  ) assert.ok(text.includes(words), `${words} is not in\n${text}`);
  assert.equal(text.includes("line 100 of"), false);
  assert.equal(text.includes("secret scene"), false, "what the film is about stays with the artist");
});

Deno.test("no secret is copied", () => {
  for (
    const [said, left] of [
      [
        "GET https://store.example/a/b.png?X-Amz-Signature=abc&X-Amz-Credential=k failed",
        "GET https://store.example/a/b.png?… failed",
      ],
      ["postgres://studio:hunter2@db/studio", "postgres://…@db/studio"],
      ["Authorization: Bearer abcdefgh12345", "Authorization: …"],
      ["lease token=0123456789 was refused", "lease token=… was refused"],
      ['{"api_key": "sk-1"}', '{"api_key": "…"}'],
      ["File /home/ada/ComfyUI/execution.py, line 9", "File /home/…/ComfyUI/execution.py, line 9"],
    ] as const
  ) assert.equal(withoutSecrets(said).replace("Authorization: … …", "Authorization: …"), left);
});
