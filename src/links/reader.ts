/**
 * Kind of a reader's network, as far as known: of one customer; shared by many readers, such as the
 * image proxies of mail programs; or behind a proxy that hides it.
 */
export type ReaderKind = 'network' | 'shared' | 'unknown';

/** A reader who requests an image, for the limits by reader. */
export interface Reader {
  kind: ReaderKind;
  /** The network of one customer: an IPv4 address, an IPv6 /64. Empty if unknown. */
  network: string;
  /** A wider network that may also belong to one customer: an IPv4 /24, an IPv6 /48. */
  wideNetwork: string;
  /** Aborted once the reader has disconnected. */
  signal?: AbortSignal;
}

/** A reader of unknown network who stays connected. */
export const UNKNOWN_READER: Reader = { kind: 'unknown', network: '', wideNetwork: '' };
