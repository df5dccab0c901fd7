/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { writingSystems } from '../../lib/writing-systems.js';
import { marksFamily, NASTALIQ_FAMILY } from '../own-families.js';
import { textNodesIn } from './text-nodes.js';

/**
 * Adds the font families that the scripts of a text need to its `font-family`. A template cannot list
 * a hundred families, and for a script that no listed family has, Chromium takes any font with the
 * first letter. Runs in an isolated world.
 */

export interface PageFontFamilies {
  /** Call it before the body is laid out. */
  extend(): void;
}

export function createPageFontFamilies(): PageFontFamilies {
  /** Forms of Han characters, by language. */
  type HanForm = 'ja' | 'ko' | 'zh-Hans' | 'zh-Hant' | 'zh-HK';
  /** An element with all text directly in it. */
  interface Run {
    element: HTMLElement | SVGElement;
    text: string;
  }

  /** Latin, punctuation, currencies and arrows: the bundled fonts have these. */
  const COMMON_TEXT = /^[\s!-\u017f\u1e00-\u1eff\u2000-\u22ff]*$/;
  /** Regions in the names of Noto CJK. */
  const CJK_REGION: Record<HanForm, string> = {
    ja: 'JP',
    ko: 'KR',
    'zh-Hans': 'SC',
    'zh-Hant': 'TC',
    'zh-HK': 'HK',
  };
  const LETTER_OR_MARK = /[\p{L}\p{M}]/u;
  const CJK_CHARACTER =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;
  const IDEOGRAPH = /\p{Script=Han}/gu;
  const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
  const HANGUL = /\p{Script=Hangul}/u;
  /** Ideographic variation sequences, for forms in names. Nearly all of them are Japanese. */
  const VARIATION_SEQUENCE = /\p{Script=Han}[\ufe00-\ufe02\u{e0100}-\u{e01ef}]/u;
  const BOPOMOFO = /\p{Script=Bopomofo}/u;
  const CJK_FAMILY = /^(["']?Noto (?:Sans|Serif|Sans Mono) CJK) (?:SC|TC|HK|JP|KR)(["']?)$/;
  /** Languages that are written in the Nastaliq style of Arabic, not in Naskh. */
  const NASTALIQ = /^(ur|pnb|skr|ks|pa-arab|pa-pk)\b/i;
  /** Families at the end of a template's list that are fallbacks: of a script, emoji, generic. */
  const FALLBACK_FAMILY =
    /^["']?(?:Noto |.*Emoji|(?:serif|sans-serif|monospace|cursive|fantasy|system-ui|math|emoji)["']?$)/;
  /** Names of serif families. */
  const SERIF = /^serif$|\bSerif\b|Naskh|Fraunces|Georgia|Times|Garamond/;

  const systems = writingSystems.flatMap((system) => {
    try {
      return [{ ...system, pattern: new RegExp(`\\p{Script=${system.script}}`, 'u') }];
    } catch {
      // The script is newer than this browser, which then has no letters of it either.
      return [];
    }
  });
  /** Index in `systems` of a character's writing system; -1 for none. */
  const systemOf = new Map<string, number>();

  function systemsIn(text: string): Set<number> {
    const found = new Set<number>();
    for (const character of text) {
      if (COMMON_TEXT.test(character)) continue;
      let index = systemOf.get(character);
      if (index === undefined) {
        index = systems.findIndex(({ pattern }) => pattern.test(character));
        if (systemOf.size > 20_000) systemOf.clear();
        systemOf.set(character, index);
      }
      // Other letters and marks (script Common or Inherited): the first entry has the base families.
      if (index >= 0) found.add(index);
      else if (LETTER_OR_MARK.test(character)) found.add(0);
    }
    return found;
  }

  function textRuns(): Run[] {
    const runs = new Map<Element, Run>();
    for (const node of textNodesIn(document.body)) {
      const element = node.parentElement as HTMLElement | SVGElement | null;
      const text = node.data;
      if (!element || text.trim() === '') continue;
      const run = runs.get(element);
      if (run) run.text += text;
      else runs.set(element, { element, text });
    }
    return [...runs.values()].filter(({ text }) => !COMMON_TEXT.test(text));
  }

  /** Kana, hangul and bopomofo are each used by one language; variation sequences nearly so. */
  function formBySyllables(text: string): HanForm | undefined {
    if (KANA.test(text) || VARIATION_SEQUENCE.test(text)) return 'ja';
    if (HANGUL.test(text)) return 'ko';
    return BOPOMOFO.test(text) ? 'zh-Hant' : undefined;
  }

  /** Characters of national charsets, decoded when they are first needed. */
  let charsets: Record<'gb' | 'big5' | 'jis', Set<string>> | undefined;

  /**
   * The characters of a double-byte encoding with lead bytes in this range. Trail bytes are those of
   * the WHATWG Encoding Standard; a pair without a character decodes to U+FFFD, which is harmless.
   */
  function charactersOf(encoding: string, firstLead: number, lastLead: number): Set<string> {
    const decoder = new TextDecoder(encoding);
    const found = new Set<string>();
    for (let lead = firstLead; lead <= lastLead; lead += 1) {
      for (let trail = 0x40; trail <= 0xfe; trail += 1) {
        if (encoding !== 'big5' && trail < 0xa1) continue;
        found.add(decoder.decode(new Uint8Array([lead, trail])));
      }
    }
    return found;
  }

  /** By ideographs that the standard of only one country contains. */
  function formByCharset(text: string): HanForm | undefined {
    // Lead bytes of the ideographs: GB 2312 rows 16 to 87, Big5 levels 1 and 2, JIS X 0208 rows 16
    // to 84.
    charsets ??= {
      gb: charactersOf('gbk', 0xb0, 0xf7),
      big5: charactersOf('big5', 0xa4, 0xf9),
      jis: charactersOf('euc-jp', 0xb0, 0xf4),
    };
    const { gb, big5, jis } = charsets;
    const ideographs = text.match(IDEOGRAPH) ?? [];
    const count = (is: (c: string) => boolean) => ideographs.filter(is).length;
    const simplified = count((c) => gb.has(c) && !big5.has(c));
    const traditional = count((c) => big5.has(c) && !gb.has(c));
    const japanese = count((c) => jis.has(c) && !gb.has(c) && !big5.has(c));
    if (japanese > 0 && ideographs.every((c) => jis.has(c))) return 'ja';
    if (traditional === simplified) return undefined;
    return traditional > simplified ? 'zh-Hant' : 'zh-Hans';
  }

  /** `undetermined`: Chinese, but the tag does not say in which script. */
  function formByLanguage(tag: string): HanForm | 'undetermined' | undefined {
    try {
      const locale = new Intl.Locale(tag);
      const { language, script, region } = locale.maximize();
      if (language === 'ja') return 'ja';
      if (language === 'ko') return 'ko';
      if (script === 'Hant') return region === 'HK' || region === 'MO' ? 'zh-HK' : 'zh-Hant';
      if (script !== 'Hans') return undefined;
      return locale.script || locale.region ? 'zh-Hans' : 'undetermined';
    } catch {
      return undefined;
    }
  }

  function languageOf(element: Element): string {
    return element.closest('[lang]')?.getAttribute('lang') ?? '';
  }

  /**
   * The form of Han characters for a text: from its `lang`, else from the text itself, else from all
   * texts of the image. `isFromText`: not from `lang`.
   */
  function hanFormOf(run: Run, all: Run): { han?: HanForm | undefined; isFromText?: boolean } {
    if (!CJK_CHARACTER.test(run.text)) return {};
    const stated = formByLanguage(languageOf(run.element));
    if (stated === 'undetermined') {
      const form = formByCharset(run.text);
      return form === 'zh-Hant' ? { han: form, isFromText: true } : { han: 'zh-Hans' };
    }
    if (stated !== undefined) return { han: stated };
    const texts = [run.text, all.text];
    for (const by of [formBySyllables, formByCharset]) {
      const han = texts.map(by).find((form) => form !== undefined);
      if (han !== undefined) return { han, isFromText: true };
    }
    return {};
  }

  /** False for a Latin title with a Chinese word: its punctuation and `lang` stay as they are. */
  function isMostlyHan(text: string): boolean {
    const letters = text.match(/\p{L}/gu) ?? [];
    return letters.filter((letter) => CJK_CHARACTER.test(letter)).length * 2 >= letters.length;
  }

  const unquoted = (family: string) => family.replaceAll(/["']/g, '');

  /** The template's families, extended for the scripts and the form of Han of a text. */
  function extendedFamilies(
    families: string[],
    run: Run,
    lang: string,
    han: HanForm | undefined,
  ): string[] {
    const first = unquoted(families[0] ?? '');
    const isSerif =
      SERIF.test(first) || families.some((f) => /^serif$|Noto Serif/.test(unquoted(f)));
    const named = new Set(families.map(unquoted));
    const added: string[] = [];
    const add = (...more: string[]) => {
      for (const one of more) if (!named.has(one) && !added.includes(one)) added.push(one);
    };
    for (const index of systemsIn(run.text)) {
      const { script, sans, serif } = systems[index] ?? { script: '', sans: [], serif: [] };
      const wanted = isSerif ? [...serif, ...sans] : [...sans, ...serif];
      if (script === 'Arabic' && NASTALIQ.test(lang)) add(NASTALIQ_FAMILY, 'Noto Nastaliq Urdu');
      // The template itself names a family of this script.
      if (wanted.some((family) => named.has(family))) continue;
      if (families.some((f) => CJK_FAMILY.test(f)) && /CJK/.test(wanted[0] ?? '')) continue;
      add(...wanted);
    }
    let place = families.length;
    while (place > 1 && FALLBACK_FAMILY.test(families[place - 1] ?? '')) place -= 1;
    const complete = [
      ...families.slice(0, place),
      ...added.map((family) => `"${family}"`),
      ...families.slice(place),
    ];
    if (han === undefined) return complete;
    const regional = complete.flatMap((family) => {
      const own = family.replace(CJK_FAMILY, `$1 ${CJK_REGION[han]}$2`);
      if (own === family && !CJK_FAMILY.test(family)) return [family];
      // Only the Japanese families have the variation sequences in every weight.
      return VARIATION_SEQUENCE.test(run.text)
        ? [own, family.replace(CJK_FAMILY, '$1 JP$2')]
        : [own];
    });
    const style = isSerif && regional.some((f) => /Noto Serif CJK/.test(f)) ? 'Serif' : 'Sans';
    const hasMarks = han !== 'ko' && isMostlyHan(run.text);
    const marks = hasMarks ? [`"${marksFamily(style, CJK_REGION[han])}"`] : [];
    return [...new Set([...marks, ...regional])];
  }

  const api: PageFontFamilies = {
    extend() {
      if (COMMON_TEXT.test(document.body.textContent ?? '')) return;
      const runs = textRuns();
      const all = { element: document.body, text: runs.map(({ text }) => text).join(' ') };
      // All styles are read before any is changed, so that they are computed once.
      const changes = runs.map((run) => {
        const lang = languageOf(run.element);
        const { han, isFromText } = hanFormOf(run, all);
        const families = getComputedStyle(run.element).fontFamily.split(/,\s*/);
        const wanted = extendedFamilies(families, run, lang, han).join(', ');
        return {
          run,
          family: wanted === families.join(', ') ? undefined : wanted,
          lang: isFromText && isMostlyHan(run.text) ? han : undefined,
        };
      });
      for (const { run, family, lang } of changes) {
        if (family !== undefined) run.element.style.setProperty('font-family', family, 'important');
        if (lang !== undefined) run.element.setAttribute('lang', lang);
      }
    },
  };
  return api;
}
