import type { OnMissing } from '../images/prepare.js';

export const SOURCE_KINDS = [
  'ghost',
  'strapi',
  'wordpress',
  'contentful',
  'sanity',
  'generic',
] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** How a sender that has no way of its own proves itself. */
export interface SignatureRule {
  /** `hmac`: HMAC-SHA256 of the body. `token`: the secret itself. */
  scheme: 'hmac' | 'token';
  /** Of the request, in any case. */
  header: string;
}

/** A CMS that tells of its posts, and what becomes of them. */
export interface Source {
  name: string;
  kind: SourceKind;
  /** As it is, because every request is verified with it. Nothing shows it again. */
  secret: string;
  /** For `strapi` and `generic`. */
  signature?: SignatureRule | undefined;
  template: string;
  /** Expressions over the body; `event` says what happened where the kind does not. */
  page: string;
  pageUrl?: string | undefined;
  event?: string | undefined;
  map: Record<string, string>;
  /** Where the pages stand; `{{@site_url}}` in expressions, without a slash at its end. */
  siteUrl?: string | undefined;
  sizes?: string[] | undefined;
  verify?: boolean | undefined;
  onMissing?: OnMissing | undefined;
  /** ISO 8601 UTC. */
  createdAt: string;
  updatedAt: string;
}

/** What is remembered of an entry of a CMS: its page, and when it was last spoken of. */
interface EntryNote {
  page: string;
  atMs: number;
}

/** Where sources are kept. Every method throws AppError `redis_unavailable`. */
export interface SourceRecords {
  get(name: string): Promise<Source | undefined>;
  /** By name. */
  list(): Promise<Source[]>;
  put(source: Source): Promise<void>;
  /** The source and its notes; pages stay. False where there was none. */
  remove(name: string): Promise<boolean>;
  entry(source: string, entry: string): Promise<EntryNote | undefined>;
  /** Keeps the note unless a later one is kept already; then false. */
  note(source: string, entry: string, note: EntryNote): Promise<boolean>;
}

/** What publishing needs of pages. */
export interface SourcePages {
  put(
    key: string,
    page: {
      template: string;
      data: Record<string, unknown>;
      page_url?: string;
      sizes?: string[];
      verify?: boolean;
      on_missing?: OnMissing;
    },
    options: { priority: 'waiting' | 'publish'; waitMs: number },
  ): Promise<unknown>;
  /** @throws AppError `page_not_found` where there is none */
  remove(key: string): Promise<unknown>;
}

/** A request as it came in, before anything is believed. */
export interface HookRequest {
  /** As it was sent, the query included: `/v1/hooks/blog`. */
  path: string;
  /** Names in small letters. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
}
