import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AssetServer, startAssetServer } from '../../../bench/fuzz/asset-server.js';
import { judge } from '../../../bench/fuzz/judge.js';
import { placesOf } from '../../../bench/fuzz/make-input.js';
import { runFuzz } from '../../../bench/fuzz/run-fuzz.js';
import { faultCount } from '../../support/fault-scale.js';
import { SERVICE_KEY } from '../../support/service-environment.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';

/** The short form of `npm run bench -- fuzz`: the same inputs in each run. */
const SEED = 20_261_130;
const COUNT = faultCount(80, 40);

let folder: string;
let pictures: AssetServer;
let service: ServiceProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cp-fuzz-'));
  pictures = await startAssetServer();
  service = await startServiceProcess({
    program: 'service',
    env: { DATA_DIR: folder, EGRESS_ALLOW: pictures.host, LOG_LEVEL: 'error' },
  });
});
afterAll(async () => {
  await service?.signal('SIGTERM');
  pictures?.close();
  await rm(folder, { recursive: true, force: true });
});

it('bounds memory and answers everybody, whatever a picture is', async () => {
  const run = await runFuzz({
    service: { url: service.url, pid: service.pid, key: SERVICE_KEY },
    pictures,
    seed: SEED,
    places: placesOf(COUNT),
    inFlight: 3,
    idleProbes: 1,
  });
  // What to look at: npm run bench -- fuzz --seed … --only …
  expect(run.suspects.map(({ place, why, input }) => [SEED, place, why, input.made])).toEqual([]);
  expect(judge(run).filter(({ verdict }) => verdict === 'fails')).toEqual([]);
  expect(run.endings.filter(({ place }) => place >= 0).length).toBe(COUNT);
  expect(run.endings.length).toBeGreaterThan(COUNT);
  // Some were shown, some were refused: it has met decoders, and not only their doors.
  const isRefused = ({ outcome }: { outcome: string }) => outcome.includes('picture_failed');
  expect(run.endings.filter(isRefused).length).toBeGreaterThan(COUNT / 5);
  expect(run.endings.filter((one) => !isRefused(one)).length).toBeGreaterThan(COUNT / 5);
}, 180_000);
