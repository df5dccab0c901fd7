import { createPageRecords } from '../../../src/records/page-records.js';
import { startService } from '../../support/service.js';
import { until } from '../../support/until.js';

/** A whole service that draws, and what its sources, hooks and pages leave in Redis. */
export async function startHookWorld() {
  const service = await startService();
  const redis = service.redis.connect();
  const pages = createPageRecords(redis);
  const { api, url } = service;

  return {
    service,
    api,
    url,
    /** As it is kept, with the content that the API does not show. */
    page: pages.get,
    source: (name: string, body: Record<string, unknown>) =>
      api(`/v1/sources/${name}`, { method: 'PUT', body }),
    hook: (name: string, body: string, headers: Record<string, string> = {}) =>
      api(`/v1/hooks/${name}`, { body, headers, key: null }),
    /** Everything that is kept, as text: what must not change when a request is refused. */
    async kept(): Promise<string[]> {
      const dump = async () => {
        const names = (await redis.keys('cp:*')).filter((name) => !name.startsWith('cp:key:'));
        const dumps = names.map(async (name) => `${name} ${(await redis.dump(name)) ?? ''}`);
        return (await Promise.all(dumps)).sort();
      };
      // What an earlier request left in hand may still change it: drawings, and who is told of them.
      let last = await dump();
      await until(async () => {
        const before = last;
        last = await dump();
        const isDrawn = !last.some((one) => /^cp:(deaths:|imgs:open )/.test(one));
        const pending = await redis.xpending('cp:imgs:told', 'cardpress').catch(() => [0]);
        const isTold = Number((pending as unknown[])[0]) === 0;
        return isDrawn && isTold && JSON.stringify(last) === JSON.stringify(before);
      }, 20_000);
      return last;
    },
    stop: () => service.stop(),
  };
}

export type HookWorld = Awaited<ReturnType<typeof startHookWorld>>;
