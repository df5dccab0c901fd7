import type { Response } from 'express';
import type { Preview } from '../../images/ports.js';
import { warningsHeader } from './warnings-header.js';

/** A picture that is kept nowhere, with its warnings in a header. */
export function sendPreview(res: Response, picture: Preview): void {
  res.setHeader('X-Cardpress-Warnings', warningsHeader(picture.warnings));
  res.setHeader('Content-Type', picture.contentType);
  res.setHeader('Content-Length', picture.body.length);
  res.end(picture.body);
}
