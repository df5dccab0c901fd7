/**
 * Where a reader comes from, as far as it can be told: the network of one customer; one that many
 * readers share, such as the image proxies of mail programs; or behind a proxy that says nothing.
 */
export type ReaderKind = 'network' | 'shared' | 'unknown';

/** Who asks for a picture, for what is counted by reader. */
export interface Reader {
  kind: ReaderKind;
  /** What one customer has: an IPv4 address, an IPv6 /64. Empty where it is unknown. */
  network: string;
  /** What one customer may well have, too: an IPv4 /24, an IPv6 /48. */
  wideNetwork: string;
  /** Aborted once he has hung up. */
  signal?: AbortSignal;
}

/** Whose network nobody knows, and who stays. */
export const UNKNOWN_READER: Reader = { kind: 'unknown', network: '', wideNetwork: '' };
