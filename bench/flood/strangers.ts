import { Agent, get } from 'node:http';

/** Who floods: each request of a tick comes from the next of these. */
interface Stranger {
  name: string;
  /** X-Forwarded-For; absent: as from the proxy itself, whose readers nobody can tell apart. */
  address(n: number): string | undefined;
  /** Absent: waits for the answer. */
  hangsUpAfterMs?: number;
}

/** RFC 2544: nobody's, and not private. */
const STRANGERS: readonly Stranger[] = [
  { name: 'one network, hangs up', address: () => '198.18.0.1', hangsUpAfterMs: 400 },
  { name: 'one /24, hangs up', address: (n) => `198.18.1.${n % 256}`, hangsUpAfterMs: 400 },
  {
    name: 'a thousand networks, hang up',
    address: (n) => `198.18.${2 + (n % 250)}.${1 + (n % 4)}`,
    hangsUpAfterMs: 400,
  },
  {
    name: 'one IPv6 /48, hangs up',
    address: (n) => `2001:db8:1:${n % 65_536}::1`,
    hangsUpAfterMs: 400,
  },
  { name: 'one network, waits', address: () => '198.19.0.1' },
  { name: 'unknown, hangs up', address: () => undefined, hangsUpAfterMs: 400 },
];

const TICK_MS = 20;

/** Asks for invented names of a link, so many a second, until it is stopped. */
export function startStrangers(linkUrl: string, perSecond: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });
  const { hostname, port, pathname } = new URL(linkUrl);
  const startedAt = performance.now();
  const sources: Record<string, number> = {};
  let sent = 0;

  function ask(n: number): void {
    const stranger = STRANGERS[n % STRANGERS.length];
    if (!stranger) return;
    const address = stranger.address(Math.floor(n / STRANGERS.length));
    const request = get(
      {
        ...{ hostname, port, agent },
        path: `${pathname}?first_name=x${n}`,
        headers: address === undefined ? {} : { 'X-Forwarded-For': address },
      },
      (response) => {
        const source = String(response.headers['x-cardpress-source']);
        sources[source] = (sources[source] ?? 0) + 1;
        response.resume();
      },
    );
    request.on('error', () => {
      sources['hung up'] = (sources['hung up'] ?? 0) + 1;
    });
    const { hangsUpAfterMs } = stranger;
    if (hangsUpAfterMs !== undefined) setTimeout(() => request.destroy(), hangsUpAfterMs).unref();
  }

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * perSecond);
    while (sent < due) ask(sent++);
  }, TICK_MS);

  return {
    stop(): void {
      clearInterval(timer);
      agent.destroy();
    },
    told: () => ({ sent, ...sources }),
  };
}
