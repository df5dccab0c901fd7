import type { OutputRequest } from '../images/prepare.js';

/** A link for e-mail: what is settled, what may vary, and how much of it. */
export interface Link {
  /** 16 characters of base32. */
  id: string;
  template: string;
  /** Values that hold for everyone; for a field that varies, what is shown where none is given. */
  fixed: Record<string, unknown>;
  fields: Record<string, { maxLength: number }>;
  size?: string;
  output?: OutputRequest;
  /** Distinct pictures that may come of it, in all and within one minute. */
  maxImages: number;
  maxPerMinute: number;
  /** ISO 8601 UTC. */
  createdAt: string;
  expiresAt?: string;
  /** Of the key that made it: its daily quota counts the pictures. Absent: nobody's does. */
  keyId?: string;
}

/** `known`: counted before. `full` and `too_fast`: not to be drawn. */
export type Admission = 'known' | 'admitted' | 'full' | 'too_fast';

/** A link, and how many distinct pictures came of it so far. */
export interface CountedLink {
  link: Link;
  imageCount: number;
}

/** Link records. Every method throws AppError `redis_unavailable`. */
export interface LinkRecords {
  add(link: Link): Promise<void>;
  get(id: string): Promise<Link | undefined>;
  /** Newest first. The cursor is the place of the last one seen: `<milliseconds>-<id>`. */
  list(query: {
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ links: CountedLink[]; nextCursor: string | undefined }>;
  /** How many distinct pictures came of it so far. */
  imageCount(id: string): Promise<number>;
  /**
   * Atomic: counts a picture of the link unless a limit is reached, or the link was removed. `at`
   * is the present time.
   */
  admit(link: Link, imageId: string, at: Date): Promise<Admission>;
  /** Returns whether there was one. That there was one is remembered. */
  remove(id: string, at: string): Promise<boolean>;
  /** True for links that are there no more: their addresses have gone out. */
  wasRemoved(id: string): Promise<boolean>;
}

export const LINK_ID_PATTERN = /^[a-z2-7]{16}$/;
