/**
 * Who asks: decides whose turn it is among many, and nothing else. It holds no secret and is no part
 * of an image's id. Absent: of somebody unknown, as in records of earlier versions.
 */
export type Caller = string;

export const keyCaller = (keyId: string | undefined): Caller | undefined =>
  keyId === undefined ? undefined : `key:${keyId}`;
export const linkCaller = (linkId: string): Caller => `link:${linkId}`;
export const sourceCaller = (source: string): Caller => `source:${source}`;
export const batchCaller = (batchId: string): Caller => `batch:${batchId}`;
/** Whoever reads signed addresses says nothing of himself. */
export const signedCaller = (template: string): Caller => `signed:${template}`;
/** The pictures of pages, which anybody may ask for. */
export const PAGES_CALLER: Caller = 'pages';

/** Around waiting for something outside, meanwhile others may use the place of the job. */
export type YieldSlot = <T>(work: () => Promise<T>) => Promise<T>;
