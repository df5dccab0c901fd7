import { createRequire } from 'node:module';

/*
 * Where words may break, by the patterns of TeX (Liang's algorithm). Chromium brings no patterns
 * for `hyphens: auto` on Linux, so the places are marked in the text itself, with soft hyphens.
 */

type Patterns = readonly [levels: unknown, trie: unknown, exceptions?: Record<string, number[]>];
type Hyphenator = (text: string) => string;
type CreateHyphenator = (patterns: Patterns, options: Record<string, unknown>) => Hyphenator;

/** Named in the package as the language is. Those of Church Slavonic (`cu`) are broken there. */
const NAMED_ALIKE =
  'af as be bg bn ca cop cs cy da es et eu fi fr fur ga gl grc gu hi hr hsb hu hy ia id is it ka kmr kn la lt lv mk ml mr nb nl nn no oc or pa pi pl pms pt rm ro ru sa sk sl sq sv ta te th tk tr uk';

/** By language, or language and one further part of the tag: the patterns that go with it. */
const patternsOf: Readonly<Record<string, string>> = {
  ...Object.fromEntries(NAMED_ALIKE.split(' ').map((tag) => [tag, tag])),
  am: 'mul-ethi',
  bs: 'sh-latn',
  de: 'de-1996',
  'de-1901': 'de-1901',
  el: 'el-monoton',
  'el-polyton': 'el-polyton',
  en: 'en-us',
  'en-au': 'en-gb',
  'en-gb': 'en-gb',
  'en-ie': 'en-gb',
  'en-in': 'en-gb',
  'en-nz': 'en-gb',
  'en-za': 'en-gb',
  gez: 'mul-ethi',
  ku: 'kmr',
  mn: 'mn-cyrl',
  sh: 'sh-latn',
  'sh-cyrl': 'sh-cyrl',
  sr: 'sr-cyrl',
  'sr-latn': 'sh-latn',
  ti: 'mul-ethi',
  'zh-latn': 'zh-latn-pinyin',
};

/** Written without hyphens: such words break, and nothing marks it. */
const WITHOUT_HYPHENS = new Set(['mul-ethi', 'th', 'zh-latn-pinyin']);

/** Languages that join words into long ones; in others a title reads better whole. */
const COMPOUNDING = new Set('af da de et fi hu is nb nl nn no sv'.split(' '));

/** The languages that words can be divided in, for the reference. */
export const hyphenatedLanguages = Object.keys(patternsOf).filter((tag) => !tag.includes('-'));

const SOFT_HYPHEN = '\u00ad';
const ZERO_WIDTH_SPACE = '\u200b';
/** Shorter words break no better than they stand. */
const MIN_LETTERS = 8;
/** On a card a line of two letters and a hyphen looks like an accident; TeX allows it. */
const MIN_LETTERS_AT_EDGE = 3;
const WORD = /[\p{L}\p{M}\u00ad'’]+/gu;
/** Addresses, hashtags, codes: a hyphen within would be read as part of them. */
const NO_PROSE = /[@#/\\_\d]|[.:]\p{L}/u;
/** Each remembered word is some 100 bytes; titles share most of theirs. */
const MAX_KEPT = 5_000;

const require = createRequire(import.meta.url);

/** The package remembers every word it has seen and never forgets, so it is begun anew with the cache. */
function createDivider(file: string): (word: string) => string {
  const createHyphenator = require('hyphen') as CreateHyphenator;
  const [levels, trie, exceptions] = require(`hyphen/patterns/${file}.js`) as Patterns;
  const options = { html: false, hyphenChar: SOFT_HYPHEN, minWordLength: MIN_LETTERS };
  const begin = () => createHyphenator([levels, trie, { ...exceptions }], options);
  const mark = WITHOUT_HYPHENS.has(file) ? ZERO_WIDTH_SPACE : SOFT_HYPHEN;
  const kept = new Map<string, string>();
  let hyphenator = begin();
  return (word) => {
    const known = kept.get(word);
    if (known !== undefined) return known;
    if (kept.size >= MAX_KEPT) {
      kept.clear();
      hyphenator = begin();
    }
    const divided = divide(word, hyphenator).join(mark);
    kept.set(word, divided);
    return divided;
  };
}

/** In small letters for the patterns; the package's own way depends on the machine's language. */
function divide(word: string, hyphenator: Hyphenator): string[] {
  const lower = word.toLowerCase();
  if (lower.length !== word.length) return [word];
  const parts: string[] = [];
  let start = 0;
  let at = 0;
  for (const piece of hyphenator(lower).split(SOFT_HYPHEN).slice(0, -1)) {
    at += piece.length;
    if (at < MIN_LETTERS_AT_EDGE || word.length - at < MIN_LETTERS_AT_EDGE) continue;
    parts.push(word.slice(start, at));
    start = at;
  }
  return [...parts, word.slice(start)];
}

const dividers = new Map<string, (word: string) => string>();

const partsOf = (language: string) => language.toLowerCase().replaceAll('_', '-').split('-');

function dividerFor(language: string): ((word: string) => string) | undefined {
  const [primary = '', ...rest] = partsOf(language);
  const names = [...rest.map((part) => `${primary}-${part}`), primary];
  const tag = names.find((name) => Object.hasOwn(patternsOf, name));
  const file = tag === undefined ? undefined : patternsOf[tag];
  if (file === undefined) return undefined;
  const known = dividers.get(file);
  if (known) return known;
  const made = createDivider(file);
  dividers.set(file, made);
  return made;
}

/**
 * The text with a soft hyphen (U+00AD) wherever one of its words of eight letters or more may break
 * in this language (`de`, `en-GB`; a tag of BCP 47). The text itself where the language is not
 * known. Words that hold a soft hyphen already were divided by their writer and stay so.
 * `compounds`: in languages that join words into long ones alone.
 */
export function hyphenate(
  text: string,
  language: string,
  { compounds = false }: { compounds?: boolean } = {},
): string {
  if (text.length < MIN_LETTERS) return text;
  if (compounds && !COMPOUNDING.has(partsOf(language)[0] ?? '')) return text;
  const divider = dividerFor(language);
  if (!divider) return text;
  return text.replaceAll(/\S+/g, (token) => {
    if (NO_PROSE.test(token)) return token;
    return token.replaceAll(WORD, (word) =>
      word.length < MIN_LETTERS || word.includes(SOFT_HYPHEN) ? word : divider(word),
    );
  });
}
