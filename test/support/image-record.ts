import type { ImageRecord } from '../../src/images/image.js';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** The n-th id, in the shape of real ones. Ids sort as their numbers do. */
export function imageIdOf(n: number): string {
  let id = '';
  for (let rest = n, i = 0; i < 32; i += 1, rest = Math.floor(rest / 32)) {
    id = (ALPHABET[rest % 32] ?? 'a') + id;
  }
  // Letters sort behind digits, so the alphabet is put in the order of its characters.
  return id.replace(/[a-z2-7]/g, (c) => SORTED[ALPHABET.indexOf(c)] ?? c);
}

const SORTED = [...ALPHABET].sort();

/** A draft as `submit` makes it. */
export function draftOf(n: number, more: Partial<ImageRecord> = {}): ImageRecord {
  const id = imageIdOf(n);
  return {
    id,
    status: 'queued',
    generation: 1,
    spec: {
      templateId: 'card',
      templateVersion: '0123456789abcdef',
      fields: { title: `Title ${n}`, empty: null, list: ['a', 'b'] },
      size: { name: 'og', widthPx: 1200, heightPx: 630 },
      output: { format: 'png', scale: 1, quality: 0, maxBytes: 0 },
    },
    key: `card/${id.slice(0, 2)}/${id}.png`,
    widthPx: 1200,
    heightPx: 630,
    bytes: 0,
    warnings: [],
    timings: { queue: 0, assets: 0, compile: 0, render: 0, encode: 0, store: 0, total: 0 },
    metadata: {},
    createdAt: new Date(Date.UTC(2026, 9, 1, 10, 0, 0, n)).toISOString(),
    ...more,
  };
}

export const RESULT = {
  widthPx: 1200,
  heightPx: 630,
  bytes: 4_321,
  warnings: [{ code: 'text_shortened' as const, field: 'title', message: 'Shorten it.' }],
  timings: { queue: 1, assets: 2, compile: 3, render: 4, encode: 5, store: 6, total: 21 },
};
