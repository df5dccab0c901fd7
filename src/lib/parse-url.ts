/**
 * The address that `text` is, against `base` where one is given, or nothing.
 *
 * Not `URL.canParse`: once it is optimised (after some thousand calls), Node 20 and 22 read a
 * string of Latin-1 letters as UTF-8 and refuse `https://bücher.example/`.
 */
export function parseUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** The same for what a browser could open: `http:` and `https:` only. */
export function parseHttpUrl(text: string, base?: string | URL): URL | undefined {
  const url = parseUrl(text, base);
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}
