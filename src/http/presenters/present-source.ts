import type { Source } from '../../publishing/source-ports.js';
import type { SourceRequest } from '../../publishing/source-service.js';
import { MASKED_SECRET, type SourceInput } from '../schemas/source.js';

/** A source on the wire; its secret never is. */
export function presentSource(source: Source, publicUrl: string) {
  const { name, kind, signature, template, page, map, sizes, verify } = source;
  return {
    ...{ name, kind, secret: MASKED_SECRET, signature, template, page, map, sizes, verify },
    page_url: source.pageUrl,
    event: source.event,
    site_url: source.siteUrl,
    on_missing: source.onMissing,
    hook_url: `${publicUrl}/v1/hooks/${name}`,
    created_at: source.createdAt,
    updated_at: source.updatedAt,
  };
}

/** What was sent, in the words of the use case. */
export function readSource(name: string, input: SourceInput): SourceRequest {
  const { page_url: pageUrl, site_url: siteUrl, on_missing: onMissing, secret, ...same } = input;
  return {
    ...same,
    name,
    pageUrl,
    siteUrl: siteUrl?.replace(/\/+$/, ''),
    onMissing,
    secret: secret === MASKED_SECRET ? undefined : secret,
  };
}
