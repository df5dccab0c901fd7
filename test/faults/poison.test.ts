import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '../../src/errors/app-error.js';
import type { RenderInput } from '../../src/images/ports.js';
import { createRenderQueue } from '../../src/queue/render-queue.js';
import { createRenderWorker } from '../../src/queue/render-worker.js';
import type { RenderTask } from '../../src/queue/render-worker-options.js';
import { connectForRequests, connectForWork } from '../../src/records/redis-connections.js';
import { startAssetServer } from '../support/asset-server.js';
import { colourBody, coloursOf, shownColours } from '../support/colour-code.js';
import { bareTemplate, startEngine } from '../support/engine.js';
import { insist, settled, signalAll, startLoad, unharmed } from '../support/fault-load.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import { imageIdOf } from '../support/image-record.js';
import { startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { writeFaultTemplates } from '../support/templates-faults/hostile.js';
import { startTrap, type Trap } from '../support/trap-server.js';
import { until } from '../support/until.js';

describe('many poisons in the queue', () => {
  const POISONS = faultCount(20, 4);
  const INNOCENTS = faultCount(500, 60);

  it(
    'fail alone, one after the other, and cost nobody an attempt that counts',
    async () => {
      const server = await startRedis();
      const url = `unix://${server.socketPath}`;
      const [requests, work] = [connectForRequests(url), connectForWork(url)];
      await until(() => requests.status === 'ready');
      const queue = createRenderQueue(requests);

      /** Attempts by image, and those that share one browser: its end is the end of all of them. */
      const attempts = new Map<string, number[]>();
      const company = new Set<(error: Error) => void>();
      const givenUp: string[] = [];
      let lonely = 0;
      let mostLonely = 0;
      const poisons = new Set(Array.from({ length: POISONS }, (_, n) => imageIdOf(n)));
      const crash = () => new AppError('render_crashed', { detail: 'The browser died.' });

      async function draw({ imageId, isolated }: RenderTask): Promise<void> {
        if (isolated) {
          if (poisons.has(imageId)) throw crash();
          return;
        }
        await new Promise<void>((resolve, reject) => {
          company.add(reject);
          // Its neighbours are under way by then.
          setImmediate(() => {
            if (poisons.has(imageId)) for (const end of company) end(crash());
            company.delete(reject);
            resolve();
          });
        });
      }
      const worker = createRenderWorker({
        redis: work,
        concurrency: 4,
        bulkConcurrency: 4,
        async produce(task) {
          attempts.set(task.imageId, [...(attempts.get(task.imageId) ?? []), task.attempt]);
          lonely += task.isolated ? 1 : 0;
          mostLonely = Math.max(mostLonely, lonely);
          await draw(task).finally(() => {
            lonely -= task.isolated ? 1 : 0;
          });
        },
        giveUp: async ({ imageId }) => void givenUp.push(imageId),
        preview: async () => {
          throw crash();
        },
        measure: async () => [],
        probe: async () => ({ ok: true }),
      });
      for (let n = 0; n < POISONS + INNOCENTS; n += 1) {
        const priority = n % 2 === 0 ? 'bulk' : 'waiting';
        await queue.add({ imageId: imageIdOf(n), generation: 1, priority });
      }
      await until(async () => {
        const { waiting, delayed, active } = await queue.counts();
        return waiting + delayed + active === 0;
      }, FAULT_TIMEOUT_MS);

      expect(givenUp.sort()).toEqual([...poisons].sort());
      for (const [id, made] of attempts) {
        // Once in company, which does not count, and then five times isolated.
        if (poisons.has(id)) expect(made).toEqual([1, 2, 3, 4, 5, 6]);
        else expect(made.length).toBeLessThanOrEqual(2);
      }
      expect(attempts.size).toBe(POISONS + INNOCENTS);
      expect(mostLonely).toBe(1);
      await worker.close(5_000, async () => undefined);
      await queue.close();
      requests.disconnect();
      work.disconnect();
      await server.stop();
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('a suspect', () => {
  it(
    'is drawn in a browser of its own, whose death takes nobody else along',
    async () => {
      const pictures = await startAssetServer(Buffer.alloc(0));
      const host = `localhost:${pictures.port}`;
      const engine = await startEngine({
        concurrency: 2,
        timeoutMs: 60_000,
        declared: [host],
        egressAllow: [{ kind: 'host', host: 'localhost', port: pictures.port }],
      });
      const template = bareTemplate('', { network: [host] });
      const body = (text: string) => `${colourBody(text)}<img src="http://${host}/${text}.png">`;
      const suspect: Partial<RenderInput> & { isolated: boolean } = { isolated: true };
      pictures.hold();
      const company = engine.draw(template, body('company'));
      company.catch(() => undefined);
      await until(() => pictures.held === 1, 60_000);
      const shared = new Set(engine.supervisor.processIds());
      const isolated = engine.draw(template, body('isolated'), suspect);
      const outcome = expect(isolated).rejects.toMatchObject({ code: 'render_crashed' });
      await until(() => pictures.held === 2, 60_000);
      const own = engine.supervisor.processIds().filter((pid) => !shared.has(pid));
      const killed = signalAll(
        own.map((pid) => ({ pid })),
        'SIGKILL',
      );
      expect(killed).toBeGreaterThan(0);
      await outcome;
      pictures.release();
      expect(await shownColours((await company).pixels)).toEqual(coloursOf('company'));

      const { pixels } = await engine.draw(template, colourBody('next'), suspect);
      expect(await shownColours(pixels)).toEqual(coloursOf('next'));
      // Each of them ended with its job.
      await until(() => engine.browsers.filter((one) => one.isConnected()).length === 1, 30_000);
      expect(engine.browsers).toHaveLength(3);
      await engine.stop();
      await pictures.close();
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('a job that kills its browser each time', () => {
  const POISONS = faultCount(5, 1);
  let directory: string;
  let trap: Trap;
  let service: TestService;

  /** What the page asks for tells the test that the poison is in a browser, which then dies. */
  function bite(): undefined {
    signalAll(
      service.browserPids().map((pid) => ({ pid })),
      'SIGKILL',
    );
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cp-poison-'));
    trap = await startTrap({ answer: bite });
    const host = `localhost:${trap.port}`;
    const poison = { body: `<img src="http://${host}/poison.png">` };
    await writeFaultTemplates(directory, { host, templates: { poison } });
    service = await startService({
      env: {
        TEMPLATES_DIR: directory,
        EGRESS_ALLOW: host,
        // A machine that is busy is to add no faults of its own.
        RENDER_TIMEOUT_MS: '60000',
      },
    });
  }, FAULT_TIMEOUT_MS);
  afterAll(async () => {
    await service?.stop();
    await trap?.close();
    await rm(directory, { recursive: true, force: true });
  });

  interface TraceEvent {
    event: string;
    attempt: number;
  }

  async function failuresOf(id: string): Promise<TraceEvent[]> {
    const { json } = await service.api(`/v1/images/${id}/trace`);
    return (json.generation.events as TraceEvent[]).filter(
      ({ event }) => event === 'attempt_failed',
    );
  }

  it(
    'fails alone after its attempts, and the others are drawn',
    async () => {
      const load = startLoad(service.api, { name: 'innocent', clients: 4 });
      await load.progress(2);
      for (let n = 0; n < POISONS; n += 1) {
        const body = { template: 'poison', data: { n }, wait: 0 };
        const { json: accepted } = await insist(service.api, '/v1/images', { body });
        const image = await settled(service.api, accepted.id);
        expect(image).toMatchObject({ status: 'failed', error: { code: 'render_crashed' } });
        expect((await failuresOf(accepted.id)).length).toBeGreaterThanOrEqual(5);
        await load.progress(2);
      }
      const tally = await load.stop();
      expect(tally).toEqual(unharmed(tally));
      await service.idle();
    },
    FAULT_TIMEOUT_MS,
  );
});
