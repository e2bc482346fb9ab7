import { useSignal, useSignalEffect } from "@preact/signals";
import { Import } from "lucide-preact";
import type { Asset, AssetFolder } from "../../../shared/assets/asset.ts";
import type { FileRef } from "../../../shared/canvas/graph.ts";
import type { RunnerInput } from "../../../shared/runners/manifest.ts";
import { api } from "../../api.ts";
import { attempt } from "../../state/toasts.ts";
import { chooseFiles } from "../assets/drag.ts";
import { refOf } from "../assets/place.ts";
import { useWorkspace } from "../workspace.ts";

type FileInput = Extract<RunnerInput, { type: "image" | "mask" | "audio" | "video" }>;

const FROM: Record<"audio" | "video", { folder: AssetFolder; accept: string; none: string }> = {
  audio: { folder: "Audio", accept: "audio/*", none: "No recording" },
  video: { folder: "Video", accept: "video/*", none: "No clip" },
};

/** A file that a runner asks for: sound and clips are chosen here, pictures come by wire. */
export function FileField(
  { input, file, commit }: {
    input: FileInput;
    file: FileRef | undefined;
    commit: (file: FileRef | null) => void;
  },
) {
  if (input.type === "audio" || input.type === "video") {
    return <ChosenFile input={input} from={FROM[input.type]} file={file} commit={commit} />;
  }
  return (
    <p class="dim">
      {input.title}: {input.type === "mask"
        ? "paint it above."
        : input.name === "control"
        ? "wire a picture into Control picture."
        : "wire it in on the canvas."} {input.help}
    </p>
  );
}

function ChosenFile(
  { input, from, file, commit }: {
    input: FileInput;
    from: (typeof FROM)["audio"];
    file: FileRef | undefined;
    commit: (file: FileRef | null) => void;
  },
) {
  const workspace = useWorkspace();
  const there = useSignal<Asset[]>([]);
  useSignalEffect(() => {
    workspace.uploads.filed.value;
    void attempt(() => api.assets(workspace.project.value.id, { folder: from.folder }))
      .then((page) => page && (there.value = page.items));
  });
  const fromDisk = () =>
    chooseFiles(from.accept, (files) => {
      const [first] = files;
      if (!first) return;
      void workspace.uploads.bring(first, { name: first.name }).then((asset) => {
        if (asset?.folder === from.folder) commit(refOf(asset));
      });
    });
  const choose = (oid: string) => {
    const asset = there.value.find((each) => each.oid === oid);
    commit(asset ? refOf(asset) : null);
  };
  // One that came by a push, or is further down the list than is shown here, is still the one that was chosen.
  const unlisted = file && !there.value.some((each) => each.oid === file.oid) ? file : null;
  return (
    <div class="row">
      <label class="field" style="flex:1">
        <span>
          {input.title} <small>{input.help}</small>
        </span>
        <select
          class="input"
          value={file?.oid ?? ""}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">{from.none}</option>
          {unlisted && <option value={unlisted.oid}>{unlisted.path.split("/").at(-1)}</option>}
          {there.value.map((asset) => <option key={asset.id} value={asset.oid}>{asset.name}</option>)}
        </select>
      </label>
      <button
        type="button"
        class="button icon"
        style="align-self:end"
        title={`${input.title} from a file`}
        aria-label={`${input.title} from a file`}
        onClick={fromDisk}
      >
        <Import size={14} />
      </button>
    </div>
  );
}
