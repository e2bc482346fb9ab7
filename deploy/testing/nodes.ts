/** Nodes and wires of a film as the stories draw it. */

export const at = (x: number, y: number) => ({ position: { x, y } });
export const shot = (id: string, number: number, x: number, y: number) => ({
  id,
  type: "shot",
  title: `SHOT-0${number}0`,
  shot: `SHOT-0${number}0`,
  prompt: "Rain on the glass",
  duration: 12,
  ...at(x, y),
});
export const wire = (source: string, source_port: string, target: string, target_port: string) => ({
  id: `${source}-${target}`,
  source,
  source_port,
  target,
  target_port,
});
