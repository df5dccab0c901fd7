import { AppError } from '../errors/app-error.js';
import { parsePositionedJson } from '../templates/positioned-json.js';
import type { Author } from './draft.js';

/** The hosts that a manifest names, sorted; undefined for what is no manifest. */
function hostsOf(manifest: Buffer | undefined): string | undefined {
  if (!manifest) return '[]';
  // As it is read when the template is loaded, so that both see the same.
  const parsed = parsePositionedJson(manifest.toString());
  if ('fault' in parsed) return undefined;
  const { network = [] } = (parsed.value ?? {}) as { network?: unknown };
  return JSON.stringify(Array.isArray(network) ? [...network].sort() : network);
}

/**
 * A template may reach the hosts of its `network`: only an administrator opens one. A manifest that
 * is no JSON yet passes, because it cannot be published; it counts as one without hosts when it is
 * the older one.
 * @throws AppError `forbidden`
 */
export function assertMayChangeNetwork(
  author: Author,
  before: Buffer | undefined,
  after: Buffer | undefined,
): void {
  if (author.isAdmin) return;
  const hosts = hostsOf(after);
  if (hosts === undefined || hosts === (hostsOf(before) ?? '[]')) return;
  throw new AppError('forbidden', {
    detail:
      'template.json: "network" lets a template reach other hosts. Only a key with the scope "admin" can change it.',
  });
}
