// d3-interpolate as far as d3-zoom uses it. The whole of it brings every colour space along.

/** How strongly a view goes out and in again on its way. */
const RHO = Math.SQRT2;

/**
 * From one view to another, each `[middle x, middle y, width]`, so that it looks even to the eye: "Smooth and efficient zooming and
 * panning", J. J. van Wijk and W. A. A. Nuij, 2003.
 */
export function interpolateZoom([x0, y0, w0], [x1, y1, w1]) {
  const dx = x1 - x0, dy = y1 - y0;
  const u1 = Math.hypot(dx, dy);
  if (u1 < 1e-6) {
    return (t) => [x0 + t * dx, y0 + t * dy, w0 * (w1 / w0) ** t];
  }
  // Equation 9: r(i) = ln(-b(i) + sqrt(b(i)^2 + 1)), which is -asinh(b(i)).
  const b0 = (w1 ** 2 - w0 ** 2 + RHO ** 4 * u1 ** 2) / (2 * w0 * RHO ** 2 * u1);
  const b1 = (w1 ** 2 - w0 ** 2 - RHO ** 4 * u1 ** 2) / (2 * w1 * RHO ** 2 * u1);
  const r0 = -Math.asinh(b0), r1 = -Math.asinh(b1);
  const length = (r1 - r0) / RHO;
  return (t) => {
    const s = RHO * t * length + r0;
    const u = (w0 / RHO ** 2) * (Math.cosh(r0) * Math.tanh(s) - Math.sinh(r0));
    return [x0 + (u * dx) / u1, y0 + (u * dy) / u1, (w0 * Math.cosh(r0)) / Math.cosh(s)];
  };
}
