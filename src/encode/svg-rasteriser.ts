import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { AppError } from '../errors/app-error.js';
import { invalidPicture, MAX_INPUT_PIXELS } from './picture-limits.js';

/**
 * A few kilobytes of SVG can keep librsvg busy for hours, and a thread inside it cannot be stopped.
 * So drawing happens in a child process that can be killed. Its program is handed over as text: it
 * needs no file of its own wherever the compiled code lies.
 */
const CHILD_PROGRAM = `
const sharp = require(process.argv[1]);
sharp.cache(false);
sharp.concurrency(1);
process.on('disconnect', () => process.exit(0));
process.on('message', async ({ svg, density, width, height, limitInputPixels }) => {
  try {
    const input = sharp(Buffer.from(svg), { density, limitInputPixels, failOn: 'error' });
    const answer = width
      ? { png: await input.resize(width, height, { fit: 'fill' }).png({ compressionLevel: 4 }).toBuffer() }
      : await input.metadata().then((m) => ({ width: m.width, height: m.height }));
    process.send(answer);
  } catch (error) {
    process.send({ error: String(error && error.message) });
  }
});
`;

/** librsvg draws fonts through fontconfig; nothing else of the environment is the child's business. */
const PASSED_ENVIRONMENT = /^(PATH|HOME|LANG|LC_.*|FONTCONFIG_.*|XDG_.*|LD_LIBRARY_PATH|TMPDIR)$/;

/** SVG's natural size counts pixels of 1/72 inch for librsvg as sharp sets it up. */
const NATURAL_DENSITY = 72;
const MAX_DENSITY = 100_000;

interface Answer {
  png?: Uint8Array;
  width?: number;
  height?: number;
  error?: string;
}

export interface SvgRasteriser {
  /**
   * The natural size, in CSS pixels.
   * @throws AppError `asset_invalid`
   */
  measure(svg: Buffer): Promise<{ widthPx: number; heightPx: number }>;
  /**
   * A PNG of exactly this size.
   * @throws AppError `asset_invalid` (cannot be drawn, or not in time)
   */
  draw(
    svg: Buffer,
    natural: { widthPx: number },
    size: { widthPx: number; heightPx: number },
  ): Promise<Buffer>;
  close(): Promise<void>;
}

function spawnChild(): ChildProcess {
  const sharpPath = createRequire(import.meta.url).resolve('sharp');
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => PASSED_ENVIRONMENT.test(name)),
  );
  return spawn(process.execPath, ['--eval', CHILD_PROGRAM, sharpPath], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    env,
  });
}

function ask(child: ChildProcess, message: object, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const settle = (answer: Answer) => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      resolve(answer);
    };
    const onMessage = (answer: unknown) => settle(answer as Answer);
    const onExit = () => settle({ error: 'the drawing process ended' });
    const onError = (error: Error) => settle({ error: error.message });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      settle({ error: `not drawn within ${timeoutMs} ms` });
    }, timeoutMs);
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
    child.send(message, (error) => {
      if (error) settle({ error: error.message });
    });
  });
}

/**
 * Draws SVG, one at a time. The child is started when first needed, kept while there is work, and
 * ends after `idleMs` or with its parent.
 */
export function createSvgRasteriser(
  options: { timeoutMs?: number; idleMs?: number } = {},
): SvgRasteriser {
  const timeoutMs = options.timeoutMs ?? 5_000;
  const idleMs = options.idleMs ?? 30_000;
  let child: ChildProcess | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function liveChild(): ChildProcess {
    if (child?.connected && !child.killed) return child;
    const fresh = spawnChild();
    const forget = () => {
      if (child === fresh) child = undefined;
    };
    fresh.once('exit', forget).on('error', forget);
    child = fresh;
    return fresh;
  }

  async function request(message: object): Promise<Answer> {
    clearTimeout(idleTimer);
    const current = liveChild();
    current.ref();
    current.channel?.ref();
    const answer = await ask(
      current,
      { limitInputPixels: MAX_INPUT_PIXELS, ...message },
      timeoutMs,
    );
    // An idle child must not keep the process alive.
    current.unref();
    current.channel?.unref();
    idleTimer = setTimeout(() => current.connected && current.disconnect(), idleMs).unref();
    return answer;
  }

  async function inTurn(message: object): Promise<Answer> {
    const turn = last.then(() => request(message));
    last = turn.catch(() => undefined);
    const answer = await turn;
    if (answer.error === undefined) return answer;
    throw /pixel limit/i.test(answer.error)
      ? new AppError('asset_too_large', { detail: 'The SVG is too large. Make its size smaller.' })
      : invalidPicture(
          'The SVG cannot be drawn. Simplify it, give it a viewBox, or use a PNG.',
          new Error(answer.error),
        );
  }

  return {
    async measure(svg) {
      const { width = 0, height = 0 } = await inTurn({ svg, density: NATURAL_DENSITY });
      if (width < 1 || height < 1) throw invalidPicture('The SVG has no size. Give it a viewBox.');
      return { widthPx: width, heightPx: height };
    },
    async draw(svg, natural, size) {
      const density = (NATURAL_DENSITY * size.widthPx) / natural.widthPx;
      const { png } = await inTurn({
        svg,
        density: Math.min(MAX_DENSITY, Math.max(1, density)),
        width: size.widthPx,
        height: size.heightPx,
      });
      if (!png) throw invalidPicture('The SVG cannot be drawn. Use a PNG.');
      return Buffer.from(png);
    },
    async close() {
      clearTimeout(idleTimer);
      await last;
      const current = child;
      if (!current || current.exitCode !== null || current.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => current.once('exit', () => resolve()));
      current.ref();
      current.kill('SIGKILL');
      await ended;
    },
  };
}
