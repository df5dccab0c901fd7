/*
 * Text from sheets, CMSs and forms carries things that nobody sees and that spoil a picture:
 * control characters, broken surrogates, direction marks without their end. They go; what the
 * writer meant stays.
 */

/** Unicode: C0 and C1 without tab and line breaks, noncharacters, interlinear marks, BOM. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing these is what it is for
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufdd0-\ufdef\ufff9-\ufffb\ufeff\ufffe\uffff]/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g;
/** Zero-width space and word joiner mean nothing at the edge of a text. */
const EDGE = /[\s\u200b\u2060]/;
/** What an ellipsis must not follow. */
const LOOSE_END = /[\s,;:.…\-–—(\u200b\u2060]/;
/** Only zero-width things: nothing that anyone could see. */
const NOTHING_VISIBLE =
  /^(?:\u034f|[\s\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164]|\p{Variation_Selector})*$/u;

const OPENS_EMBEDDING = /[\u202a\u202b\u202d\u202e]/;
const OPENS_ISOLATE = /[\u2066-\u2068]/;
const POP_EMBEDDING = '\u202c';
const POP_ISOLATE = '\u2069';
const BIDI = /[\u202a-\u202e\u2066-\u2069]/;

/**
 * Removes direction marks that are not closed, or close nothing: unbalanced, they would turn
 * round the text that the template puts after the value. Pairs are kept; they are legitimate.
 */
export function balanceDirectionMarks(text: string): string {
  if (!BIDI.test(text)) return text;
  const characters = Array.from(text);
  const keep = characters.map((c) => !BIDI.test(c));
  const open: { index: number; isolate: boolean }[] = [];
  characters.forEach((c, index) => {
    if (OPENS_EMBEDDING.test(c) || OPENS_ISOLATE.test(c)) {
      open.push({ index, isolate: OPENS_ISOLATE.test(c) });
    } else if (c === POP_EMBEDDING || c === POP_ISOLATE) {
      const last = open.at(-1);
      if (!last || last.isolate !== (c === POP_ISOLATE)) return;
      open.pop();
      keep[last.index] = true;
      keep[index] = true;
    }
  });
  return characters.filter((_, i) => keep[i]).join('');
}

/** By hand: `[…]+$` takes quadratic time on a long run that does not end the text. */
function trimEnd(text: string, edge: RegExp): string {
  let end = text.length;
  while (end > 0 && edge.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function trimEdges(text: string): string {
  let start = 0;
  while (start < text.length && EDGE.test(text.charAt(start))) start += 1;
  return trimEnd(text.slice(start), EDGE);
}

/** One no-break space is typography (`12 %`); any other run of white space is one space. */
function collapse(line: string): string {
  return trimEdges(
    line.replaceAll(/\s+/g, (run) => (run === '\u00a0' || run === '\u202f' ? run : ' ')),
  );
}

/** Some are the only way to write a name as its bearer does; NFC would put a common form in place. */
const COMPATIBILITY_IDEOGRAPHS = /([\uf900-\ufaff\u{2f800}-\u{2fa1f}]+)/u;

/** Unicode's NFC, but every ideograph keeps the form that was chosen. */
export function composeText(text: string): string {
  // Between such ideographs nothing composes, so the parts are as right as the whole.
  const parts = text.split(COMPATIBILITY_IDEOGRAPHS);
  return parts.map((part, i) => (i % 2 === 1 ? part : part.normalize('NFC'))).join('');
}

/** Without characters that cannot be shown; see `INVISIBLE`. */
export function visibleText(raw: string): string {
  return raw.replaceAll(LONE_SURROGATE, '').replaceAll(INVISIBLE, '');
}

export interface CleanText {
  text: string;
  /** Characters that were removed because they cannot be shown. */
  removed: number;
}

export interface CleanOptions {
  /** Single line breaks stay. */
  lines: boolean;
  /** What is read by a machine: line breaks and spaces within the text stay as they are. */
  exact?: boolean;
}

/**
 * NFC (but for ideographs), without what cannot be shown, white space collapsed and trimmed. With `lines`, single line
 * breaks stay and runs of them become one. Text of nothing visible is ''.
 */
export function cleanText(raw: string, options: CleanOptions): CleanText {
  const balanced = balanceDirectionMarks(visibleText(raw));
  // A byte order mark at the front is how spreadsheets save text: nothing that anyone should hear of.
  const marks = raw.startsWith('\ufeff') ? 1 : 0;
  const removed = raw.length - balanced.length - marks;
  const lines = composeText(balanced).split(LINE_BREAK);
  const collapsed = lines.map((line) => collapse(line)).filter((line) => line !== '');
  const text = options.exact
    ? trimEdges(lines.join('\n'))
    : collapsed.join(options.lines ? '\n' : ' ');
  return NOTHING_VISIBLE.test(text) ? { text: '', removed } : { text, removed };
}

/** Characters by Unicode's count, without a copy of the text. */
export function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What a reader counts as characters: an emoji with its modifiers is one. */
export function graphemeCount(text: string): number {
  let count = 0;
  for (const _ of graphemes.segment(text)) count += 1;
  return count;
}

const ELLIPSIS = '…';

/** How much of the text a cut may give up to end at a word instead of within one. */
const WORD_SEARCH = 0.25;

/**
 * The text cut to at most `max` graphemes, the ellipsis included, or undefined where it fits.
 * Ends after a whole word where one ends near, never within a grapheme, never on punctuation.
 */
export function truncateText(text: string, max: number): string | undefined {
  // A text of n code units has at most n graphemes; most texts are decided without segmenting.
  if (text.length <= max) return undefined;
  const parts: string[] = [];
  for (const { segment } of graphemes.segment(text)) {
    if (parts.push(segment) > max) break;
  }
  if (parts.length <= max) return undefined;
  let end = max - 1;
  if (!/^\s/u.test(parts[end] ?? '')) {
    const space = parts.slice(0, end).findLastIndex((p) => /^\s/u.test(p));
    if (space >= end * (1 - WORD_SEARCH)) end = space;
  }
  const head = parts.slice(0, end).join('');
  const tidy = trimEnd(head, LOOSE_END);
  return `${balanceDirectionMarks(tidy === '' ? head.trimEnd() : tidy)}${ELLIPSIS}`;
}

/** Enough for 60 graphemes of any kind that people write. */
const QUOTED_FROM = 1000;

/** A value as it can stand in a message: quoted, short, on one line. */
export function quoteValue(value: unknown): string {
  const text = cleanText(String(value).slice(0, QUOTED_FROM), { lines: false }).text;
  return `"${truncateText(text, 60) ?? text}"`;
}
