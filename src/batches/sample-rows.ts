import type { FieldType } from '../templates/field-types/field-type.js';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { ResolvedFields, Template } from '../templates/template.js';
import { type CheckItem, type Reason, reasons } from './batch-check-report.js';

/** Properties of a row that decide whether it is sampled. */
export interface RowTraits {
  /** Characters of all texts together. */
  characters: number;
  emptyFields: number;
  rightToLeft: number;
  emoji: number;
  failingAssets: number;
  items: readonly CheckItem[];
}

const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/gu;
/**
 * Characters such as © are pictographs too, but are drawn as such only with a variation selector.
 */
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F/gu;

const isEmpty = (value: unknown) =>
  value === '' || value === null || (Array.isArray(value) && value.length === 0);

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(textsIn);
  return [];
}

/** Properties that follow from the resolved fields alone. */
export function contentTraits(
  template: Pick<Template, 'manifest'>,
  fields: ResolvedFields,
): Omit<RowTraits, 'failingAssets' | 'items'> {
  const valuesWhere = (has: (type: FieldType) => boolean) =>
    Object.entries(template.manifest.fields)
      .filter(([, field]) => has(fieldTypeOf(field)))
      .map(([name]) => fields[name]);
  const text = valuesWhere((type) => type.holdsText)
    .flatMap(textsIn)
    .join('');
  return {
    characters: [...text].length,
    emptyFields: valuesWhere((type) => type.leavesGap).filter(isEmpty).length,
    rightToLeft: text.match(RIGHT_TO_LEFT)?.length ?? 0,
    emoji: text.match(EMOJI)?.length ?? 0,
  };
}

const WEIGHTS = { error: 100, warning: 10, info: 1 };
/** More than any text has characters: characters only order rows with equally many empty fields. */
const PER_EMPTY_FIELD = 1_000_000;

/** Score of a row for each reason; 0 if the reason does not apply. */
const scores: Record<Reason, (traits: RowTraits) => number> = {
  longest: ({ characters }) => characters,
  emptiest: ({ emptyFields, characters }) => (emptyFields + 1) * PER_EMPTY_FIELD - characters,
  right_to_left: ({ rightToLeft }) => rightToLeft,
  emoji: ({ emoji }) => emoji,
  failing_picture: ({ failingAssets }) => failingAssets,
  most_warnings: ({ items }) => items.reduce((sum, item) => sum + WEIGHTS[item.severity], 0),
};

interface Ranked<T> {
  row: T;
  score: number;
}

export interface Choice<T> {
  row: T;
  reasons: Reason[];
}

/**
 * Selects sample rows in one pass, keeping at most `count` for each reason. Of equal rows the first
 * is kept.
 */
export function createSampleRows<T>(count: number) {
  const best = new Map<Reason, Ranked<T>[]>(reasons.map((reason) => [reason, []]));

  return {
    offer(row: T, traits: RowTraits): void {
      for (const [reason, ranking] of best) {
        const score = scores[reason](traits);
        if (score <= 0) continue;
        const after = ranking.findIndex((other) => other.score < score);
        if (after === -1 && ranking.length >= count) continue;
        ranking.splice(after === -1 ? ranking.length : after, 0, { row, score });
        ranking.length = Math.min(ranking.length, count);
      }
    },

    /**
     * Takes the first row of every reason, then the second, and so on, until there are `count`
     * different rows; each with all reasons for which it was found.
     */
    choose(): Choice<T>[] {
      const chosen = new Map<T, Reason[]>();
      for (let place = 0; place < count; place += 1) {
        for (const [reason, ranking] of best) {
          const row = ranking[place]?.row;
          if (row === undefined) continue;
          const known = chosen.get(row);
          if (known) known.push(reason);
          else if (chosen.size < count) chosen.set(row, [reason]);
        }
        if (chosen.size >= count) break;
      }
      return [...chosen].map(([row, why]) => ({
        row,
        reasons: reasons.filter((reason) => why.includes(reason)),
      }));
    },
  };
}
