import { composeText } from './clean-text.js';
import { bareLetters, capitalized, lettersOf, lowered, nameWord } from './name-word.js';
import { personName } from './person-name.js';

/*
 * Mends text that was typed in one case only ("ANNA VAN DER BERG"). Text in mixed case was written
 * by someone who meant it, and is never touched. The rules are those of docs/templates.md.
 */

/** Never written otherwise, and no words of their own in English. */
const ACRONYMS = new Set(
  (
    'ABC AI API AWS BBC BMW CEO CFO CIO CMO CNN COO CPU CRM CSS CSV CTO DIY DJ DNA EU EUR FAQ FBI ' +
    'FIFA GBP GDPR GPU HBO HD HQ HR HTML HTTP IBM IDE II III IMF IPO IV IX JSON KPI LLC LLM MBA ' +
    'ML MTV NASA NATO NBA NFL NGO NHL NHS NSA NYC OECD OPEC PDF PHP PR QA RNA SDK SEO SQL SVG SXSW ' +
    'TV UAE UI UK UNESCO UNICEF URL USA USB USD UX VI VII VIII VIP VP VR XII XML'
  ).split(' '),
);

/**
 * Small words of names in European languages and of English titles; in lower case unless first or
 * last. Names of people have rules of their own: see `personName`.
 */
const SMALL_WORDS = new Set(
  (
    'a an and as at at av af bin by da das de del della den der di do dos du e el for from ibn in la le of ' +
    "on or 't te ten ter the to und van vom von with y zu zum zur"
  ).split(' '),
);

/** Without a vowel, yet words: titles and surnames. */
const NO_ACRONYMS = new Set(
  'MR MRS MS DR ST SR JR NG BY MY WHY FLY DRY SKY TRY CRY SHY SPY'.split(' '),
);

const LONGEST_ACRONYM = 4;

/** Whether a word that stands in a text of capitals was meant to be in capitals. */
function isAcronym(word: string, fromCapitals: boolean): boolean {
  const core = bareLetters(word).toUpperCase();
  // In small letters "ai" and "it" are words and names; three letters are hardly ever.
  if (ACRONYMS.has(core) && (fromCapitals || core.length > 2)) return true;
  if (!fromCapitals || [...core].length > LONGEST_ACRONYM) return false;
  if (/\d/.test(core)) return /\p{L}/u.test(core) && !/^\d+(ST|ND|RD|TH)$/.test(core);
  // "J.R.R." and "R&D"
  if (/^(\p{L}\.){2,}$/u.test(word) || /^\p{L}&\p{L}$/u.test(word)) return true;
  return /^[BCDFGHJKLMNPQRSTVWXZ]{2,}$/.test(core) && !NO_ACRONYMS.has(core);
}

interface CaseOf {
  capitals: boolean;
  small: boolean;
}

function caseOf(text: string): CaseOf {
  const hasUpper = /\p{Lu}/u.test(text);
  const hasLower = /\p{Ll}/u.test(text);
  return { capitals: hasUpper && !hasLower, small: hasLower && !hasUpper };
}

/** A single short word in capitals may be a name or an acronym; nobody can know, so it stays. */
function isSingleShortWord(text: string): boolean {
  return !/\s/.test(text) && [...bareLetters(text)].length <= LONGEST_ACRONYM;
}

function mapWords(
  text: string,
  change: (word: string, place: { isFirst: boolean; isLast: boolean; before: string }) => string,
): string {
  let isFirst = true;
  let before = '';
  return text.replaceAll(/\S+/g, (word, at: number) => {
    const isLast = text.slice(at + word.length).trim() === '';
    const changed = change(word, { isFirst, isLast, before });
    isFirst = /[.!?:]["'”’)]?$/.test(word);
    before = changed;
    return changed;
  });
}

export type CaseRule = 'as_is' | 'title' | 'sentence' | 'name';

/**
 * The text in title or sentence case, or as the name of a person; the same text where its case was
 * meant. `title` and `name` change text wholly in capitals or wholly in small letters; `sentence`
 * only capitals. `language`: of the document, a tag of BCP 47.
 */
export function changeCase(text: string, rule: CaseRule, language?: string): string {
  if (rule === 'as_is') return text;
  const { capitals, small } = caseOf(text);
  if (!capitals && !(small && rule !== 'sentence')) return text;
  const letters = lettersOf(text, language);
  if (rule === 'name') return composeText(personName(text, letters, language));
  if (capitals && isSingleShortWord(text)) return text;
  const isSmall = (part: string) => SMALL_WORDS.has(part);
  const changed = mapWords(text, (word, { isFirst, isLast, before }) => {
    const [, owner = word, owned = ''] = /^(.+)(['’]s)$/i.exec(word) ?? [];
    if (isAcronym(owner, capitals)) return owner.toUpperCase() + owned.toLowerCase();
    const plain = lowered(word, letters);
    if (rule === 'sentence') {
      if (plain === 'i') return 'I';
      const start = /\p{L}/u.exec(plain)?.index ?? 0;
      const digitsFirst = /^\P{L}*\p{N}/u.test(plain);
      return isFirst && !digitsFirst
        ? plain.slice(0, start) + capitalized(plain.slice(start), letters)
        : plain;
    }
    // "de los Ángeles", but "Welcome to Las Vegas".
    const isArticle = /^(?:los|las)$/.test(plain) && before === 'de';
    if (!isFirst && !isLast && (isSmall(plain) || isArticle)) return plain;
    return nameWord(plain, letters, isSmall);
  });
  return composeText(changed);
}
