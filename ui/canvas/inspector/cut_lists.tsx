import { Download } from "lucide-preact";

/** Every form of the cut list, with how it is taken in over there. */
const FORMS = [
  {
    name: "Resolve",
    path: "/edl?profile=resolve",
    how:
      "Resolve: put the takes into the media pool, then File › Import › Timeline, with “Assist using reel " +
      "names from: source clip filename” in the project settings.",
  },
  {
    name: "Premiere",
    path: "/edl?profile=premiere",
    how:
      "Premiere: File › Import, choose the list, then select its clips and Link Media to the takes' folder.",
  },
  {
    name: "EDL",
    path: "/edl",
    how:
      "EDL: plain CMX3600 with reels of eight characters, for everything else; an edited one can be rendered.",
  },
  {
    name: "OTIO",
    path: "/otio",
    how:
      "OTIO: loses nothing: File › Import › Timeline in Resolve 18.5 and later, or any OpenTimelineIO tool.",
  },
] as const;

/** Downloads of a cut in every form. `base` is the address of an assembler or of a film. */
export function CutLists({ base, disabled }: { base: string; disabled: boolean }) {
  return (
    <>
      <div class="row wrap">
        {FORMS.map(({ name, path, how }) => (
          <a
            key={name}
            class="button small"
            href={disabled ? undefined : base + path}
            aria-disabled={disabled}
            download
            title={how}
          >
            <Download size={14} /> {name}
          </a>
        ))}
      </div>
      <details class="dim">
        <summary>How to bring it in</summary>
        {FORMS.map(({ name, how }) => <p key={name}>{how}</p>)}
      </details>
    </>
  );
}
