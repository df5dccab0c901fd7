import type { CodeModules } from './code-symbologies.js';
import type { DrawnAsset } from './field-type.js';

export interface CodeLook {
  /** CSS pixels. */
  box: readonly [width: number, height: number];
  dark: string;
  light: string;
}

/** Modules of whole pixels look best; not where the code would lose more than a tenth of its size. */
const LEAST_SHARE = 0.9;

/** The width of a module in CSS pixels where the code is shown in its box. */
export function moduleSize({ rows, quietZone }: CodeModules, box: CodeLook['box']): number {
  const columns = (rows[0]?.length ?? 0) + 2 * quietZone;
  const [width, height] = box;
  const exact =
    rows.length === 1
      ? width / columns
      : Math.min(width / columns, height / (rows.length + 2 * quietZone));
  const whole = Math.floor(exact);
  return whole / exact >= LEAST_SHARE ? whole : exact;
}

/** One shape for each run of dark modules. */
function pathOf(rows: CodeModules['rows']): string {
  const shapes: string[] = [];
  for (const [y, row] of rows.entries()) {
    let start = 0;
    for (let x = 0; x <= row.length; x += 1) {
      if (row[x]) continue;
      if (x > start) shapes.push(`M${start} ${y}h${x - start}v1h${start - x}z`);
      start = x + 1;
    }
  }
  return shapes.join('');
}

const rounded = (value: number) => Number(value.toFixed(4));

/** The code in the middle of its box, which is light from edge to edge: no layout can crop it. */
export function drawCode(modules: CodeModules, { box, dark, light }: CodeLook): DrawnAsset {
  const { rows } = modules;
  const [width, height] = box;
  const size = moduleSize(modules, box);
  const isBars = rows.length === 1;
  const left = (width - (rows[0]?.length ?? 0) * size) / 2;
  const top = isBars ? 0 : (height - rows.length * size) / 2;
  const place = Number.isInteger(size) ? Math.floor : rounded;
  const scale = `${rounded(size)} ${isBars ? height : rounded(size)}`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" shape-rendering="crispEdges">` +
    `<rect width="${width}" height="${height}" fill="${light}"/>` +
    `<path transform="translate(${place(left)} ${place(top)}) scale(${scale})" fill="${dark}" d="${pathOf(rows)}"/></svg>`;
  return { svg, widthPx: width, heightPx: height };
}
