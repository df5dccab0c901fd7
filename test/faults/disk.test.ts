import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RENDER_QUEUE } from '../../src/queue/render-jobs.js';
import { startEmbeddedRedis } from '../../src/records/embedded-redis.js';
import { connectForRequests, untilReady } from '../../src/records/redis-connections.js';
import { bullQueue } from '../support/bull-queue.js';
import { colourFields, coloursOf, shownColours } from '../support/colour-code.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const IMAGES = faultCount(20, 3);

/**
 * A disk of two megabytes, for who may mount one (root, as in a CI machine or with CAP_SYS_ADMIN).
 * Everyone else gets the limit of the kernel on the size of files, which cuts a write off in its
 * middle just as a full disk does (setrlimit(2), RLIMIT_FSIZE; Node ignores its signal).
 */
function makeDisk() {
  const folder = mkdtempSync(join(tmpdir(), 'cp-disk-'));
  const filler = join(folder, 'filler');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    const limit = (pid: number, size: string) =>
      execFileSync('prlimit', ['--pid', String(pid), `--fsize=${size}:`]);
    return {
      folder,
      fill: async (pid: number) => void limit(pid, '100'),
      free: async (pid: number) => void limit(pid, 'unlimited'),
      lock: (pid: number) => void limit(pid, '0'),
      unlock: (pid: number) => void limit(pid, 'unlimited'),
      remove: () => rmSync(folder, { recursive: true, force: true }),
    };
  }
  const remount = (how: 'ro' | 'rw') =>
    execFileSync('mount', ['-o', `remount,${how}`, folder], { stdio: 'ignore' });
  return {
    folder,
    async fill(_pid: number) {
      const file = await open(filler, 'w');
      try {
        for (;;) await file.write(Buffer.alloc(4096));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        await file.close();
      }
    },
    free: async (_pid: number) => rm(filler),
    lock: (_pid: number) => void remount('ro'),
    unlock: (_pid: number) => void remount('rw'),
    remove() {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describe('pictures on a disk', () => {
  const disk = makeDisk();
  let service: TestService;

  beforeAll(async () => {
    service = await startService({ dataDir: disk.folder });
  }, FAULT_TIMEOUT_MS);
  afterAll(async () => {
    await service?.stop();
    disk.remove();
  });

  const ask = (text: string, waitS: number) =>
    service.api('/v1/images', {
      body: { template: 'colour-code', data: colourFields(text), wait: waitS },
    });
  /** Asked again where a loaded machine was too slow for the first. */
  const created = (text: string) =>
    until(async () => {
      const answer = await ask(text, 30);
      return answer.status === 201 && answer;
    }, 90_000);
  const drafts = () => readdir(join(disk.folder, 'images', '.tmp'));
  const files = async () => {
    const names = await readdir(join(disk.folder, 'images'), { recursive: true });
    return names.filter((name) => name.endsWith('.png')).sort();
  };
  const readyz = (status: number) =>
    until(async () => {
      const answer = await service.api('/readyz');
      return answer.status === status && answer;
    }, 30_000);

  it(
    'waits while it is full, shows nothing that is not whole, and ends when there is room',
    async () => {
      await bullQueue(service.redis, RENDER_QUEUE).pause();
      const texts = Array.from({ length: IMAGES }, (_, i) => `full disk ${i}`);
      const accepted = await Promise.all(texts.map((text) => ask(text, 0)));
      expect(accepted.map(({ status }) => status)).toEqual(texts.map(() => 202));
      await disk.fill(process.pid);
      await bullQueue(service.redis, RENDER_QUEUE).resume();
      await until(
        () => service.log.some(({ msg }) => msg === 'a picture waits for its storage'),
        90_000,
      );
      for (const { json } of accepted) {
        expect((await service.api(json.url)).status).toBe(404);
        const { json: image } = await service.api(`/v1/images/${json.id}`);
        expect(['queued', 'active']).toContain(image.status);
      }
      await readyz(503);
      // Between two attempts, as each takes its own draft away.
      await until(async () => (await drafts()).length === 0, 20_000);
      expect((await service.api('/healthz')).status).toBe(200);

      await disk.free(process.pid);
      for (const [i, { json }] of accepted.entries()) {
        const image = await until(async () => {
          const { json: now } = await service.api(`/v1/images/${json.id}`);
          return ['completed', 'failed'].includes(now.status) && now;
        }, 90_000);
        expect(image.status).toBe('completed');
        const { bytes } = await service.api(image.url);
        expect(await shownColours(bytes)).toEqual(coloursOf(texts[i] ?? ''));
      }
      await readyz(200);
      await until(async () => (await drafts()).length === 0, 20_000);
    },
    FAULT_TIMEOUT_MS,
  );

  it(
    'says so while nothing can be written, still shows what is stored, and goes on',
    async () => {
      const stored = await created('stored before');
      const filesBefore = await files();
      disk.lock(process.pid);
      try {
        // Refused for good, or waiting, as the error of the disk is one that passes by itself.
        expect([202, 503]).toContain((await ask('read-only disk', 2)).status);
        expect(await files()).toEqual(filesBefore);
        const { bytes } = await service.api(stored.json.url);
        expect(await shownColours(bytes)).toEqual(coloursOf('stored before'));
        const { json } = await readyz(503);
        expect(JSON.stringify(json)).toContain('storage folder below DATA_DIR');
      } finally {
        disk.unlock(process.pid);
      }
      await readyz(200);
      const after = await created('read-only disk');
      const { bytes } = await service.api(after.json.url);
      expect(await shownColours(bytes)).toEqual(coloursOf('read-only disk'));
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('the embedded Redis on a disk', () => {
  it(
    'refuses what a full disk does not take, keeps what it answered, and goes on with room',
    async () => {
      const disk = makeDisk();
      const embedded = await startEmbeddedRedis({
        binary: process.env.CARDPRESS_REDIS_SERVER ?? 'redis-server',
        directory: join(disk.folder, 'redis'),
      });
      const redis = connectForRequests(embedded.url);
      try {
        await untilReady(redis, 20_000);
        const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
        await redis.set('before', 'kept');
        await disk.fill(pid);
        // Into the last page of the file something may still fit.
        await until(
          () =>
            redis.set('filling', 'x'.repeat(1_000)).then(
              () => false,
              () => true,
            ),
          20_000,
        );
        await disk.free(process.pid);
        await until(
          () =>
            redis.set('after', 'there').then(
              () => true,
              () => false,
            ),
          40_000,
        );
        expect(await redis.mget('before', 'after')).toEqual(['kept', 'there']);
      } finally {
        redis.disconnect();
        await embedded.stop();
        disk.remove();
      }
    },
    FAULT_TIMEOUT_MS,
  );
});
