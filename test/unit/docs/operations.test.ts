import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { commands } from '../../../src/cli/commands.js';
import { createMetrics } from '../../../src/observability/metrics.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(`${root}docs/operations.md`, 'utf8');
const rules = readFileSync(`${root}deploy/prometheus/alerts.yml`, 'utf8');

const alerts = rules
  .split(/^ {6}- alert: /m)
  .slice(1)
  .map((text) => ({ name: /^\w+/.exec(text)?.[0] ?? '', text }));
const [general = '', alarms = ''] = page.split(/^# The alarms$/m);
const sections = new Map(
  alarms
    .split(/^## /m)
    .slice(1)
    .map((text) => [/^\w+/.exec(text)?.[0] ?? '', text]),
);

function sourceText(): string {
  const files = ['src', 'workers'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(`${root}${folder}/${name}`, 'utf8')),
  );
  return files.join('\n');
}

/** Every metric of ours by name, those that are read at a scrape included. */
async function ownMetrics(): Promise<string[]> {
  const metrics = createMetrics();
  metrics.collectPagePool(() => ({}));
  metrics.collectBrowser(async () => ({ processes: 0, bytes: 0, limitBytes: 1 }));
  metrics.collectReadiness(async () => ({ checks: {} }));
  metrics.collectQueues(() => []);
  metrics.collectDeliveries(async () => ({ byStatus: {}, oldestPendingSeconds: 0 }));
  metrics.collectBatches(async () => 0);
  metrics.collectRedis(async () => ({ usedBytes: 0, maxBytes: 0, clients: 0, canPersist: true }));
  const text = await metrics.text();
  return [...text.matchAll(/^# TYPE (cardpress_\w+)/gm)].map(([, name = '']) => name);
}

describe('the run book', () => {
  it('has a heading for every alert, in the same order, and none for others', () => {
    expect(alerts.length).toBeGreaterThan(20);
    expect([...sections.keys()]).toEqual(alerts.map(({ name }) => name));
  });

  it.each(alerts)(
    '$name points at its heading, with a summary and a severity',
    ({ name, text }) => {
      expect(text).toContain(`runbook: docs/operations.md#${name.toLowerCase()}\n`);
      expect(text).toMatch(/summary: "[^"].*"\n/);
      expect(text).toMatch(/severity: (critical|warning|info)\n/);
    },
  );

  it.each([...sections])(
    '%s says what it means, what to look at, what to do, and when it is harmless',
    (_, text) => {
      for (const part of ['**Means.** ', '**Look.** ', '**Do.** ', '**Harmless** ']) {
        expect(text.split(part).length).toBe(2);
      }
      const look = /\*\*Look\.\*\* (.*)/.exec(text)?.[1] ?? '';
      expect(look).toMatch(/`[^`]+`|"[A-Z]/);
    },
  );

  it('names every metric of ours, and none that is not there', async () => {
    const told = [...general.matchAll(/^\| (`cardpress_.*?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(cardpress_\w+)`/g)].map(([, name = '']) => name),
    );
    expect(told.sort()).toEqual((await ownMetrics()).sort());
  });

  it('searches the log for sentences that are logged', () => {
    const sources = sourceText();
    const searched = [...alarms.matchAll(/grep (?:-E )?"([^"]+)"/g)].flatMap(([, words = '']) =>
      words.split('|'),
    );
    expect(searched.length).toBeGreaterThan(6);
    expect(searched.filter((words) => !sources.includes(words))).toEqual([]);
  });

  it('names panels that the dashboard has', () => {
    const dashboard = readFileSync(`${root}deploy/grafana/dashboards/cardpress.json`, 'utf8');
    const titles = [...dashboard.matchAll(/"title": "([^"]+)"/g)].map(([, title = '']) => title);
    const isNamed = (words: string) => titles.some((title) => title.startsWith(words));
    const prose = alarms.replace(/`[^`]*`/g, '');
    const named = [...prose.matchAll(/"([A-Z][a-z]+(?: [a-z]+)*)"/g)].map(
      ([, words = '']) => words,
    );
    const others = ['No usable sandbox'];
    expect(named.filter((words) => !isNamed(words) && !others.includes(words))).toEqual([]);
  });

  it('uses commands that exist', () => {
    const used = [...page.matchAll(/(?:npx cardpress|bin\/cardpress\.mjs) (\w+)/g)];
    expect(used.length).toBeGreaterThan(5);
    const names = commands.map(({ name }) => name);
    expect(used.filter(([, command = '']) => !names.includes(command))).toEqual([]);
  });

  it('refers to sections that are there', () => {
    const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    const targets = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(targets.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
  });
});
