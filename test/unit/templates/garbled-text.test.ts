import { describe, expect, it } from '@jest/globals';
import { isGarbled } from '../../../src/templates/garbled-text.js';

/** What a program makes of UTF-8 that it takes for Windows-1252. */
function asWindows1252(text: string): string {
  const high = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[\u0080-\u009f]/g, (char) => high.charAt(char.charCodeAt(0) - 0x80));
}

describe('isGarbled', () => {
  it.each([
    ...['Müller', 'Größe', 'José García', 'Łódź', 'Żółć', 'naïve café', 'It’s 12 €', 'voilà tout'],
    ...[
      'Àéí',
      'Ελλάδα',
      'Москва',
      '東京都',
      '안녕하세요',
      'สวัสดี',
      'नमस्ते',
      '🎉',
      '© 2026',
      '„Zitat“',
      '20 °C',
    ],
  ])('%s, read as Windows-1252', (text) => {
    expect(isGarbled(asWindows1252(text))).toBe(true);
    // The control: the text itself is fine.
    expect(isGarbled(text)).toBe(false);
  });

  it.each(['РџСЂРёРІРµС‚', 'Zo\ufffd'])('%s', (text) => {
    expect(isGarbled(text)).toBe(true);
  });

  it.each([
    ...[
      '«AMANHÃ»',
      '“IRMÃ”',
      '„TÄ“',
      '« déjà\u00a0»',
      'cliché…»',
      'SÃO PAULO',
      'MAÇÃ',
      'ÅÄÖ',
      'Ä…',
    ],
    ...[
      'Ångström 5\u00a0Å\u00a0',
      'РСФСР',
      'СССР и РФ',
      'L’Île-d’Yeu',
      'ÎLE',
      'ESPAÑA',
      '100\u00a0€',
      'Été',
    ],
    ...['Öl & Äpfel', '½ + ¼', '¿Qué?', 'Đà Nẵng', 'Țară', 'Ü™'],
  ])('not %s', (text) => {
    expect(isGarbled(text)).toBe(false);
  });
});
