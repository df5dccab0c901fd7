import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { colourFields } from '../../support/colour-code.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { metricIn } from '../../support/service-environment.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';
import {
  ALERT_TESTS,
  ALERTS,
  DEPLOY,
  dashboardExpressions,
  loadDashboard,
  metricNames,
  promtool,
  readAlerts,
  type Selector,
  samplesOf,
  selectorsOf,
} from './monitoring-files.js';

const alerts = readAlerts();
const dashboard = loadDashboard();
const expressions = [...alerts.map(({ expr }) => expr), ...dashboardExpressions(dashboard)];

describe('the files for Prometheus', () => {
  it('load: configuration and alerts', async () => {
    expect(await promtool('check', 'rules', ALERTS)).toContain(`${alerts.length} rules found`);
    expect(await promtool('check', 'config', `${DEPLOY}prometheus/prometheus.yml`)).toContain(
      'SUCCESS',
    );
  });

  it('hold alerts that go off when they should, and not before', async () => {
    expect(await promtool('test', 'rules', ALERT_TESTS)).toContain('SUCCESS');
  }, 240_000);

  it('test every alert: silent while all is well, silent at first, then firing', async () => {
    const [head = '', ...cases] = (await readFile(ALERT_TESTS, 'utf8'))
      .split(/^ {2}- name: /m)
      .slice(1);
    for (const { name } of alerts) {
      expect(head).toContain(`alertname: ${name} }`);
      const own = cases.find((text) => text.startsWith(`${name}\n`)) ?? `no test of ${name}`;
      expect(own).toMatch(new RegExp(`eval_time: \\w+, alertname: ${name} }`));
      expect(own).toMatch(new RegExp(`alertname: ${name}\\n\\s+exp_alerts:\\n\\s+- exp_labels`));
    }
    expect(cases.length).toBe(alerts.length);
  });
});

