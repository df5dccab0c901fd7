import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { z } from 'zod';
import type { batchSchema } from '../http/schemas/batch.js';
import { createAskServer, type ServerAddress } from './ask-server.js';

export type BatchBody = z.infer<typeof batchSchema>;

/** What the command line asks of a Cardpress server. Errors are sentences. */
export function createBatchClient({ url, key }: ServerAddress, signal: AbortSignal) {
  const ask = createAskServer({ url, key }, signal);

  return {
    /** Sends the file as it lies there, without reading it into memory. */
    async begin(file: string, fields: Record<string, string>): Promise<BatchBody> {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      form.set('file', await openAsBlob(file), basename(file));
      const response = await ask('/v1/batches', { method: 'POST', body: form });
      return (await response.json()) as BatchBody;
    },

    async look(id: string): Promise<BatchBody> {
      return (await (await ask(`/v1/batches/${id}`)).json()) as BatchBody;
    },

    /** Not broken off by Ctrl-C: it is what Ctrl-C asks for. */
    async cancel(id: string): Promise<BatchBody> {
      const never = new AbortController().signal;
      const response = await ask(`/v1/batches/${id}/cancel`, { method: 'POST', signal: never });
      return (await response.json()) as BatchBody;
    },

    /** Each row on a line, as JSON. */
    async results(id: string): Promise<Response> {
      const never = new AbortController().signal;
      return ask(`/v1/batches/${id}/results.jsonl`, { signal: never });
    },

    /** A picture by its public address: of a service that is ours, from it. */
    async picture(address: string, publicUrl: string | undefined): Promise<Response> {
      const isOurs = publicUrl !== undefined && address.startsWith(`${publicUrl}/`);
      const never = new AbortController().signal;
      if (isOurs) return ask(address.slice(publicUrl.length), { signal: never });
      const response = await fetch(address);
      if (response.ok) return response;
      throw new Error(`${address} answered ${response.status}.`);
    },

    /** Under another name until it is whole. */
    async save(id: string, ending: 'csv' | 'zip', path: string, query = ''): Promise<void> {
      const never = new AbortController().signal;
      const response = await ask(`/v1/batches/${id}/results.${ending}${query}`, { signal: never });
      await mkdir(dirname(path), { recursive: true });
      const part = `${path}.part`;
      try {
        const body = Readable.fromWeb(response.body as ReadableStream);
        await pipeline(body, createWriteStream(part));
        await rename(part, path);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },
  };
}
