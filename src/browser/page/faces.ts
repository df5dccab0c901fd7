/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { writingSystems } from '../../lib/writing-systems.js';

/**
 * Names the font faces that the scripts of a body need, in each element that shows such text: a
 * template cannot name a hundred families, and what none names is drawn by whatever font has the
 * first letter. Runs in an isolated world.
 */

export interface PageFaces {
  /** Call it before the body is laid out. */
  name(): void;
}

export function createPageFaces(): PageFaces {
  type Han = 'ja' | 'ko' | 'zh-Hans' | 'zh-Hant' | 'zh-HK';
  interface Run {
    element: HTMLElement | SVGElement;
    text: string;
  }

  /** Latin, punctuation, currencies and arrows: what the fonts of every design have. */
  const ORDINARY = /^[\s!-\u017f\u1e00-\u1eff\u2000-\u22ff]*$/;
  const FACE_OF: Record<Han, string> = {
    ja: 'JP',
    ko: 'KR',
    'zh-Hans': 'SC',
    'zh-Hant': 'TC',
    'zh-HK': 'HK',
  };
  const LETTER_OR_MARK = /[\p{L}\p{M}]/u;
  const HAN_SCRIPT =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;
  const IDEOGRAPH = /\p{Script=Han}/gu;
  const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
  const HANGUL = /\p{Script=Hangul}/u;
  /** Forms of one ideograph, as registers of names need them; all but a few are Japan's. */
  const CHOSEN_FORM = /\p{Script=Han}[\ufe00-\ufe02\u{e0100}-\u{e01ef}]/u;
  const BOPOMOFO = /\p{Script=Bopomofo}/u;
  const HAN_FAMILY = /^(["']?Noto (?:Sans|Serif|Sans Mono) CJK) (?:SC|TC|HK|JP|KR)(["']?)$/;
  /** Urdu and its neighbours are read in Nastaliq; Naskh is foreign to them. */
  const NASTALIQ = /^(ur|pnb|skr|ks|pa-arab|pa-pk)\b/i;
  /** What ends the list of a design: families of a script, or of no kind at all. */
  const FALLBACK =
    /^["']?(?:Noto |.*Emoji|(?:serif|sans-serif|monospace|cursive|fantasy|system-ui|math|emoji)["']?$)/;
  const SERIF = /^serif$|\bSerif\b|Naskh|Fraunces|Georgia|Times|Garamond/;

  const systems = writingSystems.flatMap((system) => {
    try {
      return [{ ...system, pattern: new RegExp(`\\p{Script=${system.script}}`, 'u') }];
    } catch {
      // Younger than this browser, which has no letters of it either.
      return [];
    }
  });
  /** The system of a character, by its place in the table; -1 for none. */
  const systemOf = new Map<string, number>();

  function systemsIn(text: string): Set<number> {
    const found = new Set<number>();
    for (const character of text) {
      if (ORDINARY.test(character)) continue;
      let index = systemOf.get(character);
      if (index === undefined) {
        index = systems.findIndex(({ pattern }) => pattern.test(character));
        if (systemOf.size > 20_000) systemOf.clear();
        systemOf.set(character, index);
      }
      // Letters and marks of no script of their own: the base families, which come first, have them.
      if (index >= 0) found.add(index);
      else if (LETTER_OR_MARK.test(character)) found.add(0);
    }
    return found;
  }

  function textRuns(): Run[] {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const runs = new Map<Element, Run>();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement as HTMLElement | SVGElement | null;
      const text = node.nodeValue ?? '';
      if (!element || text.trim() === '') continue;
      const run = runs.get(element);
      if (run) run.text += text;
      else runs.set(element, { element, text });
    }
    return [...runs.values()].filter(({ text }) => !ORDINARY.test(text));
  }

  /** Kana, hangul and bopomofo are each of one language, chosen forms nearly so. */
  function hanBySyllables(text: string): Han | undefined {
    if (KANA.test(text) || CHOSEN_FORM.test(text)) return 'ja';
    if (HANGUL.test(text)) return 'ko';
    return BOPOMOFO.test(text) ? 'zh-Hant' : undefined;
  }

  let standards: Record<'gb' | 'big5' | 'jis', Set<string>> | undefined;

  /** The characters of a double-byte standard, which each country made of its own forms. */
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

  /** By ideographs that only one country writes so; the rest looks the same in all, or nearly. */
  function hanByForms(text: string): Han | undefined {
    standards ??= {
      gb: charactersOf('gbk', 0xb0, 0xf7),
      big5: charactersOf('big5', 0xa4, 0xf9),
      jis: charactersOf('euc-jp', 0xb0, 0xf4),
    };
    const { gb, big5, jis } = standards;
    const ideographs = text.match(IDEOGRAPH) ?? [];
    const count = (is: (c: string) => boolean) => ideographs.filter(is).length;
    const simplified = count((c) => gb.has(c) && !big5.has(c));
    const traditional = count((c) => big5.has(c) && !gb.has(c));
    const japanese = count((c) => jis.has(c) && !gb.has(c) && !big5.has(c));
    if (japanese > 0 && ideographs.every((c) => jis.has(c))) return 'ja';
    if (traditional === simplified) return undefined;
    return traditional > simplified ? 'zh-Hant' : 'zh-Hans';
  }

  /** `open`: a language of Han, but in which form is not said. */
  function hanByLanguage(tag: string): Han | 'open' | undefined {
    try {
      const locale = new Intl.Locale(tag);
      const { language, script, region } = locale.maximize();
      if (language === 'ja') return 'ja';
      if (language === 'ko') return 'ko';
      if (script === 'Hant') return region === 'HK' || region === 'MO' ? 'zh-HK' : 'zh-Hant';
      if (script !== 'Hans') return undefined;
      return locale.script || locale.region ? 'zh-Hans' : 'open';
    } catch {
      return undefined;
    }
  }

  function languageOf(element: Element): string {
    return element.closest('[lang]')?.getAttribute('lang') ?? '';
  }

  /**
   * The form of Han for a text: a stated language decides, then the text itself, then all texts of
   * the card. `isFound`: the text said it, not the language.
   */
  function hanFor(run: Run, card: Run): { han?: Han | undefined; isFound?: boolean } {
    if (!HAN_SCRIPT.test(run.text)) return {};
    const stated = hanByLanguage(languageOf(run.element));
    if (stated === 'open') {
      const form = hanByForms(run.text);
      return form === 'zh-Hant' ? { han: form, isFound: true } : { han: 'zh-Hans' };
    }
    if (stated !== undefined) return { han: stated };
    const texts = [run.text, card.text];
    for (const by of [hanBySyllables, hanByForms]) {
      const han = texts.map(by).find((form) => form !== undefined);
      if (han !== undefined) return { han, isFound: true };
    }
    return {};
  }

  /** A Latin title with a word of Chinese in it stays Latin in its marks and its language. */
  function isMostlyHan(text: string): boolean {
    const letters = text.match(/\p{L}/gu) ?? [];
    return letters.filter((letter) => HAN_SCRIPT.test(letter)).length * 2 >= letters.length;
  }

  const unquoted = (family: string) => family.replaceAll(/["']/g, '');

  function withFaces(families: string[], run: Run, lang: string, han: Han | undefined): string[] {
    const first = unquoted(families[0] ?? '');
    const isSerif =
      SERIF.test(first) || families.some((f) => /^serif$|Noto Serif/.test(unquoted(f)));
    const named = new Set(families.map(unquoted));
    const added: string[] = [];
    const add = (...faces: string[]) => {
      for (const face of faces) if (!named.has(face) && !added.includes(face)) added.push(face);
    };
    for (const index of systemsIn(run.text)) {
      const { script, sans, serif } = systems[index] ?? { script: '', sans: [], serif: [] };
      const faces = isSerif ? [...serif, ...sans] : [...sans, ...serif];
      if (script === 'Arabic' && NASTALIQ.test(lang))
        add('Cardpress Nastaliq', 'Noto Nastaliq Urdu');
      // The design has chosen among the faces of this script.
      if (faces.some((face) => named.has(face))) continue;
      if (families.some((f) => HAN_FAMILY.test(f)) && /CJK/.test(faces[0] ?? '')) continue;
      add(...faces);
    }
    let place = families.length;
    while (place > 1 && FALLBACK.test(families[place - 1] ?? '')) place -= 1;
    const complete = [
      ...families.slice(0, place),
      ...added.map((face) => `"${face}"`),
      ...families.slice(place),
    ];
    if (han === undefined) return complete;
    const regional = complete.flatMap((family) => {
      const own = family.replace(HAN_FAMILY, `$1 ${FACE_OF[han]}$2`);
      if (own === family && !HAN_FAMILY.test(family)) return [family];
      // Only the Japanese faces have the chosen forms in every weight.
      return CHOSEN_FORM.test(run.text) ? [own, family.replace(HAN_FAMILY, '$1 JP$2')] : [own];
    });
    const style = isSerif && regional.some((f) => /Noto Serif CJK/.test(f)) ? 'Serif' : 'Sans';
    const hasMarks = han !== 'ko' && isMostlyHan(run.text);
    const marks = hasMarks ? [`"Cardpress ${style} Marks ${FACE_OF[han]}"`] : [];
    return [...new Set([...marks, ...regional])];
  }

  const api: PageFaces = {
    name() {
      if (ORDINARY.test(document.body.textContent ?? '')) return;
      const runs = textRuns();
      const card = { element: document.body, text: runs.map(({ text }) => text).join(' ') };
      // All styles are read before any is changed, so that they are computed once.
      const changes = runs.map((run) => {
        const lang = languageOf(run.element);
        const { han, isFound } = hanFor(run, card);
        const families = getComputedStyle(run.element).fontFamily.split(/,\s*/);
        const wanted = withFaces(families, run, lang, han).join(', ');
        return {
          run,
          family: wanted === families.join(', ') ? undefined : wanted,
          lang: isFound && isMostlyHan(run.text) ? han : undefined,
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
