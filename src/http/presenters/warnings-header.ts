import type { Warning } from '../../errors/warning.js';

/** Proxies commonly allow 8 KB for all headers together. */
const MAX_LENGTH = 4_000;
/** What the closing entry about the rest may take. */
const REST_LENGTH = 80;

/** JSON with everything but printable ASCII escaped: headers carry nothing else safely. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Warnings as a header value: a JSON list, whole at any length, that says how many it left out. */
export function warningsHeader(warnings: Warning[]): string {
  const texts = warnings.map(asciiJson);
  const shown: string[] = [];
  let length = 2;
  for (const text of texts) {
    if (length + text.length + 1 > MAX_LENGTH - REST_LENGTH) break;
    shown.push(text);
    length += text.length + 1;
  }
  const left = texts.length - shown.length;
  if (left > 0) shown.push(asciiJson({ code: 'more', message: `${left} more left out` }));
  return `[${shown.join(',')}]`;
}
