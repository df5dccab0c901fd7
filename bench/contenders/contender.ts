import type { ImageFormat } from '../../src/images/image.js';

interface RenderedTogether {
  /** Of all pictures. */
  bytes: number;
  /** From the request to the last picture. */
  seconds: number;
}

/** One way to make the pictures of a card. Lives in a process of its own. */
export interface Contender {
  /** Processes whose time and memory count, with all below them. */
  pids: number[];
  /** Makes one picture and resolves to its bytes. */
  render(index: number, format: ImageFormat): Promise<number>;
  /** Makes `count` of them in one go, where there is such a mode. */
  renderTogether?(first: number, count: number, format: ImageFormat): Promise<RenderedTogether>;
  /** The PNG of one picture, for comparison with those of others. */
  picture(index: number): Promise<Buffer>;
  close(): Promise<void>;
}

export interface ContenderOptions {
  /** The card: a folder below `folder`. */
  card: string;
  /** Default: bench/templates. */
  folder?: string;
  /** Pages or threads at once. */
  lanes: number;
  /** A page per picture alone: takes the screenshot that Playwright takes by default, a PNG. */
  defaultScreenshot?: boolean;
  /** Our engine alone: the compiled program, `dist` of this or another version. */
  build?: string;
  /** Our engine alone: draws `<card>-0`, `<card>-1` … in turn, so many of them. */
  rotate?: number;
  /** Our engine alone: image fields hold a photograph of their own in each picture. */
  photos?: boolean;
}

export type CreateContender = (options: ContenderOptions) => Promise<Contender>;
