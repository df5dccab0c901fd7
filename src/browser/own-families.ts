/*
 * Names of the font families that the service declares in each template page (`local-faces.ts`,
 * `probe-fonts.ts`). The page program uses the same names.
 */

/** All of these names begin so. */
export const OWN_PREFIX = 'Cardpress ';

/** Punctuation marks for Han text. `region`: JP, SC, TC or HK, as in the names of Noto CJK. */
export const marksFamily = (style: 'Sans' | 'Serif', region: string) =>
  `${OWN_PREFIX}${style} Marks ${region}`;

export const NASTALIQ_FAMILY = `${OWN_PREFIX}Nastaliq`;

/** A probe font without any character: text in it is drawn as its "missing" glyph. */
export const EMPTY_PROBE = `${OWN_PREFIX}Nothing`;
/** A probe font with every character. */
export const FULL_PROBE = `${OWN_PREFIX}Everything`;
/** Width of every glyph of a probe font, in em. No real glyph is as wide. */
export const PROBE_EM = 1000;
