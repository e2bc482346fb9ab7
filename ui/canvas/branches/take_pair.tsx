import type { HistoryDetail } from "../../../shared/api/history.ts";

type Choice = HistoryDetail["takes"][number];

/** A shot's chosen take on either side, as pictures. */
export function TakePair({ choice, words, chosen = false }: {
  choice: Choice;
  words: [string, string];
  chosen?: boolean;
}) {
  return (
    <div class={`take-pair ${chosen ? "chosen" : ""}`}>
      <span class="mono">{choice.shot}</span>
      <Side side={choice.before} words={words[0]} />
      <span class="dim">→</span>
      <Side side={choice.after} words={words[1]} />
    </div>
  );
}

export function Side({ side, words }: { side: Choice["before"]; words: string }) {
  if (!side) return <span class="dim no-take">no take</span>;
  const poster = side.take?.poster_url;
  return (
    <figure>
      {poster
        ? <img src={poster} alt={`${side.name}, ${words}`} loading="lazy" />
        : <span class="dim no-take" />}
      <figcaption class="mono dim">{side.name.replace(/^.*_(v\d+_take\d+)$/, "$1")}</figcaption>
    </figure>
  );
}
