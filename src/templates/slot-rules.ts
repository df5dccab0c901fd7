import type { ValueKind } from './helpers.js';
import type { Place } from './html-scanner.js';

/** What they do has no place in a picture, or would escape the checks that follow. */
export const FORBIDDEN_TAGS = new Set(
  (
    'html head body script iframe object embed link meta base form frame frameset applet portal noscript noembed ' +
    'noframes plaintext xmp template animate animatemotion animatetransform set'
  ).split(' '),
);

/** Attributes whose value is an address that the browser loads from. */
export const ADDRESS_ATTRIBUTES = new Set(
  'src href xlink:href poster data srcset background'.split(' '),
);

/** Attributes whose value is read as CSS, where text could load from anywhere or change the design. */
export const STYLE_ATTRIBUTES = new Set(
  (
    'style fill stroke color bgcolor filter mask clip-path cursor marker marker-start marker-mid ' +
    'marker-end stop-color flood-color lighting-color'
  ).split(' '),
);

export function isScriptAttribute(name: string): boolean {
  return name.startsWith('on') || name === 'srcdoc';
}

const OTHER_ADDRESSES = new Set(
  'action formaction ping cite longdesc usemap codebase manifest imagesrcset'.split(' '),
);

const CSS_KINDS = new Set<ValueKind>(['color', 'number', 'image', 'literal']);

function insideUrl(css: string): boolean {
  return /url\(\s*["']?[^)]*$/i.test(css);
}

function inCss(name: string, kind: ValueKind, place: Place): string | undefined {
  if (!CSS_KINDS.has(kind)) {
    return `${name} is ${kindName(kind)}; in ${place.attribute}="…" only color, number and image fields are safe. For the rest use a class: class="${place.tag}-{{…}}".`;
  }
  if (kind === 'image' && !insideUrl(place.value)) {
    return `${name} is a picture; in CSS write url({{…}}).`;
  }
  return undefined;
}

function kindName(kind: ValueKind): string {
  return (
    { list: 'a list', entry: 'an entry of a list', image: 'a picture' }[kind as string] ?? kind
  );
}

/** What is wrong with showing `name`, a value of this kind, at this place; undefined where it is safe. */
export function slotProblem(name: string, kind: ValueKind, place: Place): string | undefined {
  if (kind === 'list') return `${name} is a list: use {{#each}} or {{join}}.`;
  if (kind === 'entry') return `${name} is an entry with parts: show one of its parts.`;
  switch (place.mode) {
    case 'text':
      return kind === 'image'
        ? `${name} is a picture: show it as <img src="{{…}}" alt="">.`
        : undefined;
    case 'tag_open':
    case 'tag_name':
      return `${name} stands in the name of an element. Use {{#if}} around whole elements.`;
    case 'before_attribute':
    case 'attribute_name':
    case 'after_attribute_name':
    case 'joint':
      return `${name} stands in the name of an attribute. Put it into the quoted value of one.`;
    case 'before_value':
    case 'unquoted_value':
      return `${name} stands in an attribute without quotes. Write ${place.attribute}="{{…}}".`;
    case 'comment':
    case 'declaration':
      return `${name} stands in an HTML comment. Use {{!-- … --}} for comments.`;
    case 'raw':
      return `${name} stands in <${place.tag}>. Use style="…" with a color, number or image field, or a class.`;
    default:
      return inAttribute(name, kind, place);
  }
}

function inAttribute(name: string, kind: ValueKind, place: Place): string | undefined {
  const { attribute } = place;
  if (kind === 'hyphenated') {
    return `${name} holds soft hyphens, which are for text between elements, not for attributes.`;
  }
  if (isScriptAttribute(attribute)) return `${name} stands in ${attribute}, which is never run.`;
  if (STYLE_ATTRIBUTES.has(attribute)) return inCss(name, kind, place);
  if (OTHER_ADDRESSES.has(attribute))
    return `${name} stands in ${attribute}, which takes no field.`;
  if (!ADDRESS_ATTRIBUTES.has(attribute)) {
    if (kind !== 'image') return undefined;
    return `${name} is a picture; it can stand in src, href, poster, data, srcset or url() only.`;
  }
  if (kind !== 'image' && kind !== 'literal') {
    return `${name} is ${kindName(kind)}; ${attribute}="…" takes only image fields, which are fetched and checked first.`;
  }
  if (place.value.trim() !== '' && attribute !== 'srcset') {
    return `${name} must be the whole of ${attribute}="…": it is a complete address.`;
  }
  return undefined;
}
