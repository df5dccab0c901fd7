import { describe, expect, it } from '@jest/globals';
import { changeCase } from '../../../src/templates/change-case.js';
import {
  balanceDirectionMarks,
  cleanText,
  graphemeCount,
  truncateText,
} from '../../../src/templates/clean-text.js';

const clean = (raw: string, lines = false) => cleanText(raw, { lines }).text;

describe('cleanText', () => {
  it('composes, trims and collapses', () => {
    expect(clean('  Cafe\u0301 \t\n au   lait \u200b')).toBe('Café au lait');
  });

  it('keeps a single no-break space', () => {
    expect(clean('12\u00a0%')).toBe('12\u00a0%');
    expect(clean('12\u00a0\u00a0%')).toBe('12 %');
  });

  it('keeps single line breaks of long text only', () => {
    expect(clean(' one \r\n\r\n  two\rthree\u2028four ', true)).toBe('one\ntwo\nthree\nfour');
    expect(clean('one\ntwo')).toBe('one two');
  });

  it('removes what cannot be shown and counts it', () => {
    expect(cleanText('a\u0000b\u0007c\ud800d\udc00e\uffffé', { lines: false })).toEqual({
      text: 'abcdeé',
      removed: 5,
    });
    expect(cleanText('\ufeffname', { lines: false })).toEqual({ text: 'name', removed: 0 });
  });

  it('keeps emoji with their joiners and modifiers', () => {
    for (const text of ['👩‍👩‍👧‍👦', '🏳️‍🌈', '👍🏽', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'می‌خواهم']) expect(clean(text)).toBe(text);
  });

  it.each(['', '  ', '\u200b', '\u200d\ufe0f', '\u2060\u00ad', '\u202a\u202c', '\u3164', '\n\n'])(
    'takes %j for empty',
    (raw) => {
      expect(clean(raw, true)).toBe('');
    },
  );

  it('keeps pairs of direction marks and removes single ones', () => {
    expect(balanceDirectionMarks('a\u202eb')).toBe('ab');
    expect(balanceDirectionMarks('a\u2067b\u2069c\u2069')).toBe('a\u2067b\u2069c');
    expect(balanceDirectionMarks('\u202aa\u2067b\u202cc')).toBe('abc');
  });
});

describe('truncateText', () => {
  it('leaves alone what fits, counting as a reader does', () => {
    expect(graphemeCount('👩‍👩‍👧‍👦é👍🏽')).toBe(3);
    expect(truncateText('👩‍👩‍👧‍👦é👍🏽', 3)).toBeUndefined();
  });

  it('ends after a word where one is near', () => {
    expect(truncateText('The quick brown fox jumps', 18)).toBe('The quick brown…');
    expect(truncateText('The quick, brown', 11)).toBe('The quick…');
  });

  it('cuts within a word where there is no other way, never within a grapheme', () => {
    expect(truncateText('Donaudampfschifffahrt', 10)).toBe('Donaudamp…');
    expect(truncateText('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 2)).toBe('👩‍👩‍👧‍👦…');
    expect(truncateText('abc', 1)).toBe('…');
  });
});

describe('changeCase', () => {
  it.each([
    ['ANNA VAN DER BERG', 'Anna van der Berg'],
    ['anna van der berg', 'Anna van der Berg'],
    ['VAN DER BERG', 'Van der Berg'],
    ['SHAQUILLE O’NEILL', 'Shaquille O’Neill'],
    ["sean o'neill", "Sean O'Neill"],
    ['RONALD MCDONALD', 'Ronald McDonald'],
    ['JEAN-PIERRE MARTIN', 'Jean-Pierre Martin'],
    ['STOKE-ON-TRENT NEWS', 'Stoke-on-Trent News'],
    ['J.R.R. TOLKIEN', 'J.R.R. Tolkien'],
    ['IBM AND NASA RESEARCH', 'IBM and NASA Research'],
    ["NASA'S NEW ROCKET", "NASA's New Rocket"],
    ["DON'T PANIC NOW", "Don't Panic Now"],
    ['DR WHO', 'Dr Who'],
    ['HENRY VIII', 'Henry VIII'],
    ['İSTANBUL DİYARBAKIR', 'İstanbul Diyarbakır'],
    ['ÉLODIE ÇELIK', 'Élodie Çelik'],
    ['ΟΔΥΣΣΕΥΣ ΛΑΕΡΤΗΣ', 'Οδυσσευς Λαερτης'],
    ['COVID-19 VACCINES', 'Covid-19 Vaccines'],
    ['MP3 PLAYERS', 'MP3 Players'],
  ])('title: %s → %s', (text, expected) => {
    expect(changeCase(text, 'title')).toBe(expected);
  });

  it.each([
    'IBM',
    'NASA',
    'ANNA',
    'McDonald',
    "O'Neill",
    'iPhone repairs',
    'Anna VAN DER Berg',
    '東京',
    '123',
  ])('title leaves %s', (text) => {
    expect(changeCase(text, 'title')).toBe(text);
  });

  it.each([
    ['BREAKING NEWS: NASA LANDS. WHAT NOW?', 'Breaking news: NASA lands. What now?'],
    ['“WHY I LEFT”', '“Why I left”'],
  ])('sentence: %s → %s', (text, expected) => {
    expect(changeCase(text, 'sentence')).toBe(expected);
  });

  it('sentence leaves small letters', () => {
    expect(changeCase('all small letters', 'sentence')).toBe('all small letters');
  });

  it('keeps the form of an ideograph that was chosen, and composes everything else', () => {
    for (const text of ['\ufa19田', '\uf900\ufa0e', '\u{2f800}丽', '祖\u{e0101}', '神\ufe00']) {
      expect(cleanText(text, { lines: false }).text).toBe(text);
    }
    expect(cleanText('e\u0301\ufa19e\u0301', { lines: false }).text).toBe('é\ufa19é');
    expect(cleanText('가', { lines: false }).text).toBe('가'.normalize('NFC'));
  });

  it('keeps it where the case of letters is changed beside it', () => {
    expect(changeCase('\ufa19田 GROUP HOLDING', 'title')).toBe('\ufa19田 Group Holding');
    expect(changeCase('\ufa19田 ANNA MARIA', 'name')).toBe('\ufa19田 Anna Maria');
  });
});
