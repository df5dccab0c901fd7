import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromiumPath } from './chromium-path.js';

/* What tests of a service need to know of it, without loading it: `service.ts` does. */

/** Small templates whose pictures are easy to judge: `colour-code` and `note`. */
export const E2E_TEMPLATES = fileURLToPath(new URL('./templates-e2e', import.meta.url));
export const SERVICE_KEY = 'the-key-of-the-service-under-test';
const SIGNING_SECRET = 'the-signing-secret-of-the-tests';

/** What every test service is set to; real processes take it as their environment. */
export async function serviceEnvironment(
  own: Record<string, string>,
): Promise<Record<string, string>> {
  return {
    API_KEY: SERVICE_KEY,
    SIGNING_SECRET,
    TEMPLATES_DIR: E2E_TEMPLATES,
    CHROMIUM_PATH: await chromiumPath(),
    RENDER_CONCURRENCY: '2',
    LOG_LEVEL: 'debug',
    ...own,
  };
}

/** Sum of a metric's samples whose labels hold all of `labels`; 0 where it was never counted. */
export function metricIn(text: string, name: string, labels: Record<string, string> = {}): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, found, shown = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (found !== name) continue;
    const fits = Object.entries(labels).every(([k, v]) => shown.includes(`${k}="${v}"`));
    if (fits) sum += Number(value);
  }
  return sum;
}

/** A port that was free a moment ago, for a process that has to be told one. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
