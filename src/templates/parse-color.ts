/** CSS Color Module Level 4, named colours. */
const NAMED =
  'aliceblue f0f8ff antiquewhite faebd7 aqua 00ffff aquamarine 7fffd4 azure f0ffff beige f5f5dc bisque ffe4c4 ' +
  'black 000000 blanchedalmond ffebcd blue 0000ff blueviolet 8a2be2 brown a52a2a burlywood deb887 cadetblue 5f9ea0 ' +
  'chartreuse 7fff00 chocolate d2691e coral ff7f50 cornflowerblue 6495ed cornsilk fff8dc crimson dc143c cyan 00ffff ' +
  'darkblue 00008b darkcyan 008b8b darkgoldenrod b8860b darkgray a9a9a9 darkgreen 006400 darkgrey a9a9a9 ' +
  'darkkhaki bdb76b darkmagenta 8b008b darkolivegreen 556b2f darkorange ff8c00 darkorchid 9932cc darkred 8b0000 ' +
  'darksalmon e9967a darkseagreen 8fbc8f darkslateblue 483d8b darkslategray 2f4f4f darkslategrey 2f4f4f ' +
  'darkturquoise 00ced1 darkviolet 9400d3 deeppink ff1493 deepskyblue 00bfff dimgray 696969 dimgrey 696969 ' +
  'dodgerblue 1e90ff firebrick b22222 floralwhite fffaf0 forestgreen 228b22 fuchsia ff00ff gainsboro dcdcdc ' +
  'ghostwhite f8f8ff gold ffd700 goldenrod daa520 gray 808080 green 008000 greenyellow adff2f grey 808080 ' +
  'honeydew f0fff0 hotpink ff69b4 indianred cd5c5c indigo 4b0082 ivory fffff0 khaki f0e68c lavender e6e6fa ' +
  'lavenderblush fff0f5 lawngreen 7cfc00 lemonchiffon fffacd lightblue add8e6 lightcoral f08080 lightcyan e0ffff ' +
  'lightgoldenrodyellow fafad2 lightgray d3d3d3 lightgreen 90ee90 lightgrey d3d3d3 lightpink ffb6c1 ' +
  'lightsalmon ffa07a lightseagreen 20b2aa lightskyblue 87cefa lightslategray 778899 lightslategrey 778899 ' +
  'lightsteelblue b0c4de lightyellow ffffe0 lime 00ff00 limegreen 32cd32 linen faf0e6 magenta ff00ff maroon 800000 ' +
  'mediumaquamarine 66cdaa mediumblue 0000cd mediumorchid ba55d3 mediumpurple 9370db mediumseagreen 3cb371 ' +
  'mediumslateblue 7b68ee mediumspringgreen 00fa9a mediumturquoise 48d1cc mediumvioletred c71585 ' +
  'midnightblue 191970 mintcream f5fffa mistyrose ffe4e1 moccasin ffe4b5 navajowhite ffdead navy 000080 ' +
  'oldlace fdf5e6 olive 808000 olivedrab 6b8e23 orange ffa500 orangered ff4500 orchid da70d6 palegoldenrod eee8aa ' +
  'palegreen 98fb98 paleturquoise afeeee palevioletred db7093 papayawhip ffefd5 peachpuff ffdab9 peru cd853f ' +
  'pink ffc0cb plum dda0dd powderblue b0e0e6 purple 800080 rebeccapurple 663399 red ff0000 rosybrown bc8f8f ' +
  'royalblue 4169e1 saddlebrown 8b4513 salmon fa8072 sandybrown f4a460 seagreen 2e8b57 seashell fff5ee sienna a0522d ' +
  'silver c0c0c0 skyblue 87ceeb slateblue 6a5acd slategray 708090 slategrey 708090 snow fffafa springgreen 00ff7f ' +
  'steelblue 4682b4 tan d2b48c teal 008080 thistle d8bfd8 tomato ff6347 turquoise 40e0d0 violet ee82ee wheat f5deb3 ' +
  'white ffffff whitesmoke f5f5f5 yellow ffff00 yellowgreen 9acd32 transparent 00000000';

