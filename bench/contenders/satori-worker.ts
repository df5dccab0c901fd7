import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import type { ImageFormat } from '../../src/images/image.js';
import { CARD_SIZE, loadCard, QUALITY } from '../cards/card.js';
import type { ContenderOptions } from './contender.js';
import { loadPeer } from './load-peer.js';
import { createPlainCard, type PlainCard, type TreeNode } from './plain-tree.js';

export interface SatoriTask {
  index: number;
  format: ImageFormat;
}
export interface SatoriAnswer {
  picture: Uint8Array;
}

/** What React would make; Satori takes it as it is. */
interface Element {
  type: 'div' | 'img';
  props: { style: object; children?: Element[] | string; src?: string };
}
interface SatoriModule {
  default(
    element: Element,
    options: { width: number; height: number; fonts: PlainCard['fonts'] },
  ): Promise<string>;
}
interface Rendered {
  asPng(): Buffer;
  pixels: Buffer;
  width: number;
  height: number;
}
interface ResvgModule {
  Resvg: new (svg: string, options: object) => { render(): Rendered };
}

function element(node: TreeNode): Element {
  const { style } = node;
  if (node.kind === 'picture') return { type: 'img', props: { style, src: node.src } };
  if (node.kind === 'text') return { type: 'div', props: { style, children: node.text } };
  return { type: 'div', props: { style, children: node.children.map(element) } };
}

/** resvg writes PNG alone; sharp writes the rest, from its bare pixels. */
async function encode(rendered: Rendered, format: ImageFormat): Promise<Buffer> {
  if (format === 'png') return rendered.asPng();
  const { pixels, width, height } = rendered;
  const source = sharp(pixels, { raw: { width, height, channels: 4 } });
  return format === 'jpeg'
    ? source.flatten().jpeg({ quality: QUALITY.jpeg }).toBuffer()
    : source.webp({ quality: QUALITY.webp }).toBuffer();
}

// Each thread does its own work alone: what is compared is the rate for a number of threads.
sharp.concurrency(1);
const { card: name, folder } = workerData as Pick<ContenderOptions, 'card' | 'folder'>;
const card = createPlainCard(await loadCard(name, folder));
const { default: satori } = loadPeer<SatoriModule>('satori');
const { Resvg } = loadPeer<ResvgModule>('@resvg/resvg-js');
const { widthPx: width, heightPx: height } = CARD_SIZE;

async function draw({ index, format }: SatoriTask): Promise<Uint8Array> {
  const svg = await satori(element(card.tree(index)), { width, height, fonts: card.fonts });
  // Satori draws text as outlines: to look for the machine's fonts would be lost time.
  const options = { font: { loadSystemFonts: false } };
  return encode(new Resvg(svg, options).render(), format);
}

parentPort?.on('message', (task: SatoriTask) => {
  // A failure is not caught: it ends the thread with its message, and the run with it.
  void draw(task).then((picture) => parentPort?.postMessage({ picture } satisfies SatoriAnswer));
});
parentPort?.postMessage('ready');
