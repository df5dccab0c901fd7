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
}

/** `known`: counted before. `full` and `too_fast`: not to be drawn. */
export type Admission = 'known' | 'admitted' | 'full' | 'too_fast';

export interface LinkRecords {
  add(link: Link): Promise<void>;
  get(id: string): Promise<Link | undefined>;
  /** How many distinct pictures came of it so far. */
  imageCount(id: string): Promise<number>;
  /** Atomic: counts a picture of the link unless a limit is reached. `at` is the present time. */
  admit(link: Link, imageId: string, at: Date): Promise<Admission>;
}

export const LINK_ID_PATTERN = /^[a-z2-7]{16}$/;
