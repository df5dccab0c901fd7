import type { Dice } from '../dice.js';

const NUMBERS = [
  '0',
  '-1',
  '1e-9',
  '.001',
  '1e9',
  '-1e30',
  '1e308',
  '99999999999',
  'NaN',
  '100%',
  '1e5%',
  '50000',
];
const REPLACED: [RegExp, (dice: Dice) => string][] = [
  [/-?\d+(\.\d+)?/g, (dice) => dice.pick(NUMBERS)],
  [
    /#[a-z]\b/g,
    (dice) => `#${dice.pick(['a', 'b', 'f', 'm', 'c', 'p', 'g', 'r', 't', 'k', 'none'])}`,
  ],
  [
    /"[a-z]+"/gi,
    (dice) =>
      `"${dice.pick(['inherit', 'userSpaceOnUse', 'objectBoundingBox', 'SourceAlpha', 'BackgroundImage', 'auto'])}"`,
  ],
];
const INSERTED = [
  '<g>',
  '</g>',
  '<svg width="9" height="9">',
  '</svg>',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?xml version="1.1"?>',
  '<!DOCTYPE svg [<!ENTITY a "&a;&a;">]>',
  '&a;',
  '&#0;',
  '&#x10ffff;',
  '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
  '<use href="#a"/>',
  '<image href="file:///etc/passwd" width="9" height="9"/>',
  '<image href="http://127.0.0.1:1/" width="9" height="9"/>',
  '<foreignObject width="9" height="9"><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
  '<script>for(;;);</script>',
  '<style>@import "file:///etc/passwd";*{filter:url(#f)}</style>',
  '<animate attributeName="x" dur="1ms" repeatCount="indefinite"/>',
];
const ENCODINGS: ((text: string) => Buffer)[] = [
  (text) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
  (text) => Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()]),
  (text) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]),
  (text) => Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`, 'latin1'),
  (text) => Buffer.from(`<?xml version="1.0" encoding="UTF-7"?>${text}`, 'latin1'),
];

type Change = (text: string, dice: Dice) => string;

const changes: Record<string, Change> = {
  'values replaced'(text, dice) {
    const [pattern, make] = dice.pick(REPLACED);
    return text.replaceAll(pattern, (old) => (dice.chance(0.15) ? make(dice) : old));
  },
  'something put in'(text, dice) {
    const places = [...text.matchAll(/>/g)].map(({ index }) => index + 1);
    const at = places.length > 0 ? dice.pick(places) : 0;
    return text.slice(0, at) + dice.pick(INSERTED) + text.slice(at);
  },
  'an element many times': (text, dice) =>
    text.replace(/<(rect|circle|path|use|g|text)\b[^>]*\/>/, (one) =>
      one.repeat(dice.pick([3, 100, 3000])),
    ),
  'an element within itself many times'(text, dice) {
    const depth = dice.pick([3, 60, 2000]);
    return text.replace(
      /(<svg[^>]*>)([\s\S]*)(<\/svg>)/,
      (_all, open, body, close) =>
        `${open}${'<g opacity=".9">'.repeat(depth)}${body}${'</g>'.repeat(depth)}${close}`,
    );
  },
  'cut off': (text, dice) => text.slice(0, dice.between(1, text.length)),
  'the size changed': (text, dice) =>
    text.replace(
      /width="\d+" height="\d+"/,
      `width="${dice.pick(NUMBERS)}" height="${dice.pick(NUMBERS)}"`,
    ),
};

/** Changes to the text of a drawing, and at times to how the text is written as bytes. */
export function mutateSvg(bytes: Buffer, dice: Dice): { bytes: Buffer; made: string } {
  const told: string[] = [];
  let text = bytes.toString('utf8');
  for (let left = dice.between(1, 4); left > 0; left -= 1) {
    const name = dice.pick(Object.keys(changes));
    text = changes[name]?.(text, dice) ?? text;
    told.push(name);
  }
  if (!dice.chance(0.15)) return { bytes: Buffer.from(text), made: told.join(', ') };
  return { bytes: dice.pick(ENCODINGS)(text), made: `${told.join(', ')}, another encoding` };
}