function pairs(text: string): [string, string][] {
  const words = text.split(' ');
  return words.flatMap((name, i) => (i % 2 === 0 ? [[name, words[i + 1] ?? '']] : []));
}

const named = new Map(pairs(NAMED));

export const colorNames: readonly string[] = [...named.keys()];

function hexByte(value: number): string {
  const byte = Math.round(Math.min(255, Math.max(0, value)));
  return byte.toString(16).padStart(2, '0');
}

/** Full opacity is not written: one colour, one spelling. */
function canonical(hex: string): string {
  const long = hex.length <= 4 ? Array.from(hex, (d) => d + d).join('') : hex;
  return `#${long.endsWith('ff') && long.length === 8 ? long.slice(0, 6) : long}`;
}

const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(%|deg|grad|rad|turn)?$/;

interface Quantity {
  value: number;
  unit: string;
}

function quantity(text: string): Quantity | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  return { value: Number(match[1]), unit: match[2] ?? '' };
}

function alphaHex(part: string | undefined): string | undefined {
  if (part === undefined) return '';
  const alpha = quantity(part);
  if (!alpha || (alpha.unit !== '' && alpha.unit !== '%')) return undefined;
  return hexByte((alpha.unit === '%' ? alpha.value / 100 : alpha.value) * 255);
}

function rgbHex(parts: Quantity[]): string | undefined {
  const units = new Set(parts.map((p) => p.unit));
  if (units.size > 1 || ![...units].every((u) => u === '' || u === '%')) return undefined;
  return parts.map((p) => hexByte(p.unit === '%' ? (p.value / 100) * 255 : p.value)).join('');
}

const DEGREES: Record<string, number> = { '': 1, deg: 1, grad: 0.9, rad: 180 / Math.PI, turn: 360 };

/** CSS Color 4, section 7.1: the conversion of HSL to sRGB. */
function hslHex(parts: Quantity[]): string | undefined {
  const [hue, saturation, lightness] = parts;
  const factor = hue && DEGREES[hue.unit];
  if (!hue || !saturation || !lightness || factor === undefined) return undefined;
  if (![saturation, lightness].every((q) => q.unit === '%' || q.unit === '')) return undefined;
  const h = (((hue.value * factor) % 360) + 360) % 360;
  const s = Math.min(100, Math.max(0, saturation.value)) / 100;
  const l = Math.min(100, Math.max(0, lightness.value)) / 100;
  const channel = (n: number) => {
    const k = (n + h / 30) % 12;
    return l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  return [0, 8, 4].map((n) => hexByte(channel(n) * 255)).join('');
}

function functional(name: string, inside: string): string | undefined {
  const commas = inside.includes(',');
  const [colour = '', slashAlpha, ...more] = commas ? [inside] : inside.split('/');
  if (more.length > 0) return undefined;
  const parts = colour
    .trim()
    .split(commas ? /\s*,\s*/ : /\s+/)
    .map((p) => p.trim());
  const alphaPart = commas && parts.length === 4 ? parts.pop() : slashAlpha?.trim();
  const quantities = parts.map(quantity);
  if (quantities.length !== 3 || quantities.some((q) => q === undefined)) return undefined;
  const known = quantities.filter((q) => q !== undefined);
  const hex = name === 'rgb' ? rgbHex(known) : hslHex(known);
  const alpha = alphaHex(alphaPart);
  return hex === undefined || alpha === undefined ? undefined : canonical(hex + alpha);
}

/**
 * A colour as `#rrggbb` or `#rrggbbaa` in small letters, or undefined where it is none. Reads hex
 * with 3, 4, 6 or 8 digits (6 also without `#`, as sheets hold them), `rgb()` and `hsl()` in the
 * old and the new notation, and CSS names.
 */
export function parseColor(text: string): string | undefined {
  const color = text.trim().toLowerCase();
  const hex =
    /^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/.exec(color) ?? /^([0-9a-f]{6})$/.exec(color);
  if (hex?.[1]) return canonical(hex[1]);
  const name = named.get(color);
  if (name) return canonical(name);
  const call = /^(rgb|hsl)a?\(\s*([^()]*?)\s*\)$/.exec(color);
  return call?.[1] && call[2] ? functional(call[1], call[2]) : undefined;
}
