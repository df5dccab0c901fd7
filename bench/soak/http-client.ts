/** What is read of answers of the API. */
interface Shown {
  id?: string;
  status?: string | number;
  code?: string;
  url?: string;
  width?: number;
  height?: number;
  warnings?: { code: string; message?: string }[];
  error?: { code: string };
  errors?: unknown[];
  counts?: Record<string, number>;
  items?: { image_url?: string; ref?: string }[];
  ok?: boolean;
}

export interface Answer {
  status: number;
  headers: Headers;
  bytes: Buffer;
  /** Empty where the body is no JSON. */
  json: Shown;
}

interface Call {
  method?: string;
  /** Sent as JSON; a text as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

export type Ask = (path: string, call?: Call) => Promise<Answer>;

/** Longer than anything that the API allows itself. */
const TIMEOUT_MS = 60_000;

/** Asks the service at `base`; paths may be whole addresses. */
export function createAsk(base: string, key: string): Ask {
  return async (path, call = {}) => {
    const { body } = call;
    const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(path.startsWith('http') ? path : base + path, {
      method: call.method ?? (payload === undefined ? 'GET' : 'POST'),
      headers: {
        Authorization: `Bearer ${key}`,
        ...(payload === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...call.headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      json: isJson ? (JSON.parse(bytes.toString()) as Shown) : {},
    };
  };
}

const LOOK_INTERVAL_MS = 250;
const SETTLED_TIMEOUT_MS = 240_000;
export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Reads until `isOver` says so. @throws Error where it does not within four minutes */
export async function settled(
  ask: Ask,
  path: string,
  isOver: (answer: Answer) => boolean,
): Promise<Answer> {
  const deadline = Date.now() + SETTLED_TIMEOUT_MS;
  for (;;) {
    const answer = await ask(path);
    if (isOver(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`${path} is still ${answer.json.status}`);
    await pause(LOOK_INTERVAL_MS);
  }
}

export const isSettledImage = ({ json }: Answer) =>
  json.status === 'completed' || json.status === 'failed';
