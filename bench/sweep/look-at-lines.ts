/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { CDPSession, Page } from 'playwright';
import sharp from 'sharp';

/** What is to be seen of text, by pixels alone; it knows nothing of how the verdict looks at it. */
export interface SeenLines {
  /** Pixels that are painted by two lines. */
  common: number;
  /** Rows of pixels in which a box cuts letters off at its top or bottom. */
  cutRows: number;
}

/**
 * Paints every second line of text black on white and nothing else, or the others, in the boxes that
 * cut them or without. Runs in an isolated world. Sent as text.
 */
function paintLines(which: 'even' | 'odd' | 'none', isOpen: boolean): string {
  document.getElementById('sweep')?.remove();
  CSS.highlights.clear();
  if (which === 'none') return '';
  const sets: Record<string, Range[]> = { even: [], odd: [] };
  const letters = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const places: string[] = [];
  let line = 0;
  let last: { block: Element; middle: number } | undefined;
  while (walker.nextNode()) {
    const node = walker.currentNode as Text;
    const parent = node.parentElement;
    if (!parent || node.data.trim() === '' || parent.closest('svg, [aria-hidden="true"]')) continue;
    if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    let block: Element = parent;
    while (/^(inline|contents)$/.test(getComputedStyle(block).display) && block.parentElement) {
      block = block.parentElement;
    }
    const half = Number.parseFloat(getComputedStyle(parent).fontSize) / 2;
    let range: Range | undefined;
    for (const { segment, index } of letters.segment(node.data)) {
      if (segment.trim() === '') continue;
      const letter = document.createRange();
      letter.setStart(node, index);
      letter.setEnd(node, index + segment.length);
      const rect = letter.getClientRects()[0];
      if (!rect || rect.width === 0) continue;
      const middle = (rect.top + rect.bottom) / 2;
      places.push(`${Math.round(rect.left)},${Math.round(rect.top)}`);
      if (!last || last.block !== block || Math.abs(last.middle - middle) > half) {
        line += 1;
        range = undefined;
        last = { block, middle };
      }
      if (range) range.setEnd(node, index + segment.length);
      else {
        range = letter;
        sets[line % 2 === 0 ? 'even' : 'odd']?.push(letter);
      }
    }
  }
  CSS.highlights.set('sweep', new Highlight(...(sets[which] ?? [])));
  const style = document.createElement('style');
  style.id = 'sweep';
  style.textContent = `html,body{background:#fff!important}
    *,*::before,*::after{background-image:none!important;border-image:none!important;background-color:transparent!important;border-color:transparent!important;
    box-shadow:none!important;text-shadow:none!important;filter:none!important;mask:none!important;mix-blend-mode:normal!important;
    color:transparent!important;-webkit-text-fill-color:transparent!important;-webkit-text-stroke-color:transparent!important;
    outline-color:transparent!important;text-decoration-color:transparent!important;backdrop-filter:none!important}
    html{background-color:#fff!important} img,svg,canvas{visibility:hidden!important}
    ::highlight(sweep){color:#000;-webkit-text-fill-color:#000}
    ${isOpen ? '*{overflow:visible!important;clip-path:none!important;contain:none!important}' : ''}`;
  document.head.append(style);
  return places.join(' ');
}

const DARK = 128;
/** Without their boxes, letters may be painted with other edges: a cut takes away what was dark. */
const SURELY_DARK = 80;
const SURELY_LIGHT = 200;
/** Less is a soft edge. */
const LEAST_IN_ROW = 3;

/** Looks at the page that shows the job with this nonce. Undefined where its layout cannot be opened. */
export async function lookAtLines(page: Page, nonce: string): Promise<SeenLines | undefined> {
  const cdp = await page.context().newCDPSession(page);
  try {
    const { frameTree } = await cdp.send('Page.getFrameTree');
    const { executionContextId } = await cdp.send('Page.createIsolatedWorld', {
      frameId: frameTree.frame.id,
      worldName: 'sweep',
    });
    const call = (text: string) => evaluate(cdp, executionContextId, text);
    if ((await call('document.documentElement.dataset.nonce')) !== nonce) {
      throw new Error('the page shows another card');
    }
    const paint = (which: string, isOpen: boolean) =>
      call(`(${paintLines})(${JSON.stringify(which)}, ${isOpen})`);
    const masks: Buffer[] = [];
    const places = new Set<string>();
    let width = 1;
    for (const isOpen of [false, true]) {
      for (const which of ['even', 'odd']) {
        places.add(await paint(which, isOpen));
        const { data } = await cdp.send('Page.captureScreenshot', { format: 'png' });
        const raw = await sharp(Buffer.from(data, 'base64'))
          .flatten({ background: '#fff' })
          .greyscale()
          .raw()
          .toBuffer({ resolveWithObject: true });
        width = raw.info.width;
        masks.push(raw.data);
      }
    }
    await paint('none', false);
    return compare(masks, width, places.size === 1);
  } finally {
    await cdp.detach();
  }
}

async function evaluate(cdp: CDPSession, contextId: number, expression: string): Promise<string> {
  const answer = await cdp.send('Runtime.evaluate', { expression, contextId, returnByValue: true });
  if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description);
  return String(answer.result.value);
}

function compare(masks: Buffer[], width: number, isSamePlace: boolean): SeenLines {
  const [even, odd, evenOpen, oddOpen] = masks;
  let common = 0;
  const lost = new Map<number, number>();
  for (let i = 0; i < (even?.length ?? 0); i += 1) {
    const dark = (mask?: Buffer) => (mask?.[i] ?? 255) < DARK;
    if (dark(even) && dark(odd)) common += 1;
    const isLost = (open?: Buffer, mask?: Buffer) =>
      (open?.[i] ?? 255) < SURELY_DARK && (mask?.[i] ?? 0) > SURELY_LIGHT;
    if (isSamePlace && (isLost(evenOpen, even) || isLost(oddOpen, odd))) {
      const row = Math.floor(i / width);
      lost.set(row, (lost.get(row) ?? 0) + 1);
    }
  }
  const rows = [...lost.values()].filter((count) => count >= LEAST_IN_ROW);
  return { common, cutRows: rows.length };
}
