import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ImageFormat } from '../../src/images/image.js';
import type { Contender, ContenderOptions } from './contender.js';
import type { SatoriAnswer, SatoriTask } from './satori-worker.js';

const WORKER = fileURLToPath(new URL('./satori-worker.js', import.meta.url));

async function startWorker(workerData: Pick<ContenderOptions, 'card' | 'folder'>) {
  const worker = new Worker(WORKER, { workerData });
  await once(worker, 'message');
  return worker;
}

/** Satori makes the SVG, resvg its pixels; both on threads of their own, as many as lanes. */
export async function satori({ card, folder, lanes }: ContenderOptions): Promise<Contender> {
  const data = { card, ...(folder === undefined ? {} : { folder }) };
  const workers = await Promise.all(Array.from({ length: lanes }, () => startWorker(data)));
  const free = [...workers];

  async function draw(index: number, format: ImageFormat): Promise<Uint8Array> {
    const worker = free.pop();
    if (!worker) throw new Error('more pictures at once than threads');
    try {
      const answered = once(worker, 'message') as Promise<[SatoriAnswer]>;
      worker.postMessage({ index, format } satisfies SatoriTask);
      return (await answered)[0].picture;
    } finally {
      free.push(worker);
    }
  }
  return {
    pids: [process.pid],
    render: async (index, format) => (await draw(index, format)).length,
    picture: async (index) => Buffer.from(await draw(index, 'png')),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
