import { z } from 'zod';

/* Keys of a field in the manifest that several types take. Those of one type alone stand with it. */

/** Sides are CSS pixels; 2048 bounds what one picture can cost (4 megapixels at scale 1). */
const MAX_SIDE_PX = 2048;

export const side = z.int().min(16).max(MAX_SIDE_PX);

export const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'use lower-case letters, digits and _, starting with a letter');

/** Graphemes for text, entries for a list. */
export const maxLengthOption = z.int().min(1).max(10_000).optional();

export const caseOption = z.enum(['as_is', 'title', 'sentence', 'name']).optional();

/** What looks like HTML or a merge tag is the text itself: a headline about code. */
export const asWrittenOption = z.boolean().optional();

/** The box in CSS pixels that an asset is prepared for. */
export const boxOption = z.tuple([side, side]).optional();

/** What stands in for an asset that is missing or cannot be shown. */
export const onErrorOption = z.enum(['placeholder', 'initials', 'hide']).optional();
