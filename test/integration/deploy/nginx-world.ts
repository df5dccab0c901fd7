import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask } from '../../support/api-client.js';
import { requireService } from '../../support/require-service.js';
import { freePort } from '../../support/service-environment.js';
import { until } from '../../support/until.js';

const RECIPE = fileURLToPath(new URL('../../../deploy/nginx/cardpress.conf', import.meta.url));

/** Stands between nginx and the service: counts what reaches the service, and can go away. */
export async function startRelay(origin: string) {
  const seen: { method: string; url: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((req, res) => {
    const { method = '', url = '', headers } = req;
    seen.push({ method, url, headers });
    const onward = request(origin + url, { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    /** How often the service was asked for an address that begins so. */
    count: (start: string) => seen.filter(({ url }) => url.startsWith(start)).length,
    stop(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The shipped recipe with another address, origin and folder, and nothing else changed. */
async function recipeWith(replacements: Record<string, string>): Promise<string> {
  let text = await readFile(RECIPE, 'utf8');
  for (const [from, to] of Object.entries(replacements)) {
    if (text.split(from).length !== 2) throw new Error(`the recipe holds "${from}" not just once`);
    text = text.replace(from, to);
  }
  return text;
}

function mainConf(folder: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return [
    // Else a nobody would have to write into a folder of root.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;',
    'worker_processes 1;',
    `pid ${folder}/nginx.pid;`,
    'events { worker_connections 4096; }',
    `http { access_log off; ${paths.join(' ')} include ${folder}/cardpress.conf; }`,
  ].join('\n');
}

/** Debian's nginx over the shipped recipe, before whatever listens on `originPort`. */
export async function startNginx(originPort: number) {
  await requireService('nginx');
  const folder = await mkdtemp(join(tmpdir(), 'cp-nginx-'));
  const port = await freePort();
  const cacheFolder = join(folder, 'cache');
  await mkdir(cacheFolder);
  const recipe = await recipeWith({
    'listen 80;': `listen 127.0.0.1:${port};`,
    'server 127.0.0.1:3000;': `server 127.0.0.1:${originPort};`,
    'proxy_cache_path /var/cache/cardpress': `proxy_cache_path ${cacheFolder}`,
  });
  await writeFile(join(folder, 'cardpress.conf'), recipe);
  await writeFile(join(folder, 'nginx.conf'), mainConf(folder));
  const args = ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')];
  // Debian keeps it where only root's PATH looks.
  const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;
  const child = spawn('nginx', args, {
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      said += `nginx cannot be started (install Debian's nginx-light): ${error.message}`;
      hasEnded = true;
      resolve();
    });
    child.once('close', () => {
      hasEnded = true;
      resolve();
    });
  });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (hasEnded) throw new Error(said);
    return ask(url, '', { key: null }).then(
      () => true,
      () => false,
    );
  }, 20_000);

  /** What nginx wrote down with the answer under a key, in seconds; undefined where it keeps none. */
  async function kept(key: string) {
    const entries = await readdir(cacheFolder, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const file = await readFile(join(entry.path, entry.name));
      if (!file.subarray(0, 9_000).includes(`\nKEY: ${key}\n`)) continue;
      // ngx_http_file_cache_header_t, version 5: each time is of eight bytes.
      const time = (at: number) => Number(file.readBigInt64LE(at * 8));
      if (time(0) !== 5) throw new Error(`nginx has another cache format: ${time(0)}`);
      const [, validUntil, updatingFor, errorFor, , date] = [0, 1, 2, 3, 4, 5].map(time);
      return { freshFor: (validUntil ?? 0) - (date ?? 0), updatingFor, errorFor };
    }
    return undefined;
  }

  return {
    url,
    kept,
    /** What it wrote to its error log. */
    said: () => said,
    async stop(): Promise<void> {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
