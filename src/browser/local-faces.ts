import { marksFamily, NASTALIQ_FAMILY } from './own-families.js';

/*
 * Font faces that use a part of an installed font, which a `font-family` list cannot express. A page
 * puts them before the fonts of the template (`page/font-families.ts`). Where the font is not
 * installed they have no glyphs, and the next family of the list is used.
 */

/** Ranges of `font-weight` for which the regular and the bold file are used. */
const REGULAR = '1 549';
const BOLD = '550 1000';

/** `localNames`: PostScript names or full names of the font, of which the first one found is used. */
function fontFace(
  family: string,
  weights: string,
  localNames: readonly string[],
  range?: string,
): string {
  const sources = localNames.map((local) => `local("${local}")`).join(',');
  const only = range === undefined ? '' : `;unicode-range:${range}`;
  return `@font-face{font-family:"${family}";font-weight:${weights};src:${sources}${only}}`;
}

/**
 * Punctuation marks that Latin fonts have too, but draw too narrow and too low for Han text: dashes
 * and ellipses; in Chinese the middle dot in names; in simplified Chinese quotation marks. Latin
 * letters and digits keep the fonts of the template.
 */
const HAN_MARKS = {
  JP: 'U+2014-2015,U+2025-2026',
  SC: 'U+b7,U+2014-2015,U+201c-201d,U+2025-2026',
  TC: 'U+b7,U+2014-2015,U+2025-2026',
  HK: 'U+b7,U+2014-2015,U+2025-2026',
};

const marks = Object.entries(HAN_MARKS).flatMap(([region, range]) =>
  (['Sans', 'Serif'] as const).flatMap((style) => {
    const family = marksFamily(style, region);
    const postScriptName = `Noto${style}CJK${region.toLowerCase()}`;
    const fullName = `Noto ${style} CJK ${region}`;
    return [
      fontFace(family, REGULAR, [`${postScriptName}-Regular`, fullName], range),
      fontFace(family, BOLD, [`${postScriptName}-Bold`, `${fullName} Bold`], range),
    ];
  }),
);

/** In some packages the bold file is named as regular, and would be used for both weights. */
const nastaliq = [
  fontFace(NASTALIQ_FAMILY, REGULAR, ['NotoNastaliqUrdu-Regular', 'NotoNastaliqUrdu']),
  fontFace(NASTALIQ_FAMILY, BOLD, ['NotoNastaliqUrdu-Bold', 'Noto Nastaliq Urdu Bold']),
];

export const localFacesCss = [...marks, ...nastaliq].join('\n');
