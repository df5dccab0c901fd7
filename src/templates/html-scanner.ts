/*
 * Where in the markup a place is: enough of the HTML tokenizer (WHATWG, section 13.2.5) to say
 * what a mustache would become there. It reads the text between mustaches piece by piece.
 */

type Mode =
  | 'text'
  | 'tag_open'
  | 'tag_name'
  | 'before_attribute'
  | 'attribute_name'
  | 'after_attribute_name'
  | 'before_value'
  | 'quoted_value'
  | 'unquoted_value'
  /** Two branches ended within a tag, one of them in a name: only a space or > can follow. */
  | 'joint'
  | 'comment'
  | 'declaration'
  /** Inside script or style. */
  | 'raw';

export interface Place {
  mode: Mode;
  tag: string;
  closing: boolean;
  attribute: string;
  quote: string;
  /** The value so far; a mustache in it counts as one SLOT. */
  value: string;
}

export const SLOT = '\u0000';

/** One place and the same for every piece of a template: where it starts. */
export const START: Place = {
  mode: 'text',
  tag: '',
  closing: false,
  attribute: '',
  quote: '',
  value: '',
};

export interface ScanEvents {
  /** `offset` is that of the character at hand within the piece. */
  tag(name: string, offset: number): void;
  /** An end tag, at its name. */
  endTag?(name: string, offset: number): void;
  attribute(tag: string, name: string, offset: number): void;
  value(tag: string, name: string, value: string, offset: number): void;
  raw(tag: string, text: string, offset: number): void;
  fault(message: string, offset: number): void;
}

const SPACE = /[\s]/;
const RAW_TAGS = new Set(['script', 'style']);

function endTag(place: Place): Place {
  const raw = !place.closing && RAW_TAGS.has(place.tag);
  return { ...START, mode: raw ? 'raw' : 'text', tag: raw ? place.tag : '' };
}

function startAttribute(place: Place, character: string): Place {
  return { ...place, mode: 'attribute_name', attribute: character.toLowerCase(), value: '' };
}

function inTag(place: Place, c: string, at: number, events: ScanEvents): Place {
  if (c === '>') {
    if (place.mode === 'attribute_name' || place.mode === 'after_attribute_name') {
      events.attribute(place.tag, place.attribute, at);
    }
    return endTag(place);
  }
  if (place.mode === 'joint') {
    if (SPACE.test(c) || c === '/') return { ...place, mode: 'before_attribute' };
    events.fault('Put a space after the block: its branches end within a tag.', at);
    return startAttribute(place, c);
  }
  if (place.mode === 'before_attribute') {
    return SPACE.test(c) || c === '/' ? place : startAttribute(place, c);
  }
  if (c === '=') {
    events.attribute(place.tag, place.attribute, at);
    return { ...place, mode: 'before_value' };
  }
  if (SPACE.test(c)) return { ...place, mode: 'after_attribute_name' };
  if (c === '/' || place.mode === 'after_attribute_name') {
    events.attribute(place.tag, place.attribute, at);
    const next: Place = { ...place, mode: 'before_attribute', attribute: '' };
    return c === '/' ? next : startAttribute(next, c);
  }
  return { ...place, attribute: place.attribute + c.toLowerCase() };
}

function inValue(place: Place, c: string, at: number, events: ScanEvents): Place {
  if (place.mode === 'before_value') {
    if (SPACE.test(c)) return place;
    if (c === '"' || c === "'") return { ...place, mode: 'quoted_value', quote: c, value: '' };
    if (c === '>') return endTag(place);
    return { ...place, mode: 'unquoted_value', value: c };
  }
  const ends = place.mode === 'quoted_value' ? c === place.quote : SPACE.test(c) || c === '>';
  if (!ends) return { ...place, value: place.value + c };
  events.value(place.tag, place.attribute, place.value, at);
  if (c === '>' && place.mode === 'unquoted_value') return endTag(place);
  return { ...place, mode: 'before_attribute', attribute: '', quote: '', value: '' };
}

function inTagName(place: Place, c: string, at: number, events: ScanEvents): Place {
  if (SPACE.test(c) || c === '/' || c === '>') {
    if (place.closing) events.endTag?.(place.tag, at - place.tag.length);
    else events.tag(place.tag, at - place.tag.length);
    return c === '>' ? endTag(place) : { ...place, mode: 'before_attribute' };
  }
  return { ...place, tag: place.tag + c.toLowerCase() };
}

