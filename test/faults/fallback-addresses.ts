import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { formatOfExtension, imageFormats } from '../../src/formats/image-formats.js';
import { withDeadline } from '../../src/lib/deadline.js';
import { type ApiAnswer, ask } from '../support/api-client.js';
import { faultCount } from '../support/fault-scale.js';
import { metricIn } from '../support/service-environment.js';
import { until } from '../support/until.js';
import type { FallbackWorld } from './fallback-world.js';

/** Whoever asks waits no longer. */
const CLIENT_TIMEOUT_MS = 15_000;
const REQUESTS = faultCount(1_000, 100);
const IN_FLIGHT = 50;
/** So many different new pictures each time; more would keep the worker busy long after. */
const NEW_PICTURES = faultCount(10, 4);
const RECOVERY_TIMEOUT_MS = 120_000;

type Source = 'stored' | 'rendered' | 'fallback';

/** `old`: was shown before; `new`: never asked for; `un…`: never existed. */
export type Kind =
  | 'dynamicOld'
  | 'dynamicNew'
  | 'linkOld'
  | 'linkNew'
  | 'pageOld'
  | 'pageVersion'
  | 'pageFormat'
  | 'linkUnknown'
  | 'pageUnknown'
  | 'forged'
  | 'malformed';

/** What can be told only by Redis, and what can always be told. */
const STATUS_OF_NOTHING = { linkUnknown: 404, pageUnknown: 404, forged: 403, malformed: 404 };
const TOLD_BY_REDIS: readonly string[] = ['linkUnknown', 'pageUnknown'];

export interface Expected {
  /** Absent: any. */
  sources?: Partial<Record<Kind, readonly Source[]>>;
  /** Nobody can say what exists: then it is shown a card. */
  isRedisAway?: boolean;
  /** Nothing was shown by this process: a page may come in the format that it has. */
  isCold?: boolean;
  /** Of the stand-ins, as the metrics name them. Absent: any, and maybe none. */
  reasons?: readonly string[];
}

interface Seen {
  kind: Kind;
  path: string;
  answer: ApiAnswer;
}

/** A timer may end a little early. */
const TIMER_SLACK_MS = 20;

function wantedType(path: string): string | undefined {
  const format = formatOfExtension(/\.(\w+)(?:\?|$)/.exec(path)?.[1] ?? '');
  return format && imageFormats[format].mediaType;
}
const pathOf = (url: string) => url.slice(new URL(url).origin.length);

async function pictureIn(bytes: Buffer): Promise<string> {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  if (data.length !== info.width * info.height * info.channels) throw new Error('is not whole');
  const { mediaType } = await sharp(bytes).metadata();
  return `${mediaType} ${info.width}x${info.height}`;
}

/** Decodes each picture once. */
function createPictureReader() {
  const known = new Map<string, Promise<string>>();
  return (bytes: Buffer): Promise<string> => {
    const hash = createHash('sha256').update(bytes).digest('hex');
    const reading =
      known.get(hash) ?? pictureIn(bytes).catch((error: Error) => `no picture: ${error.message}`);
    known.set(hash, reading);
    return reading;
  };
}

function cachingProblem(kind: Kind, source: Source, caching: string): string | undefined {
  const seconds = Number(/max-age=(\d+)/.exec(caching)?.[1] ?? Number.NaN);
  const isShort = seconds <= 60 && !caching.includes('immutable');
  const mayChange = source === 'fallback' || kind === 'pageOld' || kind === 'pageFormat';
  if (mayChange) return isShort ? undefined : `${source} is cached with "${caching}"`;
  // A picture that is the last good one is short; the one of the address is for ever.
  return isShort || caching.includes('immutable') ? undefined : `odd caching: "${caching}"`;
}

