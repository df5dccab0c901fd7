/**
 * On whose behalf an image is requested: an API key, a link, a source, a batch. Used only to share
 * capacity fairly. It contains no secret and is not part of an image's id. Absent if unknown, as in
 * records of earlier versions.
 */
export type Caller = string;

export const keyCaller = (keyId: string | undefined): Caller | undefined =>
  keyId === undefined ? undefined : `key:${keyId}`;
export const linkCaller = (linkId: string): Caller => `link:${linkId}`;
export const sourceCaller = (source: string): Caller => `source:${source}`;
export const batchCaller = (batchId: string): Caller => `batch:${batchId}`;
/** Readers of signed addresses are anonymous, so they are counted by template. */
export const signedCaller = (template: string): Caller => `signed:${template}`;
/** The images of published pages, which anybody may request. */
export const PAGES_CALLER: Caller = 'pages';
