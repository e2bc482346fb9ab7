import type { Settled } from "../../shared/canvas/merge/clash.ts";

/** Something that a push changed and the canvas did not take, as a sentence about a node. */
export interface Left {
  sentence: string;
  node_id: string | null;
}

/** What the canvas kept of its own, a sentence for each node and thing. */
export function leftOf(clashes: readonly Settled[]): Left[] {
  const fields = Map.groupBy(
    clashes.filter((clash) => clash.kind === "field" || clash.kind === "place"),
    (clash) => clash.node_id,
  );
  const left = clashes.flatMap((clash) => {
    const sentence = sentenceOf(clash);
    return sentence === null ? [] : [{ sentence, node_id: clash.mine === undefined ? null : clash.node_id }];
  });
  for (const [node_id, all] of fields) {
    const names = all.map(({ field }) => field!.replace(/^params\./, "").replaceAll("_", " "));
    const sentence = `"${all[0]!.title}" keeps its own ${names.join(", ")}: changed in the push and here.`;
    left.push({ sentence, node_id });
  }
  return left;
}

function sentenceOf({ kind, title, mine, theirs }: Settled): string | null {
  switch (kind) {
    case "node":
      if (mine === undefined) return `"${title}" was changed in the push and removed here.`;
      return theirs === undefined
        ? `"${title}" stays: it was changed here since.`
        : `"${title}" cannot become another kind of node.`;
    case "wire":
      return `A wire of "${title}" is laid otherwise here; it stays.`;
    case "name":
      return `"${theirs}" got another name: ${title} is "${mine}" here.`;
    default:
      return null;
  }
}
