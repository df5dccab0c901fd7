import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../../src/observability/metrics.js';

const figuresOf = (queue: string, jobs: Record<string, number>, oldestWaitingSeconds = 0) => ({
  queue,
  jobs,
  oldestWaitingSeconds,
});

describe('the metrics', () => {
  it('count what they are told, in the exposition format', async () => {
    const metrics = createMetrics();
    metrics.httpRequest('GET', '/v1/images/{id}', 200, 0.003);
    metrics.submission('joined');
    metrics.submission('joined');
    metrics.renderStage('encode', 0.2);
    metrics.imageSettled('article', 'completed');
    metrics.imageSettled('article', 'failed', 'render_timeout');
    metrics.imageCompleted(4);
    metrics.browserRestart('quota');
    metrics.pageDiscarded('render_timeout');
    metrics.egressRefusal('browser', 'forbidden_address');
    metrics.storageError('put', 'full');
    metrics.fallbackAnswer('late');
    metrics.hookRequest('sender_unverified');
    metrics.deliveryAttempt('refused');
    metrics.deliverySettled('failed');
    metrics.endpointDisabled('gone');
    metrics.describeBuild('1.2.3');
    metrics.limitQueue(500);
    const lines = (await metrics.text()).split('\n');
    for (const line of [
      'cardpress_http_requests_total{method="GET",route="/v1/images/{id}",status="200"} 1',
      'cardpress_http_request_duration_seconds_bucket{le="0.005",method="GET",route="/v1/images/{id}"} 1',
      'cardpress_submissions_total{outcome="joined"} 2',
      'cardpress_render_stage_seconds_sum{stage="encode"} 0.2',
      'cardpress_images_settled_total{template="article",status="completed",code=""} 1',
      'cardpress_images_settled_total{template="article",status="failed",code="render_timeout"} 1',
      'cardpress_image_duration_seconds_bucket{le="5"} 1',
      'cardpress_browser_restarts_total{reason="quota"} 1',
      'cardpress_browser_pages_discarded_total{code="render_timeout"} 1',
      'cardpress_egress_refused_total{by="browser",reason="forbidden_address"} 1',
      'cardpress_storage_errors_total{operation="put",kind="full"} 1',
      'cardpress_fallback_answers_total{reason="late"} 1',
      'cardpress_hook_requests_total{outcome="sender_unverified"} 1',
      'cardpress_delivery_attempts_total{outcome="refused"} 1',
      'cardpress_deliveries_settled_total{status="failed"} 1',
      'cardpress_endpoints_disabled_total{reason="gone"} 1',
      'cardpress_build_info{version="1.2.3"} 1',
      'cardpress_queue_limit_jobs 500',
    ]) {
      expect(lines).toContain(line);
    }
    const at = /^cardpress_last_completed_timestamp_seconds (\S+)$/m.exec(lines.join('\n'))?.[1];
    expect(Math.abs(Number(at) - Date.now() / 1_000)).toBeLessThan(60);
  });

  it('tell the state of the process and its event loop', async () => {
    const text = await createMetrics().text();
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(text).toMatch(/^process_open_fds \d+/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  it('have counts of known labels at 0 before the first, so that the first is an increase', async () => {
    const lines = (await createMetrics().text()).split('\n');
    expect(lines).toContain('cardpress_browser_restarts_total{reason="crashed"} 0');
    expect(lines).toContain('cardpress_browser_pages_discarded_total{code="stamp_mismatch"} 0');
    expect(lines).toContain('cardpress_delivery_attempts_total{outcome="delivered"} 0');
    expect(lines).toContain('cardpress_endpoints_disabled_total{reason="failing"} 0');
  });

  it('say nothing of what this process does not know, rather than 0', async () => {
    const text = await createMetrics().text();
    expect(text).not.toMatch(/^cardpress_last_completed_timestamp_seconds /m);
    expect(text).not.toMatch(/^cardpress_queue_limit_jobs /m);
  });
});

describe('figures that are read at each scrape', () => {
  it('forget states that are gone', async () => {
    const metrics = createMetrics();
    let queues = [figuresOf('renders', { waiting: 3, active: 2 }, 1.5), figuresOf('bulk', {})];
    metrics.collectQueues(async () => queues);
    metrics.collectPagePool(() => ({ idle: 1, busy: 4 }));
    const first = (await metrics.text()).split('\n');
    expect(first).toContain('cardpress_queue_jobs{queue="renders",state="waiting"} 3');
    expect(first).toContain('cardpress_queue_jobs{queue="renders",state="active"} 2');
    expect(first).toContain('cardpress_queue_oldest_waiting_seconds{queue="renders"} 1.5');
    expect(first).toContain('cardpress_queue_oldest_waiting_seconds{queue="bulk"} 0');
    expect(first).toContain('cardpress_browser_pages{state="busy"} 4');
    queues = [figuresOf('renders', { waiting: 9 })];
    const second = await metrics.text();
    expect(second).toContain('cardpress_queue_jobs{queue="renders",state="waiting"} 9');
    expect(second).not.toContain('state="active"');
    expect(second).not.toContain('queue="bulk"');
  });

  it('share one reading a scrape', async () => {
    const metrics = createMetrics();
    let readings = 0;
    metrics.collectRedis(async () => {
      readings += 1;
      return { usedBytes: readings, maxBytes: 10, clients: 4, canPersist: false };
    });
    const lines = (await metrics.text()).split('\n');
    expect(readings).toBe(1);
    expect(lines).toContain('cardpress_redis_used_memory_bytes 1');
    expect(lines).toContain('cardpress_redis_max_memory_bytes 10');
    expect(lines).toContain('cardpress_redis_clients 4');
    expect(lines).toContain('cardpress_redis_can_persist 0');
    expect(await metrics.text()).toContain('cardpress_redis_used_memory_bytes 2\n');
  });

  it('are left out when their source fails or hangs, and the rest is shown', async () => {
    const metrics = createMetrics();
    let works = true;
    metrics.collectQueues(() => {
      if (!works) throw new Error('Redis is away');
      return [figuresOf('renders', { waiting: 1 })];
    });
    metrics.collectBatches(() => (works ? Promise.resolve(2) : new Promise(() => undefined)));
    const before = await metrics.text();
    expect(before).toContain('cardpress_queue_jobs{queue="renders",state="waiting"} 1');
    expect(before).toContain('cardpress_batches_open 2');
    works = false;
    metrics.submission('reused');
    const text = await metrics.text();
    expect(text).not.toContain('cardpress_queue_jobs{');
    expect(text).not.toMatch(/^cardpress_batches_open /m);
    expect(text).toContain('cardpress_submissions_total{outcome="reused"} 1');
  });

  it('tell readiness by check, deliveries by status, and memory only where it is known', async () => {
    const metrics = createMetrics();
    metrics.collectReadiness(async () => ({
      checks: { redis: { ok: true }, browser: { ok: false } },
    }));
    metrics.collectDeliveries(async () => ({
      byStatus: { pending: 2, disabled: 5 },
      oldestPendingSeconds: 7,
    }));
    metrics.collectBrowser(async () => ({ processes: 3, bytes: undefined, limitBytes: 2e9 }));
    const text = await metrics.text();
    for (const line of [
      'cardpress_ready{check="redis"} 1',
      'cardpress_ready{check="browser"} 0',
      'cardpress_deliveries{status="disabled"} 5',
      'cardpress_deliveries_oldest_pending_seconds 7',
      'cardpress_browser_processes 3',
      'cardpress_browser_memory_limit_bytes 2000000000',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).not.toMatch(/^cardpress_browser_memory_bytes /m);
  });
});
