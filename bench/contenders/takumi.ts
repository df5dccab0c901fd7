import type { ImageFormat } from '../../src/images/image.js';
import { CARD_SIZE, loadCard, QUALITY } from '../cards/card.js';
import type { Contender, ContenderOptions } from './contender.js';
import { loadPeer } from './load-peer.js';
import { createPlainCard, type TreeNode } from './plain-tree.js';

type TakumiNode =
  | { type: 'container'; style: object; children: TakumiNode[] }
  | { type: 'text'; style: object; text: string }
  | { type: 'image'; style: object; src: string };
interface RenderOptions {
  width: number;
  height: number;
  format: ImageFormat;
  quality?: number;
  images: { src: string; data: Uint8Array }[];
}
interface TakumiModule {
  Renderer: new () => {
    registerFont(font: { name: string; data: Uint8Array; weight: number }): Promise<unknown>;
    render(node: TakumiNode, options: RenderOptions): Promise<Buffer>;
  };
}

function takumiNode(node: TreeNode): TakumiNode {
  const { style } = node;
  if (node.kind === 'picture') return { type: 'image', style, src: node.src };
  if (node.kind === 'text') return { type: 'text', style, text: node.text };
  return { type: 'container', style, children: node.children.map(takumiNode) };
}

/** Draws on threads of its own, one picture on each; lanes are pictures at once. */
export async function takumi({ card, folder }: ContenderOptions): Promise<Contender> {
  const { Renderer } = loadPeer<TakumiModule>('@takumi-rs/core');
  const plain = createPlainCard(await loadCard(card, folder));
  const renderer = new Renderer();
  for (const font of plain.fonts) await renderer.registerFont(font);
  const images = [{ src: plain.face.src, data: plain.face.body }];
  const { widthPx: width, heightPx: height } = CARD_SIZE;

  function draw(index: number, format: ImageFormat): Promise<Buffer> {
    const quality = QUALITY[format];
    const options = { width, height, format, images };
    return renderer.render(takumiNode(plain.tree(index)), {
      ...options,
      ...(quality === undefined ? {} : { quality }),
    });
  }
  return {
    pids: [process.pid],
    render: async (index, format) => (await draw(index, format)).length,
    picture: (index) => draw(index, 'png'),
    close: async () => undefined,
  };
}
