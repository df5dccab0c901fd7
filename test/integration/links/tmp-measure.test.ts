import { readFileSync, mkdtempSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { it } from '@jest/globals';
import { startServiceProcess } from '../../support/service-process.js';
import { startRedis } from '../../support/redis-server.js';

it('measures', async () => {
  const redis = await startRedis();
  const service = await startServiceProcess({ program: 'service', env: { DATA_DIR: mkdtempSync('/tmp/cp-m-'), REDIS_URL: `unix://${redis.socketPath}`, LOG_LEVEL: 'info' } });
  const { json: link } = await service.api('/v1/links', { body: { template: 'note', fixed: { title: 'Hello' }, fields: { title: { max_length: 200 }, body: { max_length: 200 } }, max_images: 1 } });
  const pid = service.pid;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const get = (path: string) => new Promise<number>((resolve, reject) => {
    const u = new URL(service.url);
    request({ host: u.hostname, port: u.port, path, agent }, (res) => { res.resume(); res.on('end', () => resolve(res.statusCode ?? 0)); }).on('error', reject).end();
  });
  const cpu = () => { const p = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); return (Number(p[11]) + Number(p[12])) * 10; };
  const fill = (t: string, n = 15000) => t.repeat(Math.ceil(n / t.length)).slice(0, n);
  const l = `/l/${link.id}.png`;
  const e = (t: string, n: number) => encodeURIComponent(fill(t, n));
  const shapes: Record<string, string> = {
    plain: `${l}?title=Ada`, none: l,
    amps: `${l}?${fill('&')}`, pairs: `${l}?${fill('a=&')}`, names: `${l}?${Array.from({ length: 1700 }, (_, i) => `n${i}=1`).join('&')}`,
    percents: `${l}?title=${fill('%zz')}`, nbsp: `${l}?title=a${e('\u00a0', 2400)}`, sqp: `${l}?title=${e('[%', 1600)}`, dollar: `${l}?title=${e('${', 1600)}`,
    marks: `${l}?title=e${e('\u0301\u0323', 2400)}`, marks30: `${l}?title=${e(`e${'\u0301\u0323'.repeat(15)}`, 2400)}`, zwj: `${l}?title=${e('👩‍', 1200)}`,
    iplain: '/i/note.png?title=x&sig=' + 'A'.repeat(43), istar: `/i/note.png?title=${fill('*')}&sig=${'A'.repeat(43)}`, inames: `/i/note.png?${Array.from({ length: 1700 }, (_, i) => `n${i}=1`).join('&')}&sig=${'A'.repeat(43)}`, islash: '/i/' + fill('a/'), pslash: '/p/' + fill('a/') + 'x.png', pquery: '/p/none.png?' + fill('a=&'), imslash: '/images/' + fill('a/'),
  };
  const out: string[] = [];
  for (const [name, path] of Object.entries(shapes)) {
    for (let i = 0; i < 60; i++) await get(path);
    const a = cpu(); let status = 0;
    const N = 300;
    for (let i = 0; i < N; i++) status = await get(path);
    out.push(`${name}\t${status}\t${((cpu() - a) / N).toFixed(2)} ms`);
  }
  console.log(out.join('\n'));
  await service.signal('SIGTERM');
  await redis.stop();
}, 300_000);
