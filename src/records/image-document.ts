import type { ImageError, ImageRecord, ImageStatus } from '../images/image.js';
import type { CompletedImage } from '../images/ports.js';

/** The request part of a record, stored in `doc`; the rest of a record has its own fields. */
type Doc = Pick<
  ImageRecord,
  'spec' | 'key' | 'widthPx' | 'heightPx' | 'warnings' | 'metadata' | 'createdAt'
>;

/** A hash from a script's flat reply: names and values alternate. */
export function toHash(flat: unknown): Record<string, string> {
  const list = flat as string[];
  const hash: Record<string, string> = {};
  for (let i = 0; i + 1 < list.length; i += 2) hash[String(list[i])] = String(list[i + 1]);
  return hash;
}

const NO_TIMINGS = { queue: 0, assets: 0, compile: 0, render: 0, encode: 0, store: 0, total: 0 };

/** Undefined for a hash without an image. */
export function parseImage(id: string, hash: Record<string, string>): ImageRecord | undefined {
  if (!hash.doc || !hash.status) return undefined;
  const doc = JSON.parse(hash.doc) as Doc;
  const result = hash.result ? (JSON.parse(hash.result) as CompletedImage) : undefined;
  return {
    id,
    status: hash.status as ImageStatus,
    generation: Number(hash.generation),
    bytes: 0,
    timings: NO_TIMINGS,
    ...doc,
    ...result,
    ...(hash.completed_at ? { completedAt: hash.completed_at } : {}),
    ...(hash.error ? { error: JSON.parse(hash.error) as ImageError } : {}),
  };
}

export function docOf(record: ImageRecord): string {
  const { spec, key, widthPx, heightPx, warnings, metadata, createdAt } = record;
  const doc: Doc = { spec, key, widthPx, heightPx, warnings, metadata, createdAt };
  return JSON.stringify(doc);
}
