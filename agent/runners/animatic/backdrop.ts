/** A seeded landscape for a card to stand on: sky, a low sun, three ridges. Soft enough to read text over. */

type Rgb = [number, number, number];

export interface Backdrop {
  /** Binary PPM (P6), which every ffmpeg reads. */
  ppm: Uint8Array<ArrayBuffer>;
  /** For the bar and the mark, `0xRRGGBB`. */
  accent: string;
}

export function paintBackdrop(random: () => number, width: number, height: number): Backdrop {
  const hue = random() * 360;
  const turn = 25 + random() * 50;
  const top = rgb(hue, 0.45, 0.16 + random() * 0.08);
  const horizon = rgb(hue + turn, 0.5, 0.42 + random() * 0.12);
  const sun = rgb(hue + turn * 1.6, 0.75, 0.7);
  const sunX = width * (0.2 + random() * 0.6);
  const sunY = height * (0.42 + random() * 0.2);
  const reach = height * (0.35 + random() * 0.25);
  const ridges = [0, 1, 2].map((layer) => ({
    line: ridge(random, width, height * (0.6 + layer * 0.11), height * (0.1 - layer * 0.02)),
    colour: mix(horizon, rgb(hue - 15, 0.5, 0.07), 0.5 + layer * 0.22),
  }));

  const header = new TextEncoder().encode(`P6\n${width} ${height}\n255\n`);
  const ppm = new Uint8Array(header.length + width * height * 3);
  ppm.set(header);
  let at = header.length;
  for (let y = 0; y < height; y++) {
    const sky = mix(top, horizon, Math.min(1, (y / height) / 0.72) ** 1.4);
    for (let x = 0; x < width; x++) {
      const distance = Math.hypot(x - sunX, y - sunY) / reach;
      let colour = mix(sky, sun, 0.75 * Math.exp(-distance * distance * 5));
      for (const { line, colour: land } of ridges) {
        // One pixel of blend keeps the outline smooth when the picture is enlarged.
        const inside = Math.min(1, Math.max(0, y - line[x]! + 0.5));
        if (inside > 0) colour = mix(colour, land, inside);
      }
      // A little noise hides the bands that eight bits leave in a wide gradient.
      const grain = ((x * 13 + y * 31 + ((x * y) % 17)) % 5) - 2;
      for (const channel of colour) ppm[at++] = Math.min(255, Math.max(0, Math.round(channel + grain * 0.4)));
    }
  }
  return { ppm, accent: hex(sun) };
}

/** Heights of a mountain line: three sines whose phase and length the seed picks. */
function ridge(random: () => number, width: number, base: number, swing: number): Float64Array {
  const waves = [1.2, 2.9, 6.7].map((times, index) => ({
    length: (times * (0.8 + random() * 0.5) * 2 * Math.PI) / width,
    phase: random() * 2 * Math.PI,
    height: swing / (index + 1),
  }));
  return Float64Array.from(
    { length: width },
    (_, x) => waves.reduce((y, wave) => y - wave.height * Math.sin(x * wave.length + wave.phase), base),
  );
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

/** HSL (degrees, 0 to 1, 0 to 1) as 0 to 255. */
function rgb(hue: number, saturation: number, lightness: number): Rgb {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number) => {
    const k = (((offset + hue / 30) % 12) + 12) % 12;
    return 255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}

function hex(colour: Rgb): string {
  return "0x" + colour.map((channel) => Math.round(channel).toString(16).padStart(2, "0")).join("");
}