function afterLess(place: Place, c: string): Place {
  if (c === '/' && !place.closing) return { ...place, closing: true };
  if (/[a-z]/i.test(c)) return { ...place, mode: 'tag_name', tag: c.toLowerCase() };
  if (c === '!' || c === '?' || place.closing) return { ...START, mode: 'declaration', value: c };
  return START;
}

/** `<!-- … -->` is a comment; other `<!…>` and `<?…>` end at the first `>`. */
function inDeclaration(place: Place, c: string): Place {
  const value = place.value + c;
  if (place.mode === 'declaration' && value === '!--')
    return { ...place, mode: 'comment', value: '' };
  if (c !== '>') return { ...place, value: place.mode === 'comment' ? value.slice(-3) : value };
  const closed = place.mode === 'declaration' || /^-?$|--!?$/.test(place.value);
  return closed ? START : { ...place, value };
}

function inRaw(place: Place, c: string, at: number, events: ScanEvents): Place {
  const value = place.value + c;
  const end = `</${place.tag}`;
  const tail = value.slice(-end.length - 1, -1).toLowerCase();
  if (tail !== end || !(SPACE.test(c) || c === '/' || c === '>')) return { ...place, value };
  events.raw(place.tag, value.slice(0, -end.length - 1), at - value.length + 1);
  const closing: Place = { ...START, tag: place.tag, closing: true, mode: 'before_attribute' };
  return c === '>' ? START : closing;
}

function step(place: Place, c: string, at: number, events: ScanEvents): Place {
  switch (place.mode) {
    case 'text':
      return c === '<' ? { ...START, mode: 'tag_open' } : place;
    case 'tag_open':
      return c === '<' ? { ...START, mode: 'tag_open' } : afterLess(place, c);
    case 'tag_name':
      return inTagName(place, c, at, events);
    case 'before_value':
    case 'quoted_value':
    case 'unquoted_value':
      return inValue(place, c, at, events);
    case 'comment':
    case 'declaration':
      return inDeclaration(place, c);
    case 'raw':
      return inRaw(place, c, at, events);
    default:
      return inTag(place, c, at, events);
  }
}

/** The place after `piece`, which stands at `place`. */
export function scanHtml(place: Place, piece: string, events: ScanEvents): Place {
  let now = place;
  for (let at = 0; at < piece.length; at += 1) {
    // What only ends at one character is read in one go: pieces may hold pictures as data.
    const ends = now.mode === 'text' ? '<' : now.mode === 'quoted_value' ? now.quote : undefined;
    if (ends !== undefined) {
      const found = piece.indexOf(ends, at);
      const until = found === -1 ? piece.length : found;
      if (now.mode === 'quoted_value') now = { ...now, value: now.value + piece.slice(at, until) };
      at = until;
      if (found === -1) break;
    }
    now = step(now, piece.charAt(at), at, events);
  }
  return now;
}

/** The place after a mustache at `place`. */
export function afterSlot(place: Place): Place {
  if (place.mode === 'tag_open') return START;
  if (place.mode === 'before_value') return { ...place, mode: 'unquoted_value', value: SLOT };
  return place.mode === 'text' ? place : { ...place, value: place.value + SLOT };
}

const WITHIN_TAG = new Set<Mode>([
  'tag_name',
  'before_attribute',
  'attribute_name',
  'after_attribute_name',
  'joint',
]);

/**
 * The place after a block whose branches end at `a` and `b`, or undefined where these differ so
 * that what follows would mean two things.
 */
export function joinPlaces(a: Place, b: Place): Place | undefined {
  if (a.mode === b.mode && a.tag === b.tag && a.closing === b.closing) {
    if (a.mode === 'text' || a.mode === 'before_attribute' || a.mode === 'joint') return a;
    if (a.attribute === b.attribute && a.quote === b.quote) {
      return a.value.length >= b.value.length ? a : b;
    }
  }
  const within = WITHIN_TAG.has(a.mode) && WITHIN_TAG.has(b.mode) && a.tag === b.tag;
  const named = a.mode === 'tag_name' || b.mode === 'tag_name';
  return within && !named ? { ...a, mode: 'joint', attribute: '', value: '' } : undefined;
}
