import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { requireService } from '../../support/require-service.js';

export const DEPLOY = fileURLToPath(new URL('../../../deploy/', import.meta.url));
export const ALERTS = `${DEPLOY}prometheus/alerts.yml`;
export const ALERT_TESTS = `${DEPLOY}prometheus/alerts.test.yml`;

interface Target {
  refId: string;
  expr: string;
  datasource: { type: string; uid: string };
}

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { type: string; uid: string };
  fieldConfig?: { defaults: { unit: string } };
  options?: object;
  targets?: Target[];
}

export interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  panels: Panel[];
  templating: { list: { name: string; type: string; query: string }[] };
  annotations: { list: { expr?: string }[] };
}

export const loadDashboard = (): Dashboard =>
  JSON.parse(readFileSync(`${DEPLOY}grafana/dashboards/cardpress.json`, 'utf8'));

/** Every expression of the dashboard, with what Grafana puts in for its variables. */
export function dashboardExpressions({ panels, annotations }: Dashboard): string[] {
  const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const noted = annotations.list.flatMap(({ expr }) => expr ?? []);
  return [...shown, ...noted].map((expr) => expr.replaceAll('$__rate_interval', '1m'));
}

/** The alerts by name, as they stand in the file. */
export function readAlerts(): { name: string; text: string; expr: string }[] {
  const blocks = readFileSync(ALERTS, 'utf8')
    .split(/^ {6}- alert: /m)
    .slice(1);
  return blocks.map((text) => ({
    name: /^\w+/.exec(text)?.[0] ?? '',
    text,
    expr: (/expr: >-\n((?: {10}.*\n)+)/.exec(text)?.[1] ?? '').replace(/\s+/g, ' ').trim(),
  }));
}

/** Prometheus' own checker; throws with what it says where it is not content. */
export async function promtool(...args: string[]): Promise<string> {
  await requireService('prometheus');
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout + stderr;
}

export interface Selector {
  metric: string;
  /** Label, operator, value. */
  matchers: [string, string, string][];
}

/** What an expression of ours asks for: its metrics with what their labels must be. */
export function selectorsOf(expr: string): Selector[] {
  const found = expr.matchAll(
    /\b((?:cardpress|process|nodejs)_\w+|up)\b(?:\{([^}]*(?:\{\w+\}[^}]*)*)\})?/g,
  );
  return [...found].map(([, metric = '', inside = '']) => ({
    metric,
    matchers: [...inside.matchAll(/(\w+)\s*(=~|!=|!~|=)\s*"([^"]*)"/g)].map(
      ([, label = '', operator = '', value = '']) => [label, operator, value],
    ),
  }));
}

/** `# TYPE` lines of an exposition: the metrics by name, with the names that histograms have. */
export function metricNames(exposition: string): Set<string> {
  const names = new Set<string>();
  for (const [, name = '', type] of exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    names.add(name);
    if (type !== 'histogram') continue;
    for (const suffix of ['bucket', 'sum', 'count']) names.add(`${name}_${suffix}`);
  }
  return names;
}

/** The samples of a metric, each as its labels. */
export function samplesOf(exposition: string, metric: string): Record<string, string>[] {
  const lines = exposition.matchAll(new RegExp(`^${metric}(?:\\{(.*)\\})? \\S+$`, 'gm'));
  return [...lines].map(([, labels = '']) =>
    Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    ),
  );
}
