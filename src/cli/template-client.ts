import type { z } from 'zod';
import type {
  draftSchema,
  publishedSchema,
  templateVersionSchema,
  versionListSchema,
} from '../http/schemas/draft.js';
import type { templateListSchema } from '../http/schemas/template.js';
import { createAskServer, RefusedByServer, type ServerAddress } from './ask-server.js';

type Draft = z.infer<typeof draftSchema>;

/** What the command line asks of a server about its templates. Errors are sentences. */
export function createTemplateClient(address: ServerAddress, signal: AbortSignal) {
  const ask = createAskServer(address, signal);
  const below = (id: string) => `/v1/templates/${encodeURIComponent(id)}`;
  const json = async <T>(response: Promise<Response>): Promise<T> =>
    (await (await response).json()) as T;
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    ask(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    });

  async function hasDraft(id: string): Promise<boolean> {
    try {
      await ask(`${below(id)}/draft`);
      return true;
    } catch (error) {
      if (error instanceof RefusedByServer && error.status === 404) return false;
      throw error;
    }
  }

  return {
    list: () => json<z.infer<typeof templateListSchema>>(ask('/v1/templates')),
    versions: (id: string) => json<z.infer<typeof versionListSchema>>(ask(`${below(id)}/versions`)),

    async archive(id: string, version: string | undefined): Promise<Buffer> {
      const query = version === undefined ? '' : `?version=${encodeURIComponent(version)}`;
      return Buffer.from(await (await ask(`${below(id)}/export.zip${query}`)).arrayBuffer());
    },

    /** Makes the template, or replaces the files of its draft. */
    async push(id: string, archive: Buffer): Promise<Draft> {
      const headers: Record<string, string> = { 'Content-Type': 'application/zip' };
      if (await hasDraft(id)) headers['If-Match'] = '*';
      const path = `/v1/templates/import?id=${encodeURIComponent(id)}`;
      return json(ask(path, { method: 'POST', body: new Uint8Array(archive), headers }));
    },

    /** `etag`: exactly this state of the draft. */
    publish: (id: string, body: { message?: string; force: boolean }, etag?: string) =>
      json<z.infer<typeof publishedSchema>>(
        post(`${below(id)}/publish`, body, etag === undefined ? {} : { 'If-Match': `"${etag}"` }),
      ),

    rollBack: (id: string, body: { version: string; message?: string }) =>
      json<z.infer<typeof templateVersionSchema>>(post(`${below(id)}/rollback`, body)),
  };
}

export type TemplateClient = ReturnType<typeof createTemplateClient>;
