import type { OutputRequest } from '../images/prepare.js';
import type { ReaderKind } from './reader.js';

/** A link for e-mail: fixed values, fields that may vary, and limits. */
export interface Link {
  /** 16 characters of base32. */
  id: string;
  template: string;
  /** Values for all readers; for a field that varies, its default. */
  fixed: Record<string, unknown>;
  fields: Record<string, { maxLength: number }>;
  size?: string;
  output?: OutputRequest;
  /** Limits of distinct images: in total and within one minute. */
  maxImages: number;
  maxPerMinute: number;
  /** ISO 8601 UTC. */
  createdAt: string;
  expiresAt?: string;
  /** Id of the key that made it, in whose daily quota images are counted. Absent: none. */
  keyId?: string;
  /** No new images are drawn. */
  isPaused?: boolean;
}

/** What the owner may change. `expiresAt: null`: never expires. */
export type LinkChanges = Partial<Pick<Link, 'maxImages' | 'maxPerMinute' | 'isPaused'>> & {
  expiresAt?: string | null;
};

/** A link and its counters. */
export interface CountedLink {
  link: Link;
  /** Distinct images that count against the limit. */
  imageCount: number;
  /** Images that are queued or active. */
  waitingCount: number;
  /** Readers who got the generic image because of a limit, by kind of limit. */
  refused: { ofLink: number; ofNetwork: number };
  /** ISO 8601 UTC. */
  lastLimitedAt?: string;
  /** Readers whose mail tool left a merge tag unfilled. Absent: none. */
  unfilled?: UnfilledTags;
  /** Image counts of the five networks with the most images, within about a day. */
  busiestNetworks: number[];
}

/** Requests with unfilled merge tags: how many, and the field and time of the last one. */
export interface UnfilledTags {
  count: number;
  field: string;
  /** ISO 8601 UTC. */
  at: string;
}

export const UNCOUNTED = {
  imageCount: 0,
  waitingCount: 0,
  refused: { ofLink: 0, ofNetwork: 0 },
  busiestNetworks: [],
};

/**
 * `joined`: being drawn for another reader. `full`, `too_fast`, `network`: refused. `busy`: refused
 * for now, because others wait.
 */
export type Refusal = 'full' | 'too_fast' | 'network';
export interface Admission {
  outcome: 'known' | 'joined' | 'admitted' | 'busy' | Refusal;
  /** Turn in the queue: lower goes first. */
  turn: number;
}

/** A reader as counted in Redis: networks are stored as keyed hashes. */
export interface CountedReader {
  kind: ReaderKind;
  network: string;
  wideNetwork: string;
}

/**
 * Reservations against a link's limit of `maxImages`. One is reserved while an image is awaited,
 * committed once it is drawn, and cancelled otherwise. Every method throws AppError
 * `redis_unavailable`.
 */
export interface LinkReservations {
  /** Atomic: reserves one image, unless a limit is reached or the link was removed. */
  reserve(link: Link, imageId: string, reader: CountedReader, at: Date): Promise<Admission>;
  /**
   * The image is stored. Idempotent; no effect for a removed link. After `reclaimAfterMs` the image can
   * be reclaimed for another one; absent: never.
   */
  commit(
    linkId: string,
    imageId: string,
    reader: CountedReader,
    reclaimAfterMs?: number,
  ): Promise<void>;
  /** No image was drawn. */
  cancel(linkId: string, imageId: string, reservedAt: Date): Promise<void>;
  /** Adds to the counters of refusals. */
  noteRefusals(linkId: string, refused: CountedLink['refused'], at: Date): Promise<void>;
  /** Adds to the counter of unfilled merge tags. No effect for a removed link. */
  noteUnfilled(linkId: string, unfilled: UnfilledTags): Promise<void>;
}

/** Link records. Every method throws AppError `redis_unavailable`. */
export interface LinkRecords {
  add(link: Link): Promise<void>;
  get(id: string): Promise<Link | undefined>;
  /** Newest first. The cursor names the last one seen: `<milliseconds>-<id>`. */
  list(query: {
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ links: CountedLink[]; nextCursor: string | undefined }>;
  counted(id: string): Promise<CountedLink | undefined>;
  /** Atomic with `remove`. Returns whether it was there. */
  replace(link: Link): Promise<boolean>;
  /** Returns whether there was one. Its id is remembered as removed. */
  remove(id: string, at: string): Promise<boolean>;
  /** True for removed links: their addresses are still in use. */
  wasRemoved(id: string): Promise<boolean>;
}

export const LINK_ID_PATTERN = /^[a-z2-7]{16}$/;
