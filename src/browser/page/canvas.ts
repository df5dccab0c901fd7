/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/* Captures a template page by `element`. Runs in the document around it, in an isolated world. */

export interface CanvasSpec {
  /** Size of the whole image, in device pixels. */
  widthPx: number;
  heightPx: number;
  isTransparent: boolean;
}

export interface CanvasJob {
  /** `raw`: RGB or RGBA bytes, uploaded. Others: a file from the browser's encoder. */
  type: 'raw' | 'png' | 'jpeg' | 'webp';
  /** 0 to 100, where the type has one. */
  quality?: number;
  /** Path to which raw pixels are sent. */
  uploadTo?: string;
}

export interface CanvasShot {
  /** Nonce of the template page's body, read after drawing. */
  nonce: string;
  /** The file; absent where raw pixels were uploaded. */
  base64?: string;
}

export interface PageCanvas {
  /** Draws the template page and reads it back. */
  capture(job: CanvasJob): Promise<CanvasShot>;
}

/** HTML-in-canvas (WICG) as in Chromium 156. TypeScript has no types for it yet. */
interface ElementCanvas extends HTMLCanvasElement {
  onpaint: (() => void) | null;
  requestPaint(): void;
}

interface ElementContext extends CanvasRenderingContext2D {
  drawElementImage(element: Element, x: number, y: number): void;
}

/** Undefined if this browser cannot draw elements. */
export function createPageCanvas(spec: CanvasSpec): PageCanvas | undefined {
  const { widthPx, heightPx, isTransparent } = spec;
  const options = { willReadFrequently: true, alpha: isTransparent };
  const canvas = document.querySelector('canvas') as ElementCanvas;
  const frame = canvas.querySelector('iframe') as HTMLIFrameElement;
  const tileContext = canvas.getContext('2d', options) as ElementContext;
  if (!('drawElementImage' in tileContext) || !('requestPaint' in canvas)) return undefined;
  const image = new OffscreenCanvas(widthPx, heightPx);
  const imageContext = image.getContext('2d', options) as OffscreenCanvasRenderingContext2D;
  /** Device pixels by which a tile overlaps its neighbour at each side (cc/base/tiling_data.h). */
  const BORDER = 1;

  /** Offsets of the tiles along one side of the image, in device pixels. */
  function starts(length: number, tileLength: number): number[] {
    const found = [0];
    const step = tileLength - 2 * BORDER;
    for (let at = step; at + 2 * BORDER < length; at += step) found.push(at);
    return found;
  }

  /**
   * Draws one tile, as Chromium's compositor does: each tile has a bitmap of its own, in which a path
   * that the tile's edge cuts is rounded otherwise than a whole one, and gradients are dithered by
   * the position in the tile. So the pixels are those of a screenshot.
   */
  function drawTile(left: number, top: number): void {
    const { width, height } = canvas;
    tileContext.setTransform(1, 0, 0, 1, 0, 0);
    tileContext.fillStyle = '#fff';
    if (isTransparent) tileContext.clearRect(0, 0, width, height);
    else tileContext.fillRect(0, 0, width, height);
    tileContext.setTransform(1, 0, 0, 1, -left, -top);
    tileContext.drawElementImage(frame, 0, 0);
    const x = left === 0 ? 0 : BORDER;
    const y = top === 0 ? 0 : BORDER;
    const [w, h] = [width - x, height - y];
    imageContext.drawImage(canvas, x, y, w, h, left + x, top + y, w, h);
  }

  async function draw(): Promise<void> {
    // Only a paint after the last change of the page has recorded that change.
    await new Promise<void>((resolve) => {
      canvas.onpaint = () => resolve();
      canvas.requestPaint();
    });
    canvas.onpaint = null;
    if (isTransparent) imageContext.clearRect(0, 0, widthPx, heightPx);
    for (const top of starts(heightPx, canvas.height)) {
      for (const left of starts(widthPx, canvas.width)) drawTile(left, top);
    }
  }

  /**
   * RGB bytes from RGBA bytes. Four pixels at a time as 32-bit numbers (little-endian), the rest one
   * by one.
   */
  function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
    const count = rgba.length / 4;
    const inFours = count - (count % 4);
    const from = new Uint32Array(rgba.buffer);
    const rgb = new Uint8Array(count * 3);
    const to = new Uint32Array(rgb.buffer, 0, (inFours * 3) / 4);
    for (let i = 0, j = 0; i < inFours; i += 4, j += 3) {
      const [a, b, c, d] = [from[i] ?? 0, from[i + 1] ?? 0, from[i + 2] ?? 0, from[i + 3] ?? 0];
      to[j] = (a & 0xffffff) | (b << 24);
      to[j + 1] = ((b >>> 8) & 0xffff) | (c << 16);
      to[j + 2] = ((c >>> 16) & 0xff) | (d << 8);
    }
    for (let i = inFours; i < count; i += 1) rgb.set(rgba.subarray(i * 4, i * 4 + 3), i * 3);
    return rgb;
  }

  async function upload(address: string): Promise<void> {
    const { data } = imageContext.getImageData(0, 0, widthPx, heightPx);
    const body = new Blob([isTransparent ? data : withoutAlpha(data)] as BlobPart[]);
    // Chromium does not copy a Blob when it sends it. It copies plain bytes several times.
    await fetch(address, { method: 'POST', body });
  }

  async function encode({ type, quality = 100 }: CanvasJob): Promise<string> {
    const blob = await image.convertToBlob({ type: `image/${type}`, quality: quality / 100 });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    return (bytes as unknown as { toBase64(): string }).toBase64();
  }

  const api: PageCanvas = {
    async capture(job) {
      await draw();
      const nonce = frame.contentDocument?.documentElement.dataset.nonce ?? '';
      if (job.type !== 'raw') return { nonce, base64: await encode(job) };
      await upload(job.uploadTo ?? '');
      return { nonce };
    },
  };
  return api;
}
