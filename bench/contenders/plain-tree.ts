import { readFileSync } from 'node:fs';
import type { Template } from '../../src/templates/template.js';
import { CARD_SIZE, cardData } from '../cards/card.js';
import { peerFile } from './load-peer.js';

/*
 * The plain card (bench/templates/plain) by hand, in the terms that Satori and Takumi share: boxes
 * with styles. Neither reads a stylesheet with variable WOFF2 faces as a browser does, so both get
 * static faces of Inter, whose large letters are wider: the work is the same, the pixels are not. The other cards they cannot
 * draw: Satori has no grid, conic gradient, `filter: blur` or `mix-blend-mode` and sets no Arabic
 * (https://github.com/vercel/satori#css), and neither takes the machine's own fonts.
 */

export const TREE_CARDS = ['plain'];

type Style = Record<string, string | number>;
export type TreeNode =
  | { kind: 'box'; style: Style; children: TreeNode[] }
  | { kind: 'text'; style: Style; text: string }
  | { kind: 'picture'; style: Style; src: string };

/** The card's picture as a data: address and as bytes. */
export interface PlainCard {
  tree(index: number): TreeNode;
  face: { src: string; body: Buffer };
  fonts: { name: string; weight: 400 | 700; data: Buffer }[];
}

const FACE_PATH = 'assets/face.jpg';

export function createPlainCard(card: Template): PlainCard {
  if (!TREE_CARDS.includes(card.id)) {
    throw new Error(`the card "${card.id}" is drawn by browsers alone`);
  }
  const asset = card.assets.get(FACE_PATH) ?? card.assets.get('face.jpg');
  if (!asset) throw new Error(`${card.id} has no ${FACE_PATH}`);
  const src = `data:${asset.contentType};base64,${asset.body.toString('base64')}`;
  const fonts = ([400, 700] as const).map((weight) => ({
    name: 'Inter',
    weight,
    data: readFileSync(peerFile(`@fontsource/inter/files/inter-latin-${weight}-normal.woff`)),
  }));

  function tree(index: number): TreeNode {
    const data = cardData(card, index) as Record<'title' | 'author' | 'site', string>;
    const text = (style: Style, shown: string): TreeNode => ({ kind: 'text', style, text: shown });
    const who: TreeNode[] = [
      { kind: 'picture', style: { width: 96, height: 96, borderRadius: 48 }, src },
      text({ fontSize: 34 }, data.author),
    ];
    return {
      kind: 'box',
      style: {
        display: 'flex',
        flexDirection: 'column',
        justifyContent: 'space-between',
        width: CARD_SIZE.widthPx,
        height: CARD_SIZE.heightPx,
        padding: 72,
        // Browsers have it from our base rules.
        boxSizing: 'border-box',
        backgroundImage: 'linear-gradient(135deg, #1e1b4b, #7c3aed)',
        color: '#ffffff',
        fontFamily: 'Inter',
      },
      children: [
        text({ fontSize: 30 }, data.site),
        text({ fontSize: 76, fontWeight: 700, lineHeight: 1.1 }, data.title),
        { kind: 'box', style: { display: 'flex', alignItems: 'center', gap: 24 }, children: who },
      ],
    };
  }
  return { tree, face: { src, body: asset.body }, fonts };
}
