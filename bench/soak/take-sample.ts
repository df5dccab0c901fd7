import { proportionalBytes } from '../../src/browser/process-tree.js';
import { descendantsOf, openFiles } from './process-facts.js';
import type { Sample } from './sample.js';
import type { SoakedService } from './soaked-service.js';

/** Sum of a metric's samples whose labels hold `label`; 0 where there is none. */
export function metricIn(text: string, name: string, label = ''): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, found, shown = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (found === name && shown.includes(label)) sum += Number(value);
  }
  return sum;
}

const bytesOf = async (pids: number[]) => (await proportionalBytes(pids)) ?? 0;

/** What everything takes at this moment. With `collect`, what lives in the heap as well. */
export async function takeSample(
  service: SoakedService,
  startedAt: number,
  options: { collect: boolean; isCalm: boolean },
): Promise<Sample> {
  const { pid } = service;
  const inside = options.collect ? await service.readInside() : undefined;
  const { bytes: metrics } = await service.ask('/metrics');
  const text = metrics.toString();
  const all = await descendantsOf(pid);
  const live = all.filter(({ state }) => state !== 'Z');
  const chromium = live.filter(({ command }) => /chrom|headless/.test(command));
  const redis = live.filter(({ command }) => command.includes('redis-server'));
  const children = live.filter((one) => !chromium.includes(one) && !redis.includes(one));
  const browsers = chromium.filter(
    ({ parent, command }) => parent === pid && !command.includes('--type='),
  );
  return {
    seconds: (performance.now() - startedAt) / 1000,
    renders: metricIn(text, 'cardpress_render_stage_seconds_count', 'stage="render"'),
    nodeBytes: await bytesOf([pid, ...children.map((child) => child.pid)]),
    ...(inside ? { heapBytes: inside.heapBytes, bufferBytes: inside.bufferBytes } : {}),
    isCalm: options.isCalm,
    chromiumBytes: await bytesOf(chromium.map((one) => one.pid)),
    chromiumProcesses: chromium.length,
    browsers: browsers.map((one) => one.pid),
    redisBytes: metricIn(text, 'cardpress_redis_used_memory_bytes'),
    fileDescriptors: await openFiles(pid),
    zombies: all.filter(({ state }) => state === 'Z').map((one) => one.pid),
    temporaryFiles: await service.listTemporary(),
  };
}
