import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import { imageExtensions } from '../../formats/image-formats.js';
import { createImageMemory } from '../../links/image-memory.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { imageContent } from '../image-content.js';
import type { ImageFiles, OpenAsset } from '../image-files.js';
import { sendProblem } from '../problem.js';
import { openToAllSites, sendImageHead } from '../send-image.js';

/** Only what `objectKey` makes: nothing else in the storage is public. */
const IMAGE_KEY = new RegExp(
  `^[a-z0-9][a-z0-9_-]*/[a-z2-7]{2}/[a-z2-7]{32}\\.(?:${imageExtensions})$`,
);
const MAX_KEY_LENGTH = 256;
/** An address is known before its image is ready, so 404 may soon be wrong. */
const MISSING_MAX_AGE_SECONDS = 5;
/** The name follows from everything that can change a pixel. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Memory for images that are requested again and again; some hundred cards. */
const MEMORY_MAX_BYTES = 64 * 1024 * 1024;
/** Larger images are streamed from disk. */
const MAX_HELD_BYTES = 2 * 1024 * 1024;

/** Until the first bytes are read, a failing disk can still be told instead of cutting the line. */
function cannotRead(cause: unknown): never {
  const detail = 'The picture cannot be read just now. Try again shortly.';
  throw new AppError('storage_unavailable', { detail, cause });
}

async function sendStream(res: Response, stream: Readable): Promise<void> {
  await once(stream, 'readable').catch(cannotRead);
  await pipeline(stream, res).catch((error: NodeJS.ErrnoException) => {
    // The reader disconnected.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

/** Sends open images; small ones that are often requested are sent from memory. */
function createSender() {
  // The file is opened every time, so that deleted or replaced images are never served.
  const memory = createImageMemory({ maxBytes: MEMORY_MAX_BYTES, freshMs: 0 });

  async function bytesOf({ object, stream }: OpenAsset): Promise<Buffer> {
    const { key, etag, info } = object;
    const known = memory.get(key)?.image;
    if (known?.etag === etag) return known.body;
    const body = await buffer(stream()).catch(cannotRead);
    memory.put(key, { body, etag, contentType: info.contentType });
    return body;
  }

  return async function send(req: Request, res: Response, picture: OpenAsset): Promise<void> {
    const { bytes, etag, info, modifiedAt } = picture.object;
    const head = {
      ...{ etag, bytes, modifiedAt, contentType: info.contentType },
      source: 'stored' as const,
      cacheControl: IMMUTABLE,
    };
    const range = sendImageHead(req, res, head);
    if (!range) return;
    if (bytes > MAX_HELD_BYTES) {
      await sendStream(res, picture.stream(range));
      return;
    }
    const body = await bytesOf(picture);
    res.end(body.subarray(range.start, range.end + 1));
  };
}

/** The stored images, if storage is files: public, cacheable for ever. */
export function imageFileRoutes({ files }: { files: ImageFiles }): Endpoint[] {
  const send = createSender();
  return [
    defineEndpoint({
      method: 'get',
      path: '/images/{key*}',
      summary: 'A stored picture',
      description: 'Public, immutable, with ETag and single ranges. HEAD works too.',
      tag: 'Delivery',
      access: 'public',
      params: { key: 'As in the `url` of an image.' },
      answers: {
        200: {
          description: 'The picture.',
          content: imageContent,
          headers: {
            ETag: 'Strong validator.',
            'X-Cardpress-Source': '`stored`',
          },
        },
        206: {
          description: 'The range that was asked for.',
          content: imageContent,
        },
        304: { description: 'The picture that the caller holds is current.' },
      },
      errors: ['image_not_found', 'storage_unavailable'],
      async handle({ params }, res, req) {
        openToAllSites(res);
        const isKey = params.key.length <= MAX_KEY_LENGTH && IMAGE_KEY.test(params.key);
        const picture = isKey ? await files.open(params.key) : undefined;
        if (!picture) {
          res.setHeader('Cache-Control', `public, max-age=${MISSING_MAX_AGE_SECONDS}`);
          const detail = 'There is no picture here: it is not ready yet, or it was deleted.';
          sendProblem(res, new AppError('image_not_found', { detail }));
          return;
        }
        try {
          await send(req, res, picture);
        } finally {
          await picture.close();
        }
      },
    }),
  ];
}
