import { parseHttpUrl } from '../lib/parse-url.js';
import { type Io, UsageError } from './command.js';

export interface ServerAddress {
  url: string;
  key: string;
}

function withoutSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
}

/** The service that is asked, with the key or that of the environment. @throws UsageError */
export function serverAddress(url: string, key: string | undefined, { env }: Io): ServerAddress {
  if (!parseHttpUrl(url)) {
    throw new UsageError(`--server ${url}: expected an address such as http://host:3000.`);
  }
  const found = key ?? env.API_KEY;
  if (!found) throw new UsageError('Which key? Give --key, or set API_KEY.');
  return { url: withoutSlashes(url), key: found };
}

interface Problem {
  title?: string;
  detail?: string;
  errors?: { path: string; message: string }[];
}

/** What the server said against it. */
export class RefusedByServer extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function refused(response: Response): Promise<Error> {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const errors = problem.errors?.map(({ path, message }) => `  ${path}: ${message}`) ?? [];
  const first = problem.detail ?? problem.title ?? `The server answered ${response.status}.`;
  const message = errors.length > 1 ? [problem.title ?? first, ...errors].join('\n') : first;
  return new RefusedByServer(response.status, message);
}

/** Asks a Cardpress server. Errors are sentences. */
export function createAskServer({ url, key }: ServerAddress, signal: AbortSignal) {
  return async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { Authorization: `Bearer ${key}`, ...init.headers };
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, { signal, ...init, headers });
    } catch (error) {
      if (signal.aborted) throw error;
      throw new Error(`${url} does not answer. Check --server, and that the service runs.`, {
        cause: error,
      });
    }
    if (!response.ok) throw await refused(response);
    return response;
  };
}