describe('the dashboard', () => {
  // https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
  it('is of the form that Grafana reads', () => {
    expect(dashboard).toMatchObject({ uid: 'cardpress', title: 'Cardpress' });
    expect(dashboard.uid).toMatch(/^[\w-]{8,40}$/);
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    expect(dashboard.templating.list).toContainEqual(
      expect.objectContaining({ name: 'datasource', type: 'datasource', query: 'prometheus' }),
    );
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const {
      type,
      title,
      fieldConfig,
      options,
      datasource,
      targets = [],
    } of dashboard.panels) {
      expect([title, ['row', 'stat', 'timeseries'].includes(type)]).toEqual([title, true]);
      if (type === 'row') continue;
      const source = { type: 'prometheus', uid: expect.stringMatching(/^\$\{datasource\}$/) };
      expect([title, datasource, typeof options]).toEqual([title, source, 'object']);
      expect(fieldConfig?.defaults.unit).toMatch(/^\w+$/);
      expect(targets.length).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      for (const target of targets) expect(target.datasource).toEqual(source);
    }
  });

  it('lays its panels side by side, none over another', () => {
    const cells = new Set<string>();
    for (const { gridPos, title } of dashboard.panels) {
      const { x, y, w, h } = gridPos;
      expect([title, x >= 0 && x + w <= 24]).toEqual([title, true]);
      for (let i = 0; i < w * h; i += 1) {
        const cell = `${x + (i % w)} ${y + Math.floor(i / w)}`;
        expect([title, cells.has(cell)]).toEqual([title, false]);
        cells.add(cell);
      }
    }
  });

  it('asks what Prometheus understands', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cp-monitoring-'));
    try {
      // YAML is a superset of JSON; as recording rules, the expressions are parsed.
      const rules = dashboardExpressions(dashboard).map((expr, i) => ({ record: `x${i}`, expr }));
      const file = join(folder, 'rules.yml');
      await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
      expect(await promtool('check', 'rules', file)).toContain(`${rules.length} rules found`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the processes', () => {
  let redis: RedisServer;
  let dataDir: string;
  let processes: ServiceProcess[] = [];
  let texts: string[];

  beforeAll(async () => {
    redis = await startRedis();
    dataDir = await mkdtemp(join(tmpdir(), 'cp-monitoring-'));
    const env = { DATA_DIR: dataDir, REDIS_URL: `unix://${redis.socketPath}` };
    processes = await Promise.all([
      startServiceProcess({ program: 'service', env: { ...env, CARDPRESS_ROLE: 'api' } }),
      startServiceProcess({ program: 'worker', env }),
      startServiceProcess({ program: 'deliver', env }),
    ]);
    const [api] = processes;
    const data = colourFields('monitored');
    const { status } = (await api?.api('/v1/images', {
      body: { template: 'colour-code', data, wait: 30 },
    })) ?? { status: 0 };
    expect(status).toBe(201);
    const scrape = async (one: ServiceProcess) =>
      (await one.api('/metrics', { key: null })).bytes.toString();
    // The worker's own count is written after whoever waited has the answer.
    texts = await until(async () => {
      const found = await Promise.all(processes.map(scrape));
      return metricIn(found[1] ?? '', 'cardpress_images_settled_total') === 1 && found;
    }, 30_000);
  }, 180_000);
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.signal('SIGKILL')));
    await redis?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('tell every metric that an alert or the dashboard asks for', () => {
    const told = metricNames(texts.join('\n'));
    const asked = expressions.flatMap(selectorsOf).map(({ metric }) => metric);
    expect(new Set(asked).size).toBeGreaterThan(30);
    // Prometheus makes `up` itself.
    expect([...new Set(asked)].filter((name) => name !== 'up' && !told.has(name))).toEqual([]);
  });

  it('tell them with the labels that are asked for', () => {
    const exposition = texts.join('\n');
    /** Those that Prometheus adds, and values that stand for things which have not happened here. */
    const isOpen = (label: string) => ['job', 'instance', 'alertname'].includes(label);
    const closed = ['queue', 'state', 'check', 'stage'];
    const wrong = ({ metric, matchers }: Selector): string[] => {
      const samples = samplesOf(exposition, metric);
      return matchers.flatMap(([label, operator, value]) => {
        if (isOpen(label) || samples.length === 0) return [];
        if (samples.some((one) => one[label] === undefined)) return [`${metric} has no ${label}`];
        if (!closed.includes(label) || !['=', '=~'].includes(operator)) return [];
        const fits = new RegExp(`^(?:${value})$`);
        return samples.some((one) => fits.test(one[label] ?? ''))
          ? []
          : [`${metric} is never ${label}="${value}"`];
      });
    };
    expect(expressions.flatMap(selectorsOf).flatMap(wrong)).toEqual([]);
  });

  it('each say which version they are, what they need, and what stands in Redis', () => {
    const checks = [['redis', 'storage'], ['redis', 'storage', 'browser'], ['redis']];
    for (const [i, text] of texts.entries()) {
      expect(metricIn(text, 'cardpress_build_info')).toBe(1);
      const ready = samplesOf(text, 'cardpress_ready').map(({ check }) => check);
      expect(ready.sort()).toEqual(checks[i]?.sort());
      expect(metricIn(text, 'cardpress_ready')).toBe(checks[i]?.length);
      expect(metricIn(text, 'cardpress_redis_used_memory_bytes')).toBeGreaterThan(100_000);
      expect(metricIn(text, 'cardpress_redis_can_persist')).toBe(1);
      const queues = new Set(samplesOf(text, 'cardpress_queue_jobs').map(({ queue }) => queue));
      expect([...queues].sort()).toEqual([
        'deliveries',
        'renders',
        'renders-alone',
        'renders-bulk',
        'renders-links',
      ]);
    }
  });

  it('tell what the worker did, and what its browser takes', () => {
    const [api = '', worker = ''] = texts;
    expect(metricIn(worker, 'cardpress_image_duration_seconds_count')).toBe(1);
    expect(metricIn(worker, 'cardpress_last_completed_timestamp_seconds')).toBeGreaterThan(1e9);
    expect(metricIn(worker, 'cardpress_browser_memory_bytes')).toBeGreaterThan(10e6);
    expect(metricIn(api, 'cardpress_queue_limit_jobs')).toBe(10_000);
  });
});
