import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import type { StoredObject } from '../../images/ports.js';
import { parseByteRange } from '../byte-range.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import type { OpenPicture, PictureFiles } from '../picture-files.js';
import { sendProblem } from '../problem.js';

/** Only what `objectKey` makes: nothing else in the storage is public. */
const PICTURE_KEY = /^[a-z0-9][a-z0-9_-]*\/[a-z2-7]{2}\/[a-z2-7]{32}\.(?:png|jpg|webp)$/;
const MAX_KEY_LENGTH = 256;
/** An address is known before its picture is ready, so "not there" soon stops being true. */
const MISSING_MAX_AGE_SECONDS = 5;
/** The name is made of everything that can change a pixel. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

function isCurrent(req: Request, object: StoredObject): boolean {
  const noneMatch = req.headers['if-none-match'];
  if (noneMatch !== undefined) {
    const tags = noneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags.includes('*') || tags.includes(`"${object.etag}"`);
  }
  const since = Date.parse(req.headers['if-modified-since'] ?? '');
  return Math.floor(object.modifiedAt.getTime() / 1000) * 1000 <= since;
}

/** A range only where the part that the caller holds is of this very file (`If-Range`). */
function wantedRange(req: Request, object: StoredObject) {
  const { range } = req.headers;
  const ifRange = req.headers['if-range'];
  if (range === undefined || (ifRange !== undefined && ifRange !== `"${object.etag}"`)) return;
  return parseByteRange(range, object.bytes);
}

function setHeaders(res: Response, object: StoredObject): void {
  res.setHeader('ETag', `"${object.etag}"`);
  res.setHeader('Last-Modified', object.modifiedAt.toUTCString());
  res.setHeader('Cache-Control', IMMUTABLE);
  res.setHeader('Accept-Ranges', 'bytes');
  res.setHeader('X-Cardpress-Source', 'stored');
}

async function sendPicture(req: Request, res: Response, picture: OpenPicture): Promise<void> {
  const { object } = picture;
  setHeaders(res, object);
  if (isCurrent(req, object)) {
    res.status(304).end();
    return;
  }
  res.setHeader('Content-Type', object.info.contentType);
  // A range is defined for GET alone (RFC 9110, 14.2).
  const range = req.method === 'GET' ? wantedRange(req, object) : undefined;
  res.setHeader('Content-Length', range ? range.end - range.start + 1 : object.bytes);
  if (range) {
    res.status(206);
    res.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${object.bytes}`);
  }
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  const stream = picture.stream(range);
  // Until the first bytes are read, a failing disk can still be told instead of cutting the line.
  await once(stream, 'readable').catch((cause: unknown) => {
    const detail = 'The picture cannot be read just now. Try again shortly.';
    throw new AppError('storage_unavailable', { detail, cause });
  });
  await pipeline(stream, res).catch((error: NodeJS.ErrnoException) => {
    // The reader went away: nobody is left to tell.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

/** The stored pictures, where storage is files: public, cacheable for ever. */
export function pictureRoutes({ files }: { files: PictureFiles }): Endpoint[] {
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
          content: { 'image/png': undefined, 'image/jpeg': undefined, 'image/webp': undefined },
          headers: {
            ETag: 'Strong validator.',
            'X-Cardpress-Source': '`stored`',
          },
        },
        206: { description: 'The range that was asked for.' },
        304: { description: 'The picture that the caller holds is current.' },
      },
      errors: ['image_not_found', 'storage_unavailable'],
      async handle({ params }, res, req) {
        // Pictures are made to be shown in pages of other sites.
        res.setHeader('Access-Control-Allow-Origin', '*');
        res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
        const isKey = params.key.length <= MAX_KEY_LENGTH && PICTURE_KEY.test(params.key);
        const picture = isKey ? await files.open(params.key) : undefined;
        if (!picture) {
          res.setHeader('Cache-Control', `public, max-age=${MISSING_MAX_AGE_SECONDS}`);
          const detail = 'There is no picture here: it is not ready yet, or it was deleted.';
          sendProblem(res, new AppError('image_not_found', { detail }));
          return;
        }
        try {
          await sendPicture(req, res, picture);
        } finally {
          await picture.close();
        }
      },
    }),
  ];
}
