/** How the picture lies in the painter: offset in screen pixels from the stage's corner, and screen pixels per pixel. */
export interface View {
  x: number;
  y: number;
  scale: number;
}
export interface Area {
  width: number;
  height: number;
}

const MARGIN = 24;
const LEAST = 0.05;
const MOST = 16;

/** The whole picture in the middle, never larger than it is. */
export function fitted(picture: Area, stage: Area): View {
  const scale = Math.max(
    LEAST,
    Math.min(
      (stage.width - MARGIN * 2) / picture.width,
      (stage.height - MARGIN * 2) / picture.height,
      2,
    ),
  );
  return {
    x: (stage.width - picture.width * scale) / 2,
    y: (stage.height - picture.height * scale) / 2,
    scale,
  };
}

/** Closer or further by a factor; what lies under a point of the stage stays there. */
export function zoomed(view: View, factor: number, at: { x: number; y: number }): View {
  const scale = Math.min(MOST, Math.max(LEAST, view.scale * factor));
  const ratio = scale / view.scale;
  return { x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio, scale };
}
