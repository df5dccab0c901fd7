/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { PageInk } from './ink.js';

/**
 * What a typesetter would do with the text at hand before it is fitted: leading for the script that
 * it is written in, no tracking where it would tear letters apart, spaces that stay spaces. Runs in
 * an isolated world.
 */
export interface PageTypesetting {
  apply(): void;
}

export function createPageTypesetting(textInk: PageInk): PageTypesetting {
  /**
   * Scripts whose letters keep within the reach of Latin ones. A design's leading was chosen by eye
   * for these and stays.
   */
  const OTHER_SCRIPT =
    /(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}\p{Script=Common}\p{Script=Inherited}])\p{L}/u;
  /** Text without any of these is Latin, without marks of its own. */
  const FOREIGN = /[\u0300-\u1fff\u2c00-\ud7ff\uf900-\uffff]|[\ud800-\udbff]/;
  /** Higher and deeper than letters, in fonts that do not level them. */
  const EMOJI = /\p{Emoji_Presentation}/u;
  /** A letter with two marks, as in Vietnamese; taken apart. */
  const STACKED = /\p{L}\p{Mn}{2}/u;
  /** A mark for which there is no letter of its own; put together. */
  const FREE_MARK = /(?!\p{Variation_Selector})[\p{Mn}\p{Mc}]/u;
  /** Letters that join: room between them tears a word apart. */
  const JOINED =
    /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Mandaic}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\p{Script=Phags_Pa}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}]/u;
  /** Spaces at which no line breaks: they divide numbers, units and punctuation. */
  const FIXED_SPACE = /[\u00a0\u2007\u202f]/;
  /** Between the marks of one line and those of the next, in em. */
  const GAP = 0.04;
  /** More is needed by heaps of marks only, which no leading makes readable. */
  const MAX_LEADING = 2.4;
  /** So much ink, in em, may stand out of a block: the lines beside it begin further away. */
  const MAX_OUTSIDE = 0.16;

  function needsRoom(text: string): boolean {
    if (!FOREIGN.test(text)) return false;
    if (OTHER_SCRIPT.test(text) || EMOJI.test(text)) return true;
    return FREE_MARK.test(text.normalize('NFC')) || STACKED.test(text.normalize('NFD'));
  }

  function blockOf(element: HTMLElement): HTMLElement {
    let block = element;
    while (
      block.parentElement &&
      block !== document.body &&
      /^(inline|contents)$/.test(getComputedStyle(block).display)
    ) {
      block = block.parentElement;
    }
    return block;
  }

  function px(style: CSSStyleDeclaration, name: string): number {
    return Number.parseFloat(style.getPropertyValue(name)) || 0;
  }

  /**
   * What has to be set so that the ink of no line reaches the next one, nor out of the block's
   * first and last.
   */
  function leadingFor(block: HTMLElement, nodes: Text[]): [name: string, value: string][] {
    const style = getComputedStyle(block);
    const em = px(style, 'font-size');
    const leading = px(style, 'line-height') / em;
    // `normal`: each line is as high as its letters ask for.
    if (!(leading > 0) || !style.writingMode.startsWith('horizontal')) return [];
    let [above, below] = [0, 0];
    for (const node of nodes) {
      const own = node.parentElement;
      if (!own) continue;
      const face = textInk.face(own === block ? style : getComputedStyle(own));
      const reach = textInk.reach(face, node.data);
      above = Math.max(above, reach.above / em);
      below = Math.max(below, reach.below / em);
    }
    const chosen = Math.max(leading, Math.min(MAX_LEADING, above + below + GAP));
    const { ascent, descent } = textInk.metrics(textInk.face(style));
    const spare = (chosen - (ascent + descent) / em) / 2;
    const found: [string, string][] = [];
    if (chosen > leading) found.push(['line-height', chosen.toFixed(3)]);
    const pad = (side: 'top' | 'bottom', outside: number) => {
      const room = Math.min(outside, MAX_LEADING);
      if (room < MAX_OUTSIDE || px(style, `padding-${side}`) / em >= room) return;
      found.push([`padding-${side}`, `${room.toFixed(3)}em`]);
    };
    pad('top', above - ascent / em - spare);
    pad('bottom', below - descent / em - spare);
    return found;
  }

  /** Whether tracking would pull letters and their marks together, or tear joined ones apart. */
  function isTracked(element: HTMLElement, text: string): boolean {
    if (!OTHER_SCRIPT.test(text)) return false;
    const tracking = px(getComputedStyle(element), 'letter-spacing');
    return tracking < 0 || (tracking > 0 && JOINED.test(text));
  }

  /** Tracking that pulls letters together would close a narrow space altogether. */
  function keepSpaces(node: Text): void {
    const parent = node.parentElement;
    const style = parent && getComputedStyle(parent);
    const tracking = style ? px(style, 'letter-spacing') : 0;
    if (!parent || !style || tracking >= 0) return;
    // In em: the text may yet be shrunk.
    const em = px(style, 'font-size');
    const part = (...inside: (string | Node)[]) => {
      const element = document.createElement('cardpress-part');
      element.append(...inside);
      return element;
    };
    const spaced = (space: string) => {
      const element = part(space);
      // Its own tracking makes good for what the room before and after it lost.
      element.style.setProperty('letter-spacing', `${-tracking / em}em`, 'important');
      return element;
    };
    const parts = node.data
      .split(/([\u00a0\u2007\u202f])/)
      .filter((text) => text !== '')
      .map((text) => (FIXED_SPACE.test(text) ? spaced(text) : text));
    // In a flex or grid container, each part would be an item of its own.
    node.replaceWith(...(/flex|grid/.test(style.display) ? [part(...parts)] : parts));
  }

  function apply(): void {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const nodes: Text[] = [];
    while (walker.nextNode()) nodes.push(walker.currentNode as Text);
    const texts = nodes.filter(
      (node) => node.data.trim() !== '' && !node.parentElement?.closest('svg'),
    );
    const blocks = new Map<HTMLElement, Text[]>();
    const untracked = new Set<HTMLElement>();
    for (const node of texts) {
      const parent = node.parentElement;
      if (!parent || !needsRoom(node.data)) continue;
      if (isTracked(parent, node.data)) untracked.add(parent);
      const block = blockOf(parent);
      blocks.set(block, [...(blocks.get(block) ?? []), node]);
    }
    // Read all, then write all: between the two, styles would be computed again each time.
    const wanted = [...blocks].map(([block, own]) => ({ block, rules: leadingFor(block, own) }));
    for (const { block, rules } of wanted) {
      for (const [name, value] of rules) block.style.setProperty(name, value);
    }
    for (const element of untracked) element.style.letterSpacing = '0';
    for (const node of texts) if (FIXED_SPACE.test(node.data)) keepSpaces(node);
  }

  const api: PageTypesetting = { apply };
  return api;
}
