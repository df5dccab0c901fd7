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

/** Small words of names in European languages and of English titles; in lower case unless first. */
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

function lower(text: string, turkish: boolean): string {
  return text.toLocaleLowerCase(turkish ? 'tr' : 'und').normalize('NFC');
}

function capitalized(word: string, turkish: boolean): string {
  const [first = '', ...rest] = Array.from(word);
  return first.toLocaleUpperCase(turkish ? 'tr' : 'und') + rest.join('');
}

function letters(word: string): string {
  return word.replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');
}

/** Whether a word that stands in a text of capitals was meant to be in capitals. */
function isAcronym(word: string, fromCapitals: boolean): boolean {
  const core = letters(word).toUpperCase();
  // In small letters "ai" and "it" are words and names; three letters are hardly ever.
  if (ACRONYMS.has(core) && (fromCapitals || core.length > 2)) return true;
  if (!fromCapitals || [...core].length > LONGEST_ACRONYM) return false;
  if (/\d/.test(core)) return /\p{L}/u.test(core) && !/^\d+(ST|ND|RD|TH)$/.test(core);
  // "J.R.R." and "R&D"
  if (/^(\p{L}\.){2,}$/u.test(word) || /^\p{L}&\p{L}$/u.test(word)) return true;
  return /^[BCDFGHJKLMNPQRSTVWXZ]{2,}$/.test(core) && !NO_ACRONYMS.has(core);
}

/** One word of a name: "o'neill" → "O'Neill", "mcdonald" → "McDonald", "jean-pierre" → "Jean-Pierre". */
function nameWord(word: string, turkish: boolean): string {
  const opening = /^[^\p{L}\p{N}]*/u.exec(word)?.[0] ?? '';
  const parts = word.slice(opening.length).split('-');
  const done = parts.map((part, i) => {
    if (i > 0 && i < parts.length - 1 && SMALL_WORDS.has(part)) return part;
    const irish = /^([odl])(['’])(\p{L}{3}.*)$/u.exec(part);
    if (irish) {
      const [, letter = '', mark = '', rest = ''] = irish;
      return letter.toUpperCase() + mark + capitalized(rest, turkish);
    }
    const scottish = /^mc(\p{L}{3}.*)$/u.exec(part);
    if (scottish) return `Mc${capitalized(scottish[1] ?? '', turkish)}`;
    // Initials: "j.r.r." → "J.R.R."
    if (/^(\p{L}\.)+\p{L}?$/u.test(part)) return part.toLocaleUpperCase(turkish ? 'tr' : 'und');
    return capitalized(part, turkish);
  });
  return opening + done.join('-');
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
  return !/\s/.test(text) && [...letters(text)].length <= LONGEST_ACRONYM;
}

function mapWords(text: string, change: (word: string, isFirst: boolean) => string): string {
  let isFirst = true;
  return text.replaceAll(/\S+/g, (word) => {
    const changed = change(word, isFirst);
    isFirst = /[.!?:]["'”’)]?$/.test(word);
    return changed;
  });
}

/**
 * The text in title or sentence case, or the same text where its case was meant.
 * `title` changes text wholly in capitals or wholly in small letters; `sentence` only capitals.
 */
export function changeCase(text: string, rule: 'as_is' | 'title' | 'sentence'): string {
  if (rule === 'as_is') return text;
  const { capitals, small } = caseOf(text);
  if (!capitals && !(small && rule === 'title')) return text;
  if (capitals && isSingleShortWord(text)) return text;
  // I and İ are different letters in Turkish; these two give the language away.
  const turkish = /[İĞğ]/.test(text);
  return mapWords(text, (word, isFirst) => {
    const [, owner = word, owned = ''] = /^(.+)(['’]s)$/i.exec(word) ?? [];
    if (isAcronym(owner, capitals)) return owner.toUpperCase() + owned.toLowerCase();
    const plain = lower(word, turkish);
    if (rule === 'sentence') {
      if (plain === 'i') return 'I';
      const start = /\p{L}/u.exec(plain)?.index ?? 0;
      const digitsFirst = /^\P{L}*\p{N}/u.test(plain);
      return isFirst && !digitsFirst
        ? plain.slice(0, start) + capitalized(plain.slice(start), turkish)
        : plain;
    }
    return !isFirst && SMALL_WORDS.has(plain) ? plain : nameWord(plain, turkish);
  }).normalize('NFC');
}
