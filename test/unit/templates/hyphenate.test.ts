import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { hyphenate, hyphenatedLanguages } from '../../../src/templates/hyphenate.js';

/** Soft hyphens made visible. */
const shown = (text: string, language: string) =>
  hyphenate(text, language).replaceAll('\u00ad', '|');

describe('hyphenate', () => {
  it.each([
    ['de', 'Donaudampfschifffahrt', 'Donau|dampf|schiff|fahrt'],
    ['en', 'responsibility', 'respon|si|bil|ity'],
    ['fr', 'anticonstitutionnellement', 'anti|cons|ti|tu|tion|nel|le|ment'],
    ['es', 'responsabilidades', 'res|pon|sa|bi|li|da|des'],
    ['it', 'precipitevolmente', 'pre|ci|pi|te|vol|mente'],
    ['nl', 'aansprakelijkheid', 'aan|spra|ke|lijk|heid'],
    ['pt', 'responsabilidade', 'res|pon|sa|bi|li|dade'],
    ['ru', 'достопримечательность', 'досто|при|ме|ча|тель|ность'],
    ['sv', 'ansvarsförsäkring', 'ansvars|för|säk|ring'],
  ])('divides by the rules of %s', (language, word, divided) => {
    expect(shown(word, language)).toBe(divided);
  });

  it('has patterns for every language that it names', () => {
    for (const language of hyphenatedLanguages)
      expect(() => hyphenate('a'.repeat(12), language)).not.toThrow();
    expect(hyphenatedLanguages).toEqual(
      expect.arrayContaining(['en', 'de', 'fr', 'es', 'it', 'nl', 'pt', 'ru', 'sv', 'pl', 'tr']),
    );
  });

  it('knows every language of the library, by its tag and by script', () => {
    const folder = dirname(createRequire(import.meta.url).resolve('hyphen/patterns/de-1996.js'));
    const left = [
      'cu',
      'de-ch-1901',
      'fi-x-school',
      'la-x-classic',
      'la-x-liturgic',
      'mn-cyrl-x-lmc',
    ];
    const others: Record<string, string> = {
      'de-1996': 'de',
      'el-monoton': 'el',
      'en-gb': 'en-GB',
      'en-us': 'en',
      'mul-ethi': 'am',
      'sh-latn': 'sr-Latn-RS',
      'sr-cyrl': 'sr',
      'zh-latn-pinyin': 'zh-Latn',
    };
    const files = readdirSync(folder).map((file) => file.replace(/\.js$/, ''));
    expect(files.length).toBeGreaterThan(70);
    for (const file of files.filter((one) => !left.includes(one))) {
      const language = others[file] ?? file.replace(/-.*$/, '');
      const known = hyphenatedLanguages.includes(language.replace(/-.*$/, '')) || file in others;
      expect([file, known || hyphenate('a', language) === 'a']).toEqual([file, true]);
    }
  });

  it.each([
    ['ta', 'பல்கலைக்கழகத்தில்', '\u00ad'],
    ['hi', 'विश्वविद्यालयों', '\u00ad'],
    ['sr-Latn', 'odgovornost', '\u00ad'],
    ['hu-HU', 'felelősségvállalás', '\u00ad'],
    ['cy', 'cyfrifoldebau', '\u00ad'],
    ['th', 'มหาวิทยาลัย', '\u200b'],
  ])('marks places in words of %s as the language shows them', (language, word, mark) => {
    const divided = hyphenate(word, language);
    expect(divided).toContain(mark);
    expect(divided.replaceAll(mark, '')).toBe(word);
  });

  it('divides only in languages of long compounds where that is asked', () => {
    const compounds = { compounds: true };
    expect(hyphenate('ansvarsförsäkring', 'sv-FI', compounds)).toContain('\u00ad');
    expect(hyphenate('responsabilidades', 'es-MX', compounds)).toBe('responsabilidades');
  });

  it('leaves words of fewer than eight letters, and fewer than three letters on no side', () => {
    expect(shown('Fenster Gardine', 'de')).toBe('Fenster Gardine');
    expect(shown('Abendessen', 'de')).toBe('Abend|essen');
    for (const word of ['Universitäten', 'Elefantenrennen', 'Aberglaube']) {
      const parts = shown(word, 'de').split('|');
      expect(parts.length).toBeGreaterThan(1);
      expect(parts[0]?.length).toBeGreaterThanOrEqual(3);
      expect(parts.at(-1)?.length).toBeGreaterThanOrEqual(3);
    }
  });

  it('leaves the text as it is where the language is not known', () => {
    const text = 'Donaudampfschifffahrtsgesellschaft';
    for (const language of [
      '',
      'xx',
      'ja',
      'klingon',
      '../../../etc/passwd',
      'constructor',
      '__proto__',
    ]) {
      expect(hyphenate(text, language)).toBe(text);
    }
  });

  it('knows regions and other spellings of a language', () => {
    const text = 'Verantwortungsbewusstsein';
    expect(hyphenate(text, 'de-AT')).toBe(hyphenate(text, 'de'));
    expect(hyphenate(text, 'DE_ch')).toBe(hyphenate(text, 'de'));
    expect(hyphenate('responsibility', 'en-GB')).not.toBe(hyphenate('responsibility', 'en-US'));
  });

  it('keeps capitals, punctuation, compounds and everything between words', () => {
    expect(shown('„VERANTWORTUNG“, Lohn-Steuerberater –  ja!', 'de')).toBe(
      '„VER|ANT|WOR|TUNG“, Lohn-Steu|er|be|ra|ter –  ja!',
    );
  });

  it('leaves addresses, hashtags, codes, and words that are divided already', () => {
    for (const text of [
      'https://example.com/verantwortungsbewusstsein',
      'verantwortung@example.com',
      'verantwortung.example.com',
      '#Verantwortungsbewusstsein',
      'Verantwortung2026',
      'Verantwortungs\u00adbewusstsein',
    ]) {
      expect(hyphenate(text, 'de')).toBe(text);
    }
  });

  it('gives the same for the same word, however many others came between', () => {
    const word = 'Verantwortungsbewusstsein';
    const first = hyphenate(word, 'de');
    const letters = 'bcdfghjklm';
    for (let i = 0; i < 6_000; i += 1) {
      const ending = String(i).replaceAll(/\d/g, (d) => letters[Number(d)] ?? '');
      hyphenate(`verantwort${ending}e`, 'de');
    }
    expect(hyphenate(word, 'de')).toBe(first);
  });

  it('is not led astray by words that JavaScript knows', () => {
    for (const word of ['constructor', 'hasOwnProperty', 'toLocaleString', 'prototypes']) {
      expect(shown(word, 'en').replaceAll('|', '')).toBe(word);
    }
  });
});