/** Addresses of all kinds over a service that has drawn them once, and the judge of the answers. */
export async function prepareAddresses(world: FallbackWorld) {
  const readPicture = createPictureReader();
  const v1 = async (path: string, method: string, body: unknown) => {
    const { status, json } = await world.api.api(path, { method, body });
    if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  };
  const signed = async (title: string) =>
    pathOf((await v1('/v1/urls', 'POST', { template: 'note', data: { title } })).url);
  const open = (path: string) =>
    withDeadline(
      ask(world.api.url + path, '', { key: null }),
      CLIENT_TIMEOUT_MS,
      () => new Error(`${path} was not answered within ${CLIENT_TIMEOUT_MS} ms`),
    );

  const dynamicOld = await signed('Old');
  const link = await v1('/v1/links', 'POST', {
    template: 'note',
    fixed: { title: 'Hello' },
    fields: { title: { max_length: 40 } },
    max_per_minute: 10_000,
  });
  const linkPath = pathOf(link.url);
  const page = await v1('/v1/pages/blog/old', 'PUT', {
    template: 'note',
    data: { title: 'A page' },
    wait: 30,
  });
  const old = {
    dynamicOld,
    linkOld: `${linkPath}?title=Ada`,
    pageOld: '/p/blog/old.png',
    pageVersion: pathOf(page.pictures[0].versioned_url),
    pageFormat: '/p/blog/old.webp',
  };
  const nothing = {
    linkUnknown: '/l/aaaaaaaaaaaaaaaa.png',
    pageUnknown: '/p/blog/never.png',
    forged: dynamicOld.replace('Old', 'Forged'),
    malformed: '/l/nothing.png',
  };

  /** Resolves once each is shown for what it is. */
  async function untilReal(paths: string[]): Promise<void> {
    for (const path of paths) {
      await until(async () => {
        const answer = await open(path).catch(() => undefined);
        if (!answer) return false;
        const { status, headers, bytes } = answer;
        const isReal = status === 200 && headers['x-cardpress-source'] !== 'fallback';
        return isReal && (await readPicture(bytes)) === `${wantedType(path)} 600x315`;
      }, RECOVERY_TIMEOUT_MS);
    }
  }

  async function problemOf({ kind, path, answer }: Seen, expected: Expected) {
    const { status, headers, bytes } = answer;
    const none = Object.hasOwn(STATUS_OF_NOTHING, kind)
      ? STATUS_OF_NOTHING[kind as keyof typeof STATUS_OF_NOTHING]
      : undefined;
    if (none && !(expected.isRedisAway && TOLD_BY_REDIS.includes(kind))) {
      return status === none ? undefined : `status ${status}`;
    }
    if (status !== 200) return `status ${status}`;
    const source = headers['x-cardpress-source'] as Source;
    const allowed = none
      ? ['fallback']
      : (expected.sources?.[kind] ?? ['stored', 'rendered', 'fallback']);
    if (!allowed.includes(source)) return `source ${source}`;
    const isOwnFormat = kind === 'pageFormat' && expected.isCold && source === 'stored';
    const type = isOwnFormat ? 'image/png' : wantedType(path);
    const picture = await readPicture(bytes);
    if (!picture.startsWith(`${type} `) || headers['content-type'] !== type) {
      return `${picture} as ${headers['content-type']}`;
    }
    if (source !== 'fallback' && picture !== `${type} 600x315`) return `${source}: ${picture}`;
    return cachingProblem(kind, source, headers['cache-control'] ?? '');
  }

  let round = 0;
  /** Addresses that nobody asked for yet; made while all is well. */
  async function makeNew() {
    round += 1;
    const names = Array.from({ length: NEW_PICTURES }, (_, i) => `New ${round}.${i}`);
    return {
      dynamicNew: await Promise.all(names.map(signed)),
      linkNew: names.map((name) => `${linkPath}?title=${encodeURIComponent(name)}`),
    };
  }

  /** On a busy machine the budget may end before Redis or the storage has said what is there. */
  async function isExcused(seen: Seen, elapsedMs: number): Promise<boolean> {
    const isCard = seen.answer.headers['x-cardpress-source'] === 'fallback';
    const anyCard: Expected = { isRedisAway: true };
    const isLate = elapsedMs >= world.budgetMs - TIMER_SLACK_MS;
    return isLate && isCard && (await problemOf(seen, anyCard)) === undefined;
  }

  /** Asks `count` times, all kinds in turn; gives what is wrong with the answers, by kind. */
  async function askMany(
    fresh: Awaited<ReturnType<typeof makeNew>>,
    expected: Expected,
    count: number,
  ): Promise<string[]> {
    const paths: [Kind, string[]][] = [
      ...Object.entries({ ...old, ...nothing }).map(
        ([kind, path]) => [kind, [path]] as [Kind, string[]],
      ),
      ['dynamicNew', fresh.dynamicNew],
      ['linkNew', fresh.linkNew],
    ];
    const problems = new Map<string, number>();
    const right = new Set<Kind>();
    const metrics = async () => (await world.api.api('/metrics')).bytes.toString();
    const fallbacksIn = (text: string, reason?: string) =>
      metricIn(text, 'cardpress_fallback_answers_total', reason ? { reason } : {});
    const before = await metrics();
    let fallbacks = 0;
    let next = 0;
    const asker = async () => {
      for (let i = next++; i < count; i = next++) {
        const [kind, those] = paths[i % paths.length] as [Kind, string[]];
        const path = those[Math.floor(i / paths.length) % those.length] ?? '';
        const askedAt = performance.now();
        const problem = await open(path).then(async (answer) => {
          const elapsedMs = performance.now() - askedAt;
          if (answer.headers['x-cardpress-source'] === 'fallback') fallbacks += 1;
          const found = await problemOf({ kind, path, answer }, expected);
          if (found === undefined) right.add(kind);
          else if (await isExcused({ kind, path, answer }, elapsedMs)) return undefined;
          return found;
        }, String);
        const name = `${kind}: ${problem}`;
        if (problem) problems.set(name, (problems.get(name) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, asker));
    for (const [kind] of paths) if (!right.has(kind)) problems.set(`${kind}: never right`, 0);
    const after = await metrics();
    const counted = fallbacksIn(after) - fallbacksIn(before);
    if (counted !== fallbacks) problems.set(`of ${fallbacks} stand-ins counted`, counted);
    for (const reason of expected.reasons ?? []) {
      const grew = fallbacksIn(after, reason) > fallbacksIn(before, reason);
      if (!grew) problems.set(`no stand-in for the reason ${reason}`, 0);
    }
    return [...problems].map(([name, times]) => `${name} (${times} times)`);
  }

  return {
    untilAllReal: () => untilReal(Object.values(old)),
    /** Resolves once a picture that nobody asked for yet is drawn and shown. */
    async untilNewIsReal(): Promise<void> {
      round += 1;
      const title = `New ${round}`;
      const path = await until(() => signed(title).catch(() => undefined), RECOVERY_TIMEOUT_MS);
      await untilReal([path]);
    },
    /** What is wrong with many answers while a fault lasts; then all are real again. */
    async during(breaking: () => Promise<(() => Promise<void>)[]>, expected: Expected) {
      await untilReal(Object.values(old));
      const fresh = await makeNew();
      const mends = await breaking();
      let problems: string[];
      try {
        problems = await askMany(fresh, expected, REQUESTS);
      } finally {
        for (const mend of mends) await mend();
      }
      await untilReal([...Object.values(old), ...fresh.dynamicNew, ...fresh.linkNew]);
      return problems;
    },
  };
}

export type Addresses = Awaited<ReturnType<typeof prepareAddresses>>;
