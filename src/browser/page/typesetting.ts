/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { InkPiece, PageInk } from './ink.js';

/**
 * What a typesetter would do with the text at hand before it is fitted: leading for the script that
 * it is written in, no tracking where it would tear letters apart, spaces that stay spaces. Runs in
 * an isolated world.
 */
export interface PageTypesetting {
  /** `crowded`: the blocks, in the order of the document, that the last pass found so. */
  apply(crowded?: ReadonlySet<number>): void;
  /**
   * The blocks whose lines are painted over each other as the text was fitted. A design with tight
   * leading was made for text that does not: their accents on capitals, descenders or ideographs
   * ask for more, and only where they meet.
   */
  crowded(): Set<number>;
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
  /** Pairs of letters that are compared pixel by pixel in one block. */
  const MAX_COMPARED = 40;
  /** So much ink, in em, may stand out of a block: the lines beside it begin further away. */
  const MAX_OUTSIDE = 0.16;

  function needsRoom(text: string): boolean {
    if (!FOREIGN.test(text)) return false;
    if (OTHER_SCRIPT.test(text) || EMOJI.test(text)) return true;
    return FREE_MARK.test(text.normalize('NFC')) || STACKED.test(text.normalize('NFD'));
  }

  /** What fitting put in is no block of the template's. */
  function isBlock(element: HTMLElement): boolean {
    if (element.localName === 'cardpress-part') return false;
    return !/^(inline|contents)$/.test(getComputedStyle(element).display);
  }

  function blockOf(element: HTMLElement): HTMLElement {
    let block = element;
    while (block.parentElement && block !== document.body && !isBlock(block)) {
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

  function textsOf(root: HTMLElement): Text[] {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const nodes: Text[] = [];
    while (walker.nextNode()) nodes.push(walker.currentNode as Text);
    return nodes.filter((node) => node.data.trim() !== '' && !node.parentElement?.closest('svg'));
  }

  /** What a block shows, node by node, in the order of the document. */
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
  function isTight(nodes: Text[], leading: number): boolean {
    let [above, below] = [0, 0];
    for (const node of nodes) {
      if (!node.parentElement) continue;
      const reach = textInk.reach(textInk.face(getComputedStyle(node.parentElement)), node.data);
      above = Math.max(above, reach.above);
      below = Math.max(below, reach.below);
    }
    return above + below > leading;
  }

  function hasLines(block: HTMLElement, leading: number): boolean {
    const range = document.createRange();
    range.selectNodeContents(block);
    const { height } = range.getBoundingClientRect();
    return height > leading * 1.5;
  }

  function linesOf(nodes: Text[], em: number): InkPiece[][] {
    const pieces = nodes.flatMap((node) =>
      node.parentElement
        ? textInk.pieces(node, textInk.face(getComputedStyle(node.parentElement)))
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

  function touch(upper: InkPiece[], lower: InkPiece[]): boolean {
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

  function isCrowded(block: HTMLElement, nodes: Text[]): boolean {
    const style = getComputedStyle(block);
    const leading = px(style, 'line-height');
    if (leading === 0 || !style.writingMode.startsWith('horizontal')) return false;
    if (!hasLines(block, leading) || !isTight(nodes, leading)) return false;
    const lines = linesOf(nodes.filter(isShown), px(style, 'font-size'));
    return lines.some((line, i) => touch(line, lines[i + 1] ?? []));
  }

  function crowded(): Set<number> {
    const found = new Set<number>();
    let index = 0;
    for (const [block, nodes] of blocksOf(textsOf(document.body))) {
      if (isCrowded(block, nodes)) found.add(index);
      index += 1;
    }
    return found;
  }

  function apply(roomy: ReadonlySet<number> = new Set()): void {
    const texts = textsOf(document.body);
    const blocks = new Map<HTMLElement, Text[]>();
    const untracked = new Set<HTMLElement>();
    let index = 0;
    for (const [block, nodes] of blocksOf(texts)) {
      const asking = roomy.has(index) ? nodes : nodes.filter(({ data }) => needsRoom(data));
      index += 1;
      if (asking.length === 0) continue;
      blocks.set(block, asking);
      for (const { parentElement, data } of asking) {
        if (parentElement && isTracked(parentElement, data)) untracked.add(parentElement);
      }
    }
    // Read all, then write all: between the two, styles would be computed again each time.
    const wanted = [...blocks].map(([block, own]) => ({ block, rules: leadingFor(block, own) }));
    for (const { block, rules } of wanted) {
      for (const [name, value] of rules) block.style.setProperty(name, value);
    }
    for (const element of untracked) element.style.letterSpacing = '0';
    for (const node of texts) if (FIXED_SPACE.test(node.data)) keepSpaces(node);
  }

  const api: PageTypesetting = { apply, crowded };
  return api;
}
