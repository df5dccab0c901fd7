/*
 * Colours that the rasteriser does not know, as those that it does. CSS Color 4; values outside of
 * sRGB are cut to it, as Chromium does.
 */

type Triple = [number, number, number];

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

const toGamma = (part: number) => {
  const size = Math.abs(part);
  const curved = size <= 0.0031308 ? 12.92 * size : 1.055 * size ** (1 / 2.4) - 0.055;
  return Math.sign(part) * curved;
};
const toLinear = (part: number) => {
  const size = Math.abs(part);
  return Math.sign(part) * (size <= 0.04045 ? size / 12.92 : ((size + 0.055) / 1.055) ** 2.4);
};

const times = (matrix: Triple[], [x, y, z]: Triple): Triple =>
  matrix.map(([a, b, c]) => a * x + b * y + c * z) as Triple;

const OKLAB_TO_LMS: Triple[] = [
  [1, 0.3963377774, 0.2158037573],
  [1, -0.1055613458, -0.0638541728],
  [1, -0.0894841775, -1.291485548],
];
const LMS_TO_RGB: Triple[] = [
  [4.0767416621, -3.3077115913, 0.2309699292],
  [-1.2684380046, 2.6097574011, -0.3413193965],
  [-0.0041960863, -0.7034186147, 1.707614701],
];
const XYZ_TO_RGB: Triple[] = [
  [3.2409699419, -1.5373831776, -0.4986107603],
  [-0.9692436363, 1.8759675015, 0.0415550574],
  [0.0556300797, -0.2039769589, 1.0569715142],
];
const P3_TO_XYZ: Triple[] = [
  [0.4865709486, 0.2656676932, 0.1982172852],
  [0.2289745641, 0.6917385218, 0.0792869141],
  [0, 0.0451133819, 1.0439443689],
];
const D50_TO_D65: Triple[] = [
  [0.9554734527, -0.0230985369, 0.0632593086],
  [-0.0283697069, 1.009995458, 0.021041399],
  [0.0123140016, -0.0205076964, 1.3303659366],
];
const D50: Triple = [0.9642956764, 1, 0.8251046025];

const oklabToRgb = (lab: Triple) =>
  times(LMS_TO_RGB, times(OKLAB_TO_LMS, lab).map((part) => part ** 3) as Triple);

function labToRgb([l, a, b]: Triple): Triple {
  const y = (l + 16) / 116;
  const back = (part: number) =>
    part ** 3 > 216 / 24389 ? part ** 3 : (116 * part - 16) / (24389 / 27);
  const xyz = [back(a / 500 + y), l > 8 ? y ** 3 : l / (24389 / 27), back(y - b / 200)];
  return times(XYZ_TO_RGB, times(D50_TO_D65, xyz.map((part, i) => part * (D50[i] ?? 1)) as Triple));
}

const polar = ([l, chroma, hue]: Triple): Triple => {
  const angle = (hue * Math.PI) / 180;
  return [l, chroma * Math.cos(angle), chroma * Math.sin(angle)];
};

function hwbToRgb([hue, white, black]: Triple): Triple {
  const sum = white + black;
  if (sum >= 1) return [white / sum, white / sum, white / sum].map(toLinear) as Triple;
  const pure = [0, 8, 4].map((n) => {
    const k = (n + hue / 30) % 12;
    return 0.5 - 0.5 * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  });
  return pure.map((part) => toLinear(part * (1 - sum) + white)) as Triple;
}

/** Linear sRGB by the space that `color()` names. */
const SPACES: Record<string, (parts: Triple) => Triple> = {
  srgb: (parts) => parts.map(toLinear) as Triple,
  'srgb-linear': (parts) => parts,
  'display-p3': (parts) => times(XYZ_TO_RGB, times(P3_TO_XYZ, parts.map(toLinear) as Triple)),
  xyz: (parts) => times(XYZ_TO_RGB, parts),
  'xyz-d65': (parts) => times(XYZ_TO_RGB, parts),
  'xyz-d50': (parts) => times(XYZ_TO_RGB, times(D50_TO_D65, parts)),
};

const HUES: Record<string, number> = { '': 1, deg: 1, grad: 0.9, rad: 180 / Math.PI, turn: 360 };

/** One part; `whole` is what 100% stands for. */
function partOf(text: string, whole: number): number | undefined {
  if (text === 'none') return 0;
  const match = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)(%|deg|grad|rad|turn)?$/i.exec(text);
  if (!match) return undefined;
  const value = Number(match[1]);
  const unit = (match[2] ?? '').toLowerCase();
  return unit === '%' ? (value / 100) * whole : value * (HUES[unit] ?? 1);
}

const FUNCTIONS: Record<string, { wholes: Triple; toRgb(parts: Triple): Triple }> = {
  oklch: { wholes: [1, 0.4, 360], toRgb: (parts) => oklabToRgb(polar(parts)) },
  oklab: { wholes: [1, 0.4, 0.4], toRgb: oklabToRgb },
  lch: { wholes: [100, 150, 360], toRgb: (parts) => labToRgb(polar(parts)) },
  lab: { wholes: [100, 125, 125], toRgb: labToRgb },
  hwb: { wholes: [360, 1, 1], toRgb: hwbToRgb },
};

export const isColorFunction = (name: string) =>
  Object.hasOwn(FUNCTIONS, name.toLowerCase()) || name.toLowerCase() === 'color';

/**
 * `oklch(…)`, `oklab`, `lch`, `lab`, `hwb` and `color(…)` as `rgb()` or `rgba()`; undefined for what
 * is none, or is relative to another colour.
 */
export function colorInSrgb(name: string, content: string): string | undefined {
  const words = content
    .trim()
    .toLowerCase()
    .replaceAll('/', ' / ')
    .split(/[\s,]+/);
  const space = name.toLowerCase() === 'color' ? words.shift() : undefined;
  const [first = '', second = '', third = '', ...rest] = words;
  const known = FUNCTIONS[name.toLowerCase()];
  const toRgb = space === undefined ? known?.toRgb : SPACES[space];
  const wholes: Triple = space === undefined ? (known?.wholes ?? [1, 1, 1]) : [1, 1, 1];
  const parts = [first, second, third].map((text, i) => partOf(text, wholes[i] ?? 1));
  const [slash, alphaText, ...more] = rest;
  const alpha = slash === undefined ? 1 : slash === '/' ? partOf(alphaText ?? '', 1) : undefined;
  if (!toRgb || alpha === undefined || more.length > 0) return undefined;
  if (parts.some((part) => part === undefined)) return undefined;
  const given = parts as Triple;
  // White and black of hwb() have no number without a percent sign in the old form.
  if (known === FUNCTIONS.hwb && (given[1] > 1 || given[2] > 1)) {
    given[1] /= 100;
    given[2] /= 100;
  }
  const bytes = toRgb(given).map((part) => Math.round(clamp(toGamma(part), 0, 1) * 255));
  if (bytes.some((byte) => !Number.isFinite(byte))) return undefined;
  const opacity = Number(clamp(alpha, 0, 1).toFixed(4));
  return opacity === 1 ? `rgb(${bytes.join(',')})` : `rgba(${bytes.join(',')},${opacity})`;
}
