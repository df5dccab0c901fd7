/**
 * Run inside the container by check-container.sh: whether Chromium's sandbox holds there.
 * Its input is this file, so it imports from the image's own folder, /app.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';

const { chromium } = createRequire('/app/package.json')('playwright');
const failures = [];
const check = (what, ok) => {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}`);
  if (!ok) failures.push(what);
};
const statusOf = (pid, key) =>
  readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${key}:\\s+(\\S+)`, 'm'))?.[1];

check('runs as an ordinary user', process.getuid() === 10001);
check('has no capability', /^0+$/.test(statusOf('self', 'CapEff') ?? ''));
check('cannot gain privileges', statusOf('self', 'NoNewPrivs') === '1');
check('is under the system call filter', statusOf('self', 'Seccomp') === '2');
const unshare = (...args) => spawnSync('unshare', [...args, 'true']).status === 0;
check('may make a user namespace', unshare('--user'));
check('may make no mount namespace', !unshare('--user', '--mount'));
check('may make no IPC namespace', !unshare('--user', '--ipc'));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH,
  chromiumSandbox: true,
  args: ['--disable-dev-shm-usage'],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 630 } });
await page.setContent('<h1 style="font-size:90px">Größe 漢字 🙂 العربية हिन्दी</h1>');
const picture = await page.screenshot();
check(`draws a picture (${picture.length} bytes)`, picture.length > 10_000);

const processes = readdirSync('/proc')
  .filter((name) => /^\d+$/.test(name))
  .map((pid) => ({ pid, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }));
const renderers = processes.filter(({ command }) => command.includes('--type=renderer'));
check(`has renderers (${renderers.length})`, renderers.length > 0);
for (const { pid } of renderers) {
  check(`renderer ${pid} has a system call filter of its own`, filters(pid) > filters('self'));
  check(`renderer ${pid} is outside our process namespace`, nested(pid));
}
check(
  'no process runs without the sandbox',
  processes.every(({ command }) => !command.includes('--no-sandbox')),
);
await browser.close();
process.exit(failures.length > 0 ? 1 : 0);

function filters(pid) {
  return Number(statusOf(pid, 'Seccomp_filters'));
}

/** A process of an inner PID namespace has one id in each, the outermost first. */
function nested(pid) {
  const ids = readFileSync(`/proc/${pid}/status`, 'utf8')
    .match(/^NSpid:\s+(.*)$/m)?.[1]
    ?.split(/\s+/);
  if (ids) return ids.length > 1;
  return readlinkSync(`/proc/${pid}/ns/pid`) !== readlinkSync('/proc/self/ns/pid');
}
