/// <reference lib="dom" />
import type { InkBox, InkPiece, PageInk } from './ink.js';
import type { PlacedInk, PlacedText } from './placed-text.js';

/** Whether texts are painted over each other. Runs in an isolated world. */
export interface PageOverlaps {
  /** For each text: whether it is painted over itself or over a later one in the list. */
  find(texts: PlacedText[]): boolean[];
}

export function createPageOverlaps(textInk: PageInk, placedInk: PlacedInk): PageOverlaps {
  const { piecesIn, coreOf, inkBoundsOf } = placedInk;
  /** Pairs of letters that are compared pixel by pixel in one image. Real overlaps come earlier. */
  const MAX_COMPARED = 60;
  let compared = 0;

  /** Width and height of the common part of two boxes; negative if they are apart. */
  function common(a: InkBox, b: InkBox): { wide: number; high: number } {
    return {
      wide: Math.min(a.right, b.right) - Math.max(a.left, b.left),
      high: Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top),
    };
  }

  function touchesAny(a: InkPiece[], b: InkPiece[]): boolean {
    return a.some((first) =>
      b.some((second) => {
        const { wide, high } = common(first.ink, second.ink);
        if (wide <= 0.5 || high <= 0.5 || compared >= MAX_COMPARED) return false;
        compared += 1;
        return textInk.touches(first, second);
      }),
    );
  }

  /** Whether a line of `a` is painted over a line of `b`; of one text, over another line. */
  function runsInto(a: PlacedText, b: PlacedText): boolean {
    const isOneText = a === b || a.element.contains(b.element) || b.element.contains(a.element);
    const em = Math.min(a.fontPx, b.fontPx);
    return a.rects.some((first, i) => {
      const bounds = inkBoundsOf(a, first);
      const core = coreOf(first, a.fontPx);
      return b.rects.slice(a === b ? i + 1 : 0).some((second) => {
        /** Vertical distance of the lines' middles. */
        const distance = Math.abs(first.top + first.bottom - second.top - second.bottom) / 2;
        if (isOneText && distance < em * 0.35) return false;
        const cores = common(core, coreOf(second, b.fontPx));
        if (!isOneText && cores.wide > 2 && cores.high > em * 0.15) return true;
        const others = bounds && inkBoundsOf(b, second);
        if (!others) return false;
        const { wide, high } = common(bounds, others);
        // Letters may stand a little out of their line's box at its sides.
        if (wide <= -em * 0.2 || high <= 0.5) return false;
        return touchesAny(piecesIn(a, first), piecesIn(b, second));
      });
    });
  }

  /** A box that contains all ink of a text, to find neighbours quickly. */
  function reachOf(text: PlacedText): InkBox {
    const spare = text.fontPx * 0.2;
    const all = {
      left: Number.POSITIVE_INFINITY,
      top: Number.POSITIVE_INFINITY,
      right: -Number.POSITIVE_INFINITY,
      bottom: -Number.POSITIVE_INFINITY,
    };
    for (const rect of text.rects) {
      for (const box of [rect, inkBoundsOf(text, rect) ?? rect]) {
        all.left = Math.min(all.left, box.left - spare);
        all.top = Math.min(all.top, box.top);
        all.right = Math.max(all.right, box.right + spare);
        all.bottom = Math.max(all.bottom, box.bottom);
      }
    }
    return all;
  }

  function find(texts: PlacedText[]): boolean[] {
    compared = 0;
    const reaches = texts.map(reachOf);
    return texts.map((text, i) =>
      texts.some((other, j) => {
        if (j < i) return false;
        const [own, others] = [reaches[i], reaches[j]];
        if (!own || !others) return false;
        const { wide, high } = common(own, others);
        return wide > 0 && high > 0 && runsInto(text, other);
      }),
    );
  }

  return { find };
}
