/// <reference lib="dom" />
import { cssPx } from './css-px.js';
import type { InkBox, InkFont, InkPiece, PageInk } from './ink.js';
import { isTransparent } from './is-transparent.js';

/** An element with text directly in it, and the boxes of its lines. */
export interface PlacedText {
  element: HTMLElement;
  style: CSSStyleDeclaration;
  /** Font size in CSS pixels. */
  fontPx: number;
  /** One for each line of each text node. */
  rects: InkBox[];
  text: string;
  /** Its text nodes. */
  nodes: Text[];
}

/** The ink of placed texts, line by line, with outlines (`-webkit-text-stroke`). Measured once for each text. */
export interface PlacedInk {
  /** The pieces of a text whose line is the one with this box. */
  piecesIn(text: PlacedText, rect: InkBox): InkPiece[];
  /** The inner part of a line's box, in which the bodies of its letters are. */
  coreOf(rect: InkBox, fontPx: number): InkBox;
  /**
   * A box that contains all ink of a line. Undefined if that cannot be told from the line's box:
   * rotated, scaled or vertical text.
   */
  inkBoundsOf(text: PlacedText, rect: InkBox): InkBox | undefined;
}

export function createPlacedInk(textInk: PageInk): PlacedInk {
  const fonts = new WeakMap<PlacedText, InkFont>();
  const pieces = new WeakMap<PlacedText, InkPiece[]>();
  const bounds = new WeakMap<InkBox, InkBox | null>();

  /** Width of the outline of text, whatever `paint-order` says; 0 if it is transparent. */
  function strokePxOf(style: CSSStyleDeclaration): number {
    const color = style.getPropertyValue('-webkit-text-stroke-color');
    return isTransparent(color) ? 0 : cssPx(style, '-webkit-text-stroke-width');
  }

  function fontOf(text: PlacedText): InkFont {
    let font = fonts.get(text);
    if (!font) {
      font = textInk.fontOf(text.style, strokePxOf(text.style));
      fonts.set(text, font);
    }
    return font;
  }

  function piecesOf(text: PlacedText): InkPiece[] {
    let found = pieces.get(text);
    if (!found) {
      found = text.nodes.flatMap((node) => textInk.pieces(node, fontOf(text)));
      pieces.set(text, found);
    }
    return found;
  }

  function piecesIn(text: PlacedText, { left, top, right, bottom }: InkBox): InkPiece[] {
    return piecesOf(text).filter(
      ({ middle, origin }) =>
        middle > top && middle < bottom && origin.x >= left - 1 && origin.x <= right + 1,
    );
  }

  function coreOf({ left, top, right, bottom }: InkBox, fontPx: number): InkBox {
    const middle = (top + bottom) / 2;
    return { left, right, top: middle - fontPx * 0.33, bottom: middle + fontPx * 0.33 };
  }

  function inkBoundsOf(text: PlacedText, rect: InkBox): InkBox | undefined {
    const known = bounds.get(rect);
    if (known !== undefined) return known ?? undefined;
    const font = fontOf(text);
    const baseline = textInk.baseline(font, rect.bottom - rect.top);
    if (baseline === undefined) {
      bounds.set(rect, null);
      return undefined;
    }
    const { above, below } = textInk.extent(font, text.text);
    const y = rect.top + baseline;
    const stroke = font.strokePx / 2;
    const found = {
      left: rect.left - stroke,
      right: rect.right + stroke,
      top: y - above,
      bottom: y + below,
    };
    bounds.set(rect, found);
    return found;
  }

  return { piecesIn, coreOf, inkBoundsOf };
}
