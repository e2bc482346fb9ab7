const COLUMNS = 40;

/**
 * A canvas of a thousand nodes and a thousand wires: rows of shots that follow each other, each row a chain into an assembler of its own,
 * stills that they start from, and places that the last of them share.
 */
export function thousand(): { nodes: Record<string, unknown>[]; edges: Record<string, unknown>[] } {
  const nodes = Array.from({ length: 1000 }, (_, index) => {
    const row = Math.floor(index / COLUMNS), column = index % COLUMNS;
    const position = { x: column * 300, y: row * 260 };
    const id = `n${index}`;
    const number = String((index + 1) * 10).padStart(3, "0");
    if (column === COLUMNS - 1 && row % 2 === 1) {
      return { id, type: "asset", title: `Place ${row}`, position };
    }
    if (column === COLUMNS - 1) return { id, type: "assembler", title: `Reel ${row + 1}`, position };
    if (row % 2 === 1) {
      return {
        id,
        type: "generate_image",
        title: `STILL-${number}`,
        shot: `STILL-${number}`,
        prompt: "A pier",
        position,
      };
    }
    return { id, type: "shot", title: `SHOT-${number}`, shot: `SHOT-${number}`, prompt: "A pier", position };
  });
  const edges: Record<string, unknown>[] = [];
  const wire = (source: number, source_port: string, target: number, target_port: string) =>
    edges.push({
      id: `e${edges.length}`,
      source: `n${source}`,
      source_port,
      target: `n${target}`,
      target_port,
    });
  nodes.forEach((node, index) => {
    const next = nodes[index + 1], above = nodes[index - COLUMNS];
    if (node.type === "shot" && next?.type === "shot") wire(index, "shot", index + 1, "previous");
    if (node.type === "shot" && next?.type === "assembler") wire(index, "shot", index + 1, "sequence");
    if (node.type === "generate_image" && above?.type === "shot") {
      wire(index, "image", index - COLUMNS, "image");
    }
  });
  nodes.forEach((node, index) => {
    if (node.type !== "asset") return;
    for (let left = 1; left <= 3 && edges.length < 1000; left++) {
      wire(index, "asset", index - COLUMNS - left, "assets");
    }
  });
  return { nodes, edges };
}
