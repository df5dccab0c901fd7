import type { Readable, Writable } from 'node:stream';
import { toAppError } from '../../errors/app-error.js';
import { createFrameReader, type Frame, frameParts } from '../decoder-frames.js';
import type { DecoderAnswer, DecoderRequest, DecoderUse } from '../decoder-protocol.js';
import { sniffAsset } from '../sniff-asset.js';
import { allowLoaders } from './allow-loaders.js';
import { preparePixels } from './prepare-pixels.js';
import { prepareSvg } from './prepare-svg.js';
import { readFacts } from './read-facts.js';

/** Files have at most 10 MB; an image of a checked website is cut to the limit by its fetcher. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

function useSoFar(): DecoderUse {
  const { user, system } = process.cpuUsage();
  return { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000 };
}

interface Reply {
  head: DecoderAnswer;
  body?: Buffer;
}

async function prepare(bytes: Buffer, { options }: DecoderRequest & { ask: 'prepare' }) {
  const kind = sniffAsset(bytes);
  const { body, size, contentType, warnings, ink } =
    kind === 'svg' ? await prepareSvg(bytes, options) : await preparePixels(bytes, kind, options);
  const same = body === bytes;
  const reply: Reply = {
    head: {
      is: 'prepared',
      use: useSoFar(),
      same,
      contentType,
      widthPx: size.width,
      heightPx: size.height,
      warnings,
      ...(ink ? { ink } : {}),
    },
  };
  return same ? reply : { ...reply, body };
}

async function answer(request: DecoderRequest, bytes: Buffer): Promise<Reply> {
  try {
    if (request.ask === 'prepare') return await prepare(bytes, request);
    return { head: { is: 'facts', ...(await readFacts(bytes)), use: useSoFar() } };
  } catch (thrown) {
    const { code, detail } = toAppError(thrown, 'asset_invalid');
    return { head: { is: 'refused', code, detail, use: useSoFar() } };
  }
}

/**
 * The decoder's side: reads untrusted files, one after the other, until `input` ends or contains an
 * invalid frame. `end` must end the process even while a thread is busy.
 */
export function serveDecoder(input: Readable, output: Writable, end: () => void): void {
  allowLoaders();
  const write = ({ head, body }: Reply) => {
    for (const part of frameParts(head, body)) output.write(part);
  };
  const serve = async ({ head, body }: Frame) => {
    write(await answer(head as DecoderRequest, body));
  };
  const read = createFrameReader((frame) => void serve(frame).catch(end), {
    maxBodyBytes: MAX_FILE_BYTES,
  });
  input.on('data', (piece: Buffer) => {
    try {
      read(piece);
    } catch {
      end();
    }
  });
  input.on('end', end).on('error', end);
  output.on('error', end);
  write({ head: { is: 'ready' } });
}
