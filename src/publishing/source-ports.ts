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

/** How a sender without a signature scheme of its own is verified. */
export interface SignatureRule {
  /** `hmac`: HMAC-SHA256 of the body. `token`: the secret itself. */
  scheme: 'hmac' | 'token';
  /** Name of the request header, in any case. */
  header: string;
}

/** A CMS that sends events about its posts, and what is drawn for them. */
export interface Source {
  name: string;
  kind: SourceKind;
  /** In plain text, because every request is verified with it. It is never shown again. */
  secret: string;
  /** For `strapi` and `generic`. */
  signature?: SignatureRule | undefined;
  template: string;
  /** Expressions over the body; `event` gives the event if the kind cannot. */
  page: string;
  pageUrl?: string | undefined;
  event?: string | undefined;
  map: Record<string, string>;
  /** Base address of the pages; `{{@site_url}}` in expressions, without a slash at its end. */
  siteUrl?: string | undefined;
  sizes?: string[] | undefined;
  verify?: boolean | undefined;
  onMissing?: OnMissing | undefined;
  /** ISO 8601 UTC. */
  createdAt: string;
  updatedAt: string;
}

/** What is stored about an entry of a CMS: its page, and the time of its last event. */
interface EntryNote {
  page: string;
  atMs: number;
}

/** Source records. Every method throws AppError `redis_unavailable`. */
export interface SourceRecords {
  get(name: string): Promise<Source | undefined>;
  /** By name. */
  list(): Promise<Source[]>;
  put(source: Source): Promise<void>;
  /** Removes the source and its notes; pages stay. False if there was none. */
  remove(name: string): Promise<boolean>;
  entry(source: string, entry: string): Promise<EntryNote | undefined>;
  /** Stores the note unless a later one is stored already; then false. */
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
  /** @throws AppError `page_not_found` if there is none */
  remove(key: string): Promise<unknown>;
}

/** A request as received, before it is verified. */
export interface HookRequest {
  /** As sent, including the query: `/v1/hooks/blog`. */
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
}
