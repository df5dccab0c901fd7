/**
 * Writes the data that an upgrade is tested with: `node write-older-data.mjs <checkout> <folder>`,
 * where the checkout is of the older version and built. It starts that version on an empty folder,
 * asks it for one of each thing that is kept, and leaves the folder as a stopped service leaves
 * it, with what was answered in `answers.json`. Needs CHROMIUM_PATH; Redis is the embedded one.
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [checkout, target] = process.argv.slice(2).map((path) => resolve(path));
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const environment = JSON.parse(readFileSync(here('./older-settings.json'), 'utf8'));
const PORT = 18_931;
const data = join(target, 'stored');
rmSync(target, { recursive: true, force: true });
mkdirSync(data, { recursive: true });
cpSync(here('../../support/templates-e2e/note'), join(target, 'templates', 'note'), {
  recursive: true,
});

const receiver = createServer((req, res) => req.resume().on('end', () => res.writeHead(204).end()));
await new Promise((done) => receiver.listen(PORT + 1, '127.0.0.1', done));
const service = spawn(process.execPath, [join(checkout, 'dist/src/main.js')], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: {
    ...process.env,
    ...environment,
    PORT: String(PORT),
    DATA_DIR: data,
    TEMPLATES_DIR: join(target, 'templates'),
    EGRESS_ALLOW: `127.0.0.1:${PORT + 1}`,
  },
});
process.once('exit', () => service.kill('SIGTERM'));
const base = `http://127.0.0.1:${PORT}`;

async function ask(method, path, body, headers = {}) {
  const response = await fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${environment.API_KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  if (!response.ok)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  const isJson = response.headers.get('content-type')?.includes('json');
  return isJson ? response.json() : Buffer.from(await response.arrayBuffer());
}
async function until(look) {
  for (let i = 0; i < 1_200; i += 1) {
    const found = await look().catch(() => undefined);
    if (found) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`never: ${look}`);
}
const pathOf = (url) => new URL(url).pathname + new URL(url).search;
const output = { format: 'png' };

await until(() => ask('GET', '/readyz'));

const image = {
  template: 'note',
  data: {
    title: 'Kept from before',
    body: 'Grüße, 日本 & <co>',
    count: '7',
    published: '2026-03-04',
  },
  size: 'square',
  output: { format: 'webp', quality: 80, scale: 2 },
  metadata: { order: '17' },
  wait: 30,
};
const withWarning = {
  template: 'note',
  data: { title: 'SHORT AND LOUD', accent: 'no colour' },
  output: { format: 'jpeg' },
  webhook_url: `http://127.0.0.1:${PORT + 1}/hook`,
  wait: 30,
};
const page = { template: 'note', data: { title: 'A page' }, alt: 'A page', output, wait: 30 };
const source = {
  kind: 'ghost',
  secret: 'the-secret-of-the-ghost',
  template: 'note',
  page: '{{post.current.slug}}',
  map: { title: '{{post.current.title}}' },
};
const batch = {
  template: 'note',
  items: [{ title: 'Row one' }, { title: 'Row two', count: 'many' }, { count: 3 }].map((data) => ({
    data,
  })),
};
const link = {
  template: 'note',
  fixed: { title: 'Hello', accent: '#c81e5a' },
  fields: { title: { max_length: 20 } },
};
const address = { template: 'note', data: { title: 'Signed' } };

const requests = { image, withWarning, page, source, batch, link, address };
await ask('POST', '/v1/images', image);
await ask('POST', '/v1/images', withWarning);
await ask('PUT', '/v1/pages/blog/first', page);
await ask('PUT', '/v1/sources/ghost', source);
const made = {
  batch: await ask('POST', '/v1/batches', batch),
  link: await ask('POST', '/v1/links', link),
  address: await ask('POST', '/v1/urls', address),
  key: await ask('POST', '/v1/keys', { name: 'CMS', scopes: ['images'] }),
};
const images = [pathOf(made.address.url), `${pathOf(made.link.url)}?title=Ada`];
for (const path of images) await until(() => ask('GET', path));
await until(async () => {
  const { status } = await ask('GET', `/v1/batches/${made.batch.id}`);
  return ['completed', 'partial', 'failed'].includes(status);
});
await until(async () => {
  const { items: deliveries } = await ask('GET', '/v1/deliveries');
  return deliveries.length > 0 && deliveries.every(({ status }) => status === 'delivered');
});
const { items: deliveries } = await ask('GET', '/v1/deliveries');
// Only what stands still is compared: one more look at a link or a key would count.
const reads = [
  '/v1/images?limit=100',
  '/v1/pages',
  '/v1/pages/blog/first',
  '/v1/sources/ghost',
  '/v1/links',
  `/v1/links/${made.link.id}`,
  `/v1/batches/${made.batch.id}`,
  `/v1/batches/${made.batch.id}/items`,
  '/v1/deliveries',
  `/v1/deliveries/${deliveries[0].id}`,
];
const { items: records } = await ask('GET', '/v1/images?limit=100');
for (const { id, url } of records) {
  reads.push(`/v1/images/${id}`);
  if (url) images.push(pathOf(url));
}
images.push(pathOf((await ask('GET', '/v1/pages/blog/first')).url));

const answers = {
  at: new Date().toISOString(),
  key: made.key,
  requests,
  made,
  reads: Object.fromEntries(
    await Promise.all(reads.map(async (path) => [path, await ask('GET', path)])),
  ),
  images: Object.fromEntries(
    await Promise.all(
      images.map(async (path) => {
        const { createHash } = await import('node:crypto');
        return [
          path,
          createHash('sha256')
            .update(await ask('GET', path))
            .digest('hex'),
        ];
      }),
    ),
  ),
};
writeFileSync(join(target, 'answers.json'), `${JSON.stringify(answers, null, 2)}\n`);

const ended = new Promise((done) => service.once('exit', done));
service.kill('SIGTERM');
await ended;
receiver.close();
console.log(execFileSync('du', ['-a', target], { encoding: 'utf8' }));
