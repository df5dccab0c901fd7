import type { OutputRequest } from '../images/prepare.js';
import type { ReaderKind } from './reader.js';

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
  /** Nothing new is drawn. */
  isPaused?: boolean;
}

/** What its owner may change. `expiresAt: null`: never. */
export type LinkChanges = Partial<Pick<Link, 'maxImages' | 'maxPerMinute' | 'isPaused'>> & {
  expiresAt?: string | null;
};

/** A link, and what came of it. */
export interface CountedLink {
  link: Link;
  /** Distinct pictures that hold a place. */
  imageCount: number;
  /** Pictures that wait to be drawn, or are being drawn. */
  waitingCount: number;
  /** Readers who were shown the picture without values because of a limit, by the kind of limit. */
  refused: { ofLink: number; ofNetwork: number };
  /** ISO 8601 UTC. */
  lastLimitedAt?: string;
  /** Pictures of the five networks with the most of them, within about a day. */
  busiestNetworks: number[];
}

export const UNCOUNTED = {
  imageCount: 0,
  waitingCount: 0,
  refused: { ofLink: 0, ofNetwork: 0 },
  busiestNetworks: [],
};

/**
 * `joined`: under way for another reader. `full`, `too_fast`, `network`: not to be drawn. `busy`:
 * not now, others wait.
 */
export type Refusal = 'full' | 'too_fast' | 'network';
export interface Admission {
  outcome: 'known' | 'joined' | 'admitted' | 'busy' | Refusal;
  /** Of those who wait: lower goes first. */
  turn: number;
}

/** One reader, as he is counted: his network stands under a name that says nothing of it. */
export interface CountedReader {
  kind: ReaderKind;
  network: string;
  wideNetwork: string;
}

/**
 * The places that a link has for pictures, `maxImages` of them. One is reserved while a picture is
 * awaited, taken once it is drawn, and comes back where it is not. Every method throws AppError
 * `redis_unavailable`.
 */
export interface LinkReservations {
  /** Atomic: reserves a place, unless a limit is reached or the link was removed. */
  reserve(link: Link, imageId: string, reader: CountedReader, at: Date): Promise<Admission>;
  /** The picture is there. Idempotent; without effect for a link that was removed. */
  commit(linkId: string, imageId: string, reader: CountedReader, lendForMs?: number): Promise<void>;
  /** Nothing was drawn. */
  cancel(linkId: string, imageId: string, reservedAt: Date): Promise<void>;
  /** Adds up. */
  noteRefusals(linkId: string, refused: CountedLink['refused'], at: Date): Promise<void>;
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
  counted(id: string): Promise<CountedLink | undefined>;
  /** Atomic with `remove`. Returns whether it was there. */
  replace(link: Link): Promise<boolean>;
  /** Returns whether there was one. That there was one is remembered. */
  remove(id: string, at: string): Promise<boolean>;
  /** True for links that are there no more: their addresses have gone out. */
  wasRemoved(id: string): Promise<boolean>;
}

export const LINK_ID_PATTERN = /^[a-z2-7]{16}$/;
