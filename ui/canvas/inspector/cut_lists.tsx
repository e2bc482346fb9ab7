import { Download } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import type { ListFormat } from "../../../shared/film/mod.ts";
import { api } from "../../api.ts";
import { onBranch } from "../../state/branch.ts";

/** Every form of the cut list, with how it is taken in over there. */
const FORMS = [
  {
    name: "Resolve",
    format: "resolve",
    path: "/edl?profile=resolve",
    how:
      "Resolve: put the takes into the media pool, then File › Import › Timeline, with “Assist using reel " +
      "names from: source clip filename” in the project settings.",
  },
  {
    name: "Premiere",
    format: "premiere",
    path: "/edl?profile=premiere",
    how:
      "Premiere: File › Import, choose the list, then select its clips and Link Media to the takes' folder.",
  },
  {
    name: "EDL",
    format: "cmx",
    path: "/edl",
    how:
      "EDL: plain CMX3600 with reels of eight characters, for everything else; an edited one can be rendered.",
  },
  {
    name: "OTIO",
    format: "otio",
    path: "/otio",
    how:
      "OTIO: loses nothing: File › Import › Timeline in Resolve 18.5 and later, or any OpenTimelineIO tool.",
  },
  {
    name: "FCPXML",
    format: "fcpxml",
    path: "/fcpxml",
    how:
      "FCPXML: File › Import › XML in Final Cut Pro, or File › Import › Timeline in Resolve; keep it in 06_Exports, beside the takes' folders.",
  },
] as const;

/** Downloads of an assembler's cut in every form, each with what it could not carry. */
export function CutLists(
  { project, assembler, disabled, version }: {
    project: string;
    assembler: string;
    disabled: boolean;
    /** Changes with the film: what is not carried is asked again. */
    version: unknown;
  },
) {
  const [lost, setLost] = useState<ReadonlyMap<ListFormat, string[]>>(new Map());
  const [open, setOpen] = useState(false);
  const base = `/api/projects/${project}/assemblers/${assembler}`;
  useEffect(() => {
    if (disabled || !open) return;
    let gone = false;
    // A film that cannot be cut yet says so where it is downloaded or rendered.
    void api.lists(project, assembler).then(
      ({ items }) => gone || setLost(new Map(items.map((each) => [each.format, each.not_carried]))),
      (error) =>
        gone || setLost(new Map([["cmx", [error instanceof Error ? error.message : String(error)]]])),
    );
    return () => gone = true;
  }, [base, disabled, open, version]);
  return (
    <>
      <div class="row wrap">
        {FORMS.map(({ name, path, how }) => (
          <a
            key={name}
            class="button small"
            href={disabled ? undefined : onBranch(base + path)}
            aria-disabled={disabled}
            download
            title={how}
          >
            <Download size={14} /> {name}
          </a>
        ))}
      </div>
      <details class="dim" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>What each carries, and how to bring it in</summary>
        {FORMS.map(({ name, format, how }) => (
          <div key={name} class="carried">
            <p>{how}</p>
            {!disabled && lost.has(format) && (
              lost.get(format)!.length
                ? (
                  <>
                    <p>Not carried, or not by every program:</p>
                    <ul>{lost.get(format)!.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>
                  </>
                )
                : <p>It carries all of this film.</p>
            )}
          </div>
        ))}
      </details>
    </>
  );
}
