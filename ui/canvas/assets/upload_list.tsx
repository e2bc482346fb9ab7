import { useComputed } from "@preact/signals";
import { X } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { useWorkspace } from "../workspace.ts";
import { followStore } from "./follow_store.ts";
import type { Upload } from "./uploads.ts";

/** What is on its way into the project, with how far it is and a way to stop it. */
export function UploadList() {
  const workspace = useWorkspace();
  // Here as it is there from the first moment on: where it sends files to may move.
  useEffect(() => followStore(workspace), [workspace]);
  const { uploads } = workspace;
  const list = uploads.list.value;
  if (list.length === 0) return null;
  return (
    <section class="uploads" role="status" aria-label="Files on their way">
      {list.map((upload) => <Row key={upload.id} upload={upload} />)}
    </section>
  );
}

const WORDS = { reading: "Reading", sending: "Sending" };

function Row({ upload }: { upload: Upload }) {
  const state = upload.state.value;
  const width = useComputed(() => {
    const now = upload.state.value;
    return `width:${"part" in now ? Math.round(now.part * 100) : 0}%`;
  });
  const percent = useComputed(() => {
    const now = upload.state.value;
    return "part" in now ? `${WORDS[now.kind]} ${Math.round(now.part * 100)} %` : "Waiting";
  });
  return (
    <div class={`upload ${state.kind}`}>
      <div class="line">
        <span title={upload.name} dir="auto">{upload.name}</span>
        {state.kind !== "failed" && <small class="mono dim">{percent}</small>}
        <button
          type="button"
          class="button quiet icon small"
          aria-label={state.kind === "failed" ? `Dismiss ${upload.name}` : `Stop ${upload.name}`}
          onClick={() => upload.dismiss()}
        >
          <X size={14} />
        </button>
      </div>
      {state.kind === "failed"
        ? (
          <>
            <p class="broken-text">{state.sentence}</p>
            {upload.again && (
              <button type="button" class="button small" onClick={() => upload.again!()}>Try again</button>
            )}
          </>
        )
        : (
          <div class="bar" role="progressbar" aria-label={`Sending ${upload.name}`}>
            <i style={width} />
          </div>
        )}
    </div>
  );
}
