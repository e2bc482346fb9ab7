import type { z } from "zod";
import type { Job } from "../../../shared/jobs/job.ts";
import { api } from "../../api.ts";
import { attempt, say } from "../../state/toasts.ts";
import type { Workspace } from "../workspace.ts";
import { diagnosticsOf } from "./diagnostics.ts";

/** To the clipboard; to a file where a page may not write there, as over plain HTTP. */
export async function copyDiagnostics({ live }: Workspace, job: z.infer<typeof Job>): Promise<void> {
  const agent = [...live.agents.value.values()].find((each) => each.name === job.agent) ?? null;
  const text = attempt(() => api.story(job.id)).then((story) =>
    diagnosticsOf({ job, story: story?.items ?? [], agent, browser: navigator.userAgent })
  );
  try {
    // Before the answer is there: a browser gives the clipboard only while a press is fresh.
    const blob = text.then((said) => new Blob([said], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    say("Diagnostics copied, without prompts, files and keys. Paste them where you ask for help.");
  } catch {
    save(await text, `job-${job.id}.txt`);
    say("This page may not write to the clipboard; the diagnostics are saved as a file instead.");
  }
}

function save(text: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
