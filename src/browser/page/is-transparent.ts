/** Whether a computed colour has alpha 0: `rgba(0, 0, 0, 0)`, `oklch(… / 0)`; not `rgb(0, 0, 0)`. */
export function isTransparent(color: string): boolean {
  return /^transparent$|^rgba\(.{1,40}, 0\)$|\/ 0\)$/.test(color);
}
