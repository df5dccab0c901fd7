import { createHash } from 'node:crypto';
import type { Asset, PlaceholderSource } from '../images/ports.js';
import { facesFor } from '../lib/writing-systems.js';
import { initialsOf } from '../templates/initials.js';
import type { FieldSpec } from '../templates/manifest.js';

interface Tone {
  from: string;
  to: string;
  ink: string;
}

/**
 * Light backgrounds with dark text of the same hue. Each pair has a contrast of at least 4.5 : 1
 * (WCAG 2.2, 1.4.3) at both ends of its gradient.
 */
export const TONES: readonly Tone[] = [
  { from: '#e4ecfb', to: '#cfdcf6', ink: '#1f3f7f' },
  { from: '#e0f1f0', to: '#c7e4e2', ink: '#12514d' },
  { from: '#e5f2e4', to: '#cfe6cd', ink: '#23552a' },
  { from: '#f4f0dc', to: '#eae2bd', ink: '#5a4a08' },
  { from: '#fbeadb', to: '#f5d8bd', ink: '#7a3a0c' },
  { from: '#fbe4e2', to: '#f6cfcb', ink: '#84251f' },
  { from: '#f9e4ee', to: '#f2cde0', ink: '#7d2150' },
  { from: '#efe6fa', to: '#dfd0f4', ink: '#512a86' },
  { from: '#e7e9f0', to: '#d5d9e5', ink: '#343d57' },
  { from: '#e1f0f8', to: '#c8e2f1', ink: '#0f4d6b' },
];

const NEUTRAL: Tone = { from: '#eef0f3', to: '#e0e4e9', ink: '#b3bac5' };

/** The bundled font first, then those of the initials' script, then system fonts for others. */
function familiesFor(initials: string): string {
  const named = facesFor(initials).map((face) => `'${face}'`);
  const others = ['Noto Sans CJK SC', 'Noto Sans Arabic', 'Noto Color Emoji'].map((f) => `'${f}'`);
  const families = ['Inter', "'Inter Variable'", "'Noto Sans'", ...named, ...others];
  return [...new Set(families), 'system-ui', 'sans-serif'].join(', ');
}

const DEFAULT_SIDE_PX = 400;

function toneOf(initials: string): Tone {
  const index = createHash('sha256').update(initials).digest().readUInt32BE(0) % TONES.length;
  return TONES[index] ?? NEUTRAL;
}

function escapeXml(text: string): string {
  // Characters that XML does not allow would make the whole SVG unreadable.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
  const valid = text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
  return valid
    .replaceAll(/\p{Surrogate}/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function frame(width: number, height: number, tone: Tone, content: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    '<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1">' +
    `<stop offset="0" stop-color="${tone.from}"/><stop offset="1" stop-color="${tone.to}"/>` +
    `</linearGradient></defs><rect width="${width}" height="${height}" fill="url(#g)"/>${content}</svg>`
  );
}

/** Letters of these stand within one em, as capitals do. */
const NARROW =
  /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Thai}\p{Script=Lao}\p{Script=Tibetan}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Common}\p{N}]/u;
const WIDE_EM = 1.4;
const SPACING_MARK_EM = 0.75;
/** So much of the side is within a circle, too, at the height of the letters. */
const ROOM = 0.8;

/** At most so wide, in em: letters of many scripts are wide, and have marks before and behind. */
function widthOf(initials: string): number {
  let em = 0;
  for (const character of initials.normalize('NFD')) {
    if (/\p{Mc}/u.test(character)) em += SPACING_MARK_EM;
    else if (/\p{L}|\p{N}/u.test(character)) em += NARROW.test(character) ? 1 : WIDE_EM;
  }
  return em;
}

function drawInitials(width: number, height: number, initials: string): string {
  const tone = toneOf(initials);
  const share = Math.min(0.4, ROOM / Math.max(1, widthOf(initials)));
  const fontPx = Math.round(Math.min(width, height) * share);
  // 0.35 em is half the height of capitals, so that they are centred in every renderer.
  const baseline = Math.round(height / 2 + fontPx * 0.35);
  return frame(
    width,
    height,
    tone,
    `<text x="${width / 2}" y="${baseline}" text-anchor="middle" font-family="${familiesFor(initials)}" ` +
      `font-size="${fontPx}" font-weight="600" fill="${tone.ink}">${escapeXml(initials)}</text>`,
  );
}

/**
 * A small, pale picture icon: it shows that an image belongs here, without looking like an error.
 */
function drawNeutral(width: number, height: number): string {
  const unit = Math.min(width, height) / 100;
  const left = width / 2 - 15 * unit;
  const top = height / 2 - 12 * unit;
  const glyph =
    `<g transform="translate(${left} ${top}) scale(${unit})" fill="none" stroke="${NEUTRAL.ink}" ` +
    'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round">' +
    '<rect x="0" y="0" width="30" height="24" rx="3"/><circle cx="9" cy="8" r="2.4"/>' +
    '<path d="M1 20l7-6 5 4 8-8 8 8"/></g>';
  return frame(width, height, NEUTRAL, glyph);
}

/**
 * Draws placeholders as SVG in the proportions of the field's box. The same initials always have
 * the same colours.
 */
export function createPlaceholderSource(): PlaceholderSource {
  return {
    placeholder(field: FieldSpec, nameText: string | undefined): Asset {
      const [width, height] = field.box ?? [DEFAULT_SIDE_PX, DEFAULT_SIDE_PX];
      const initials =
        field.on_error === 'initials' && nameText !== undefined ? initialsOf(nameText) : '';
      const svg =
        initials === '' ? drawNeutral(width, height) : drawInitials(width, height, initials);
      const body = Buffer.from(svg, 'utf8');
      return {
        hash: createHash('sha256').update(body).digest('hex'),
        contentType: 'image/svg+xml',
        body,
        widthPx: width,
        heightPx: height,
      };
    },
  };
}
