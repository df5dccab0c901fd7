/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { cssPx } from './css-px.js';
import type { InkPiece, PageInk } from './ink.js';
import { createPart, isPart } from './part-element.js';
import { textNodesIn } from './text-nodes.js';

/**
 * Adjusts line height, padding and letter spacing to the scripts of the text, before it is fitted.
 * Runs in an isolated world.
 */
export interface PageTypesetting {
  /** `overlapping`: what `overlappingBlocks` returned for the same body. These get more room. */
  apply(overlapping?: ReadonlySet<number>): void;
  /**
   * Blocks in which letters of one line are painted over letters of the next, as indexes in the order
   * of the document. A template with a small line height was designed for text without capitals with
   * accents, so it needs more room only where such letters meet. Call it after the text is fitted.
   */
  overlappingBlocks(): Set<number>;
}

export function createPageTypesetting(textInk: PageInk): PageTypesetting {
  /**
   * A letter of a script that may be higher or deeper than Latin. The scripts listed here are not: for
   * them the template's line height stays.
   */
  const TALL_SCRIPT =
    /(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}\p{Script=Common}\p{Script=Inherited}])\p{L}/u;
  /** A quick test: text without any of these has no tall script, emoji or combining mark. */
  const NOT_LATIN = /[\u0300-\u1fff\u2c00-\ud7ff\uf900-\uffff]|[\ud800-\udbff]/;
  /** In some fonts higher and deeper than letters. */
  const EMOJI_PRESENTATION = /\p{Emoji_Presentation}/u;
  /** In NFD: a letter with two marks, as in Vietnamese. */
  const TWO_MARKS = /\p{L}\p{Mn}{2}/u;
  /** In NFC: a mark that forms no precomposed letter. */
  const COMBINING_MARK = /(?!\p{Variation_Selector})[\p{Mn}\p{Mc}]/u;
  /** Scripts whose letters are connected: added letter spacing would break the connection. */
  const CONNECTED =
    /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Nko}\p{Script=Mongolian}\p{Script=Mandaic}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\p{Script=Phags_Pa}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}]/u;
  /** No-break spaces, in numbers and before units and punctuation. Captured, for `split`. */
  const FIXED_SPACE = /([\u00a0\u2007\u202f])/;
  /** Space between the ink of one line and the next, in em. */
  const GAP_EM = 0.04;
  /** Only piles of combining marks need more, and no line height makes these readable. In em. */
  const MAX_LINE_HEIGHT_EM = 2.4;
  /** Pairs of letters that are compared pixel by pixel in one block. */
  const MAX_COMPARED = 40;
  /** Ink that may be outside of a block, in em: lines of other blocks begin further away. */
  const MAX_INK_OUTSIDE_EM = 0.16;

  /** Whether text may be higher or deeper than Latin text. */
  function needsRoom(text: string): boolean {
    if (!NOT_LATIN.test(text)) return false;
    if (TALL_SCRIPT.test(text) || EMOJI_PRESENTATION.test(text)) return true;
    return COMBINING_MARK.test(text.normalize('NFC')) || TWO_MARKS.test(text.normalize('NFD'));
  }

  /** Whether an element of the template has a block of lines of its own. */
  function isBlock(element: HTMLElement): boolean {
    if (isPart(element)) return false;
    return !/^(inline|contents)$/.test(getComputedStyle(element).display);
  }

  function blockOf(element: HTMLElement): HTMLElement {
    let block = element;
    while (block.parentElement && block !== document.body && !isBlock(block)) {
      block = block.parentElement;
    }
    return block;
  }

  /** How far the ink of texts reaches above and below their baselines at most, in CSS pixels. */
  function reachOf(nodes: Text[]): { above: number; below: number } {
    let [above, below] = [0, 0];
    for (const { parentElement, data } of nodes) {
      if (!parentElement) continue;
      const extent = textInk.extent(textInk.fontOf(getComputedStyle(parentElement)), data);
      above = Math.max(above, extent.above);
      below = Math.max(below, extent.below);
    }
    return { above, below };
  }

  /**
   * CSS properties to set so that the ink of a line neither reaches the next line nor leaves the block
   * above its first or below its last line.
   */
  function spacingFor(block: HTMLElement, nodes: Text[]): [name: string, value: string][] {
    const style = getComputedStyle(block);
    const em = cssPx(style, 'font-size');
    const designed = cssPx(style, 'line-height') / em;
    // `normal`: each line is as high as its letters need.
    if (!(designed > 0) || !style.writingMode.startsWith('horizontal')) return [];
    const reach = reachOf(nodes);
    const [above, below] = [reach.above / em, reach.below / em];
    const chosen = Math.max(designed, Math.min(MAX_LINE_HEIGHT_EM, above + below + GAP_EM));
    const { ascent, descent } = textInk.metrics(textInk.fontOf(style));
    /** Half of the leading: the space of a line above and below its letters' boxes, in em. */
    const spare = (chosen - (ascent + descent) / em) / 2;
    const found: [string, string][] = [];
    if (chosen > designed) found.push(['line-height', chosen.toFixed(3)]);
    const pad = (side: 'top' | 'bottom', outside: number) => {
      const room = Math.min(outside, MAX_LINE_HEIGHT_EM);
      if (room < MAX_INK_OUTSIDE_EM || cssPx(style, `padding-${side}`) / em >= room) return;
      found.push([`padding-${side}`, `${room.toFixed(3)}em`]);
    };
    pad('top', above - ascent / em - spare);
    pad('bottom', below - descent / em - spare);
    return found;
  }

  /** Whether letter spacing makes the text unreadable: see `TALL_SCRIPT`, `CONNECTED`. */
  function isSpacingHarmful(element: HTMLElement, text: string): boolean {
    if (!TALL_SCRIPT.test(text)) return false;
    const spacing = cssPx(getComputedStyle(element), 'letter-spacing');
    return spacing < 0 || (spacing > 0 && CONNECTED.test(text));
  }

  /** Negative letter spacing would close narrow no-break spaces, so these get it back. */
  function keepFixedSpaces(node: Text): void {
    const parent = node.parentElement;
    const style = parent && getComputedStyle(parent);
    const spacing = style ? cssPx(style, 'letter-spacing') : 0;
    if (!parent || !style || spacing >= 0) return;
    // In em, because fitting may shrink the text later.
    const em = cssPx(style, 'font-size');
    const spaced = (space: string) => {
      const element = createPart(space);
      // Positive, to make up for the spacing of the letter before it.
      element.style.setProperty('letter-spacing', `${-spacing / em}em`, 'important');
      return element;
    };
    const parts = node.data
      .split(FIXED_SPACE)
      .filter((text) => text !== '')
      .map((text) => (FIXED_SPACE.test(text) ? spaced(text) : text));
    // In a flex or grid container, each part would be an item of its own.
    node.replaceWith(...(/flex|grid/.test(style.display) ? [createPart(...parts)] : parts));
  }

  function textsOf(root: HTMLElement): Text[] {
    return textNodesIn(root).filter(
      ({ data, parentElement }) => data.trim() !== '' && !parentElement?.closest('svg'),
    );
  }

  /** The text nodes of each block, in the order of the document. */
  function blocksOf(texts: Text[]): Map<HTMLElement, Text[]> {
    const blocks = new Map<HTMLElement, Text[]>();
    for (const node of texts) {
      if (!node.parentElement) continue;
      const block = blockOf(node.parentElement);
      const own = blocks.get(block);
      if (own) own.push(node);
      else blocks.set(block, [node]);
    }
    return blocks;
  }

  function isShown(node: Text): boolean {
    return node.parentElement?.checkVisibility({ visibilityProperty: true }) === true;
  }

  /** Whether the ink of a block's letters can reach from one of its lines to the next at all. */
  function isTight(nodes: Text[], lineHeight: number): boolean {
    const { above, below } = reachOf(nodes);
    return above + below > lineHeight;
  }

  function hasSeveralLines(block: HTMLElement, lineHeight: number): boolean {
    const range = document.createRange();
    range.selectNodeContents(block);
    const { height } = range.getBoundingClientRect();
    return height > lineHeight * 1.5;
  }

  /** The pieces of text by line, from the first line to the last. `em`: font size in CSS pixels. */
  function piecesByLine(nodes: Text[], em: number): InkPiece[][] {
    const pieces = nodes.flatMap((node) =>
      node.parentElement
        ? textInk.pieces(node, textInk.fontOf(getComputedStyle(node.parentElement)))
        : [],
    );
    const lines: InkPiece[][] = [];
    for (const piece of pieces) {
      const line = lines.find(([first]) => Math.abs((first?.middle ?? 0) - piece.middle) < em / 2);
      if (line) line.push(piece);
      else lines.push([piece]);
    }
    return lines.sort(([a], [b]) => (a?.middle ?? 0) - (b?.middle ?? 0));
  }

  function linesTouch(upper: InkPiece[], lower: InkPiece[]): boolean {
    const top = Math.min(...lower.map(({ ink }) => ink.top));
    const bottom = Math.max(...upper.map(({ ink }) => ink.bottom));
    const [deep, high] = [
      upper.filter(({ ink }) => ink.bottom > top),
      lower.filter(({ ink }) => ink.top < bottom),
    ];
    let compared = 0;
    return deep.some((a) =>
      high.some((b) => {
        if (a.ink.right <= b.ink.left || a.ink.left >= b.ink.right) return false;
        if (a.ink.bottom <= b.ink.top || compared >= MAX_COMPARED) return false;
        compared += 1;
        return textInk.touches(a, b);
      }),
    );
  }

  function hasOverlap(block: HTMLElement, nodes: Text[]): boolean {
    const style = getComputedStyle(block);
    const lineHeight = cssPx(style, 'line-height');
    if (lineHeight === 0 || !style.writingMode.startsWith('horizontal')) return false;
    if (!hasSeveralLines(block, lineHeight) || !isTight(nodes, lineHeight)) return false;
    const lines = piecesByLine(nodes.filter(isShown), cssPx(style, 'font-size'));
    return lines.some((line, i) => linesTouch(line, lines[i + 1] ?? []));
  }

  function overlappingBlocks(): Set<number> {
    const found = new Set<number>();
    let index = 0;
    for (const [block, nodes] of blocksOf(textsOf(document.body))) {
      if (hasOverlap(block, nodes)) found.add(index);
      index += 1;
    }
    return found;
  }

  function apply(overlapping: ReadonlySet<number> = new Set()): void {
    const texts = textsOf(document.body);
    const blocks = new Map<HTMLElement, Text[]>();
    const untracked = new Set<HTMLElement>();
    let index = 0;
    for (const [block, nodes] of blocksOf(texts)) {
      const wanting = overlapping.has(index) ? nodes : nodes.filter(({ data }) => needsRoom(data));
      index += 1;
      if (wanting.length === 0) continue;
      blocks.set(block, wanting);
      for (const { parentElement, data } of wanting) {
        if (parentElement && isSpacingHarmful(parentElement, data)) untracked.add(parentElement);
      }
    }
    // All styles are read before any is changed, so that they are computed only once.
    const wanted = [...blocks].map(([block, own]) => ({ block, rules: spacingFor(block, own) }));
    for (const { block, rules } of wanted) {
      for (const [name, value] of rules) block.style.setProperty(name, value);
    }
    for (const element of untracked) element.style.letterSpacing = '0';
    for (const node of texts) if (FIXED_SPACE.test(node.data)) keepFixedSpaces(node);
  }

  const api: PageTypesetting = { apply, overlappingBlocks };
  return api;
}
