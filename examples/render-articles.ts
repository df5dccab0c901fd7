import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type ArticleRow,
  articleData,
  equalRows,
  loadArticleRows,
} from './articles/article-rows.js';
import { createClient } from './articles/cardpress-client.js';
import { readPngFacts } from './articles/png-facts.js';
import { createProgressLine } from './articles/progress-line.js';

/**
 * Presses a picture for every post of the Node.js blog (examples/data/nodejs-blog.csv) through the
 * HTTP API of a running service, downloads each, and checks that all are there and all differ.
 *
 *   npm start                      # in one terminal
 *   npm run build -- tools         # in another
 *   node dist/examples/render-articles.js   # once more, and every picture is reused
 */
const HELP = `node dist/examples/render-articles.js [options]

  --url <address>      the service (default http://localhost:3000)
  --key <key>          an API key (default: what DATA_DIR or ./data holds)
  --csv <file>         another list with the same columns
  --concurrency <n>    requests at once (default 8)
  --keep <folder>      write the pictures there, named by their line in the list
`;

const WIDTH_PX = 1200;
const HEIGHT_PX = 630;

interface Outcome {
  row: ArticleRow;
  url?: string;
  reused?: boolean;
  warnings?: string[];
  sha256?: string;
  pixelHash?: string;
  failure?: string;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string', default: 'http://localhost:3000' },
      key: { type: 'string' },
      csv: { type: 'string', default: join('examples', 'data', 'nodejs-blog.csv') },
      concurrency: { type: 'string', default: '8' },
      keep: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const concurrency = Number(values.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 256) {
    throw new Error('--concurrency: expected a whole number from 1 to 256');
  }
  return { ...values, url: values.url.replace(/\/+$/, ''), concurrency };
}

async function loadApiKey(): Promise<string> {
  if (process.env.API_KEY) return process.env.API_KEY;
  const path = join(process.env.DATA_DIR ?? 'data', 'secrets', 'api-key');
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    throw new Error(`There is no API key in ${path}. Start the service first, or give --key.`);
  }
}

/** Runs `work` for every item, `concurrency` at a time. */
async function forEach<T>(items: T[], concurrency: number, work: (item: T) => Promise<void>) {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function checkImage({ contentType, body }: { contentType: string; body: Buffer }) {
  if (contentType !== 'image/png') throw new Error(`the picture came as ${contentType}`);
  const { widthPx, heightPx, pixelHash } = readPngFacts(body);
  if (widthPx !== WIDTH_PX || heightPx !== HEIGHT_PX) {
    throw new Error(`the picture has ${widthPx}x${heightPx} pixels`);
  }
  return { sha256: createHash('sha256').update(body).digest('hex'), pixelHash };
}

function count(values: (string | undefined)[]): number {
  return new Set(values.filter((value) => value !== undefined)).size;
}

/** Prints the figures; true where every picture is right and all that should differ do. */
function report(outcomes: Outcome[], seconds: number, retries: number): boolean {
  const good = outcomes.filter((o) => o.failure === undefined);
  const failures = outcomes.filter((o) => o.failure !== undefined);
  const repeats = equalRows(outcomes.map((o) => o.row));
  const distinctRows = outcomes.length - repeats.reduce((sum, group) => sum + group.length - 1, 0);
  const reused = good.filter((o) => o.reused).length;
  const warned = new Map<string, number>();
  for (const code of good.flatMap((o) => o.warnings ?? [])) {
    warned.set(code, (warned.get(code) ?? 0) + 1);
  }

  const urls = count(good.map((o) => o.url));
  const pixels = count(good.map((o) => o.pixelHash));
  const n = (value: number) => value.toLocaleString('en');
  const lines: [string, string][] = [
    ['pictures', `${n(good.length)} of ${n(outcomes.length)}`],
    ['distinct rows', n(distinctRows)],
    ['distinct urls', n(urls)],
    ['distinct files', `${n(count(good.map((o) => o.sha256)))} (SHA-256)`],
    ['distinct pixels', n(pixels)],
    ['rendered', n(good.length - reused)],
    ['reused', n(reused)],
    ['failures', n(failures.length)],
    ['retries', n(retries)],
    ['seconds', seconds.toFixed(1)],
    ['pictures/s', (good.length / seconds).toFixed(1)],
    ['warnings', [...warned].map(([code, times]) => `${code} ${n(times)}`).join(', ') || 'none'],
  ];
  for (const [name, value] of lines) console.log(`${name.padEnd(16)} ${value}`);
  for (const group of repeats) {
    console.log(`equal rows       lines ${group.map((row) => row.line).join(', ')}`);
  }
  for (const { row, failure } of failures) {
    console.error(`✖ line ${row.line} "${row.title}": ${failure}`);
  }
  return failures.length === 0 && urls === distinctRows && pixels === distinctRows;
}

async function main(): Promise<boolean> {
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
    return true;
  }
  const apiKey = options.key ?? (await loadApiKey());
  const rows = await loadArticleRows(options.csv);
  if (options.keep) await mkdir(options.keep, { recursive: true });

  const progress = createProgressLine(rows.length);
  const client = createClient({ url: options.url, apiKey, onRetry: () => progress.countRetry() });
  await client.check('article');
  const outcomes: Outcome[] = [];
  const startedAt = performance.now();
  await forEach(rows, options.concurrency, async (row) => {
    try {
      const { url, reused, warnings } = await client.render('article', articleData(row));
      const picture = await client.download(url);
      outcomes.push({
        row,
        url,
        reused,
        warnings: warnings.map((w) => w.code),
        ...checkImage(picture),
      });
      if (options.keep) await writeFile(join(options.keep, `${row.line}.png`), picture.body);
    } catch (error) {
      outcomes.push({ row, failure: (error as Error).message });
    }
    progress.advance();
  });
  const seconds = (performance.now() - startedAt) / 1000;
  progress.end();
  return report(outcomes, seconds, progress.retries());
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  console.error(`example: ${(error as Error).message}`);
  process.exitCode = 1;
}
