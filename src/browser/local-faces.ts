/*
 * Faces made of parts of installed fonts, which a list of families cannot ask for. A page names
 * them in front of a design's own fonts (`page/faces.ts`); where the font is not installed, they
 * have nothing and change nothing.
 */

const REGULAR = '1 549';
const BOLD = '550 1000';

function face(family: string, weights: string, files: readonly string[], range?: string): string {
  const sources = files.map((file) => `local("${file}")`).join(',');
  const only = range === undefined ? '' : `;unicode-range:${range}`;
  return `@font-face{font-family:"${family}";font-weight:${weights};src:${sources}${only}}`;
}

/**
 * Marks that Latin fonts have, too, and draw too narrow and too low for Han: dashes and ellipses,
 * in Chinese the dot within names, and on the mainland quotation marks. Latin letters and figures
 * stay with the fonts of the design.
 */
const HAN_MARKS = {
  JP: 'U+2014-2015,U+2025-2026',
  SC: 'U+b7,U+2014-2015,U+201c-201d,U+2025-2026',
  TC: 'U+b7,U+2014-2015,U+2025-2026',
  HK: 'U+b7,U+2014-2015,U+2025-2026',
};

const marks = Object.entries(HAN_MARKS).flatMap(([region, range]) =>
  ['Sans', 'Serif'].flatMap((style) => {
    const family = `Cardpress ${style} Marks ${region}`;
    const file = `Noto${style}CJK${region.toLowerCase()}`;
    const name = `Noto ${style} CJK ${region}`;
    return [
      face(family, REGULAR, [`${file}-Regular`, name], range),
      face(family, BOLD, [`${file}-Bold`, `${name} Bold`], range),
    ];
  }),
);

/** In some packages the bold file says that it is regular, and would be taken for both. */
const nastaliq = [
  face('Cardpress Nastaliq', REGULAR, ['NotoNastaliqUrdu-Regular', 'NotoNastaliqUrdu']),
  face('Cardpress Nastaliq', BOLD, ['NotoNastaliqUrdu-Bold', 'Noto Nastaliq Urdu Bold']),
];

export const localFacesCss = [...marks, ...nastaliq].join('\n');
