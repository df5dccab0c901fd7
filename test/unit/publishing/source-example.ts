import type { HookRequest, Source, SourceKind } from '../../../src/publishing/source-ports.js';

export const SECRET = 'a-secret-of-both-sides';

/** A source of a kind, with what a test wants otherwise. */
export function exampleSource(kind: SourceKind, changes: Partial<Source> = {}): Source {
  return {
    name: 'blog',
    kind,
    secret: SECRET,
    template: 'note',
    page: '{{slug}}',
    map: { title: '{{title}}' },
    createdAt: '2026-11-21T00:00:00.000Z',
    updatedAt: '2026-11-21T00:00:00.000Z',
    ...changes,
  };
}

/** A request as the hook's route hands it on. */
export function hookRequest(
  headers: Record<string, string>,
  body: string | Buffer = '{"title":"Ünï"}',
): HookRequest {
  return { path: '/v1/hooks/blog', headers, body: Buffer.from(body) };
}
