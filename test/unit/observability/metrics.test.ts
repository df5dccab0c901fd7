import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../../src/observability/metrics.js';

describe('the metrics', () => {
  it('count what they are told, in the exposition format', async () => {
    const metrics = createMetrics();
    metrics.httpRequest('GET', '/v1/images/{id}', 200, 0.003);
    metrics.submission('joined');
    metrics.submission('joined');
    metrics.renderStage('encode', 0.2);
    metrics.imageSettled('article', 'completed');
    metrics.imageSettled('article', 'failed', 'render_timeout');
    metrics.browserRestart('quota');
    metrics.egressRefusal('private_address');
    const lines = (await metrics.text()).split('\n');
    for (const line of [
      'cardpress_http_requests_total{method="GET",route="/v1/images/{id}",status="200"} 1',
      'cardpress_http_request_duration_seconds_bucket{le="0.005",method="GET",route="/v1/images/{id}"} 1',
      'cardpress_submissions_total{outcome="joined"} 2',
      'cardpress_render_stage_seconds_sum{stage="encode"} 0.2',
      'cardpress_images_settled_total{template="article",status="completed",code=""} 1',
      'cardpress_images_settled_total{template="article",status="failed",code="render_timeout"} 1',
      'cardpress_browser_restarts_total{reason="quota"} 1',
      'cardpress_egress_refused_total{reason="private_address"} 1',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('tell the state of the process and its event loop', async () => {
    const text = await createMetrics().text();
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  it('read queue and pages at each scrape, and forget states that are gone', async () => {
    const metrics = createMetrics();
    let depth: Record<string, number> = { waiting: 3, active: 2 };
    metrics.collectQueueDepth(async () => depth);
    metrics.collectPagePool(() => ({ idle: 1, busy: 4 }));
    const first = await metrics.text();
    expect(first).toContain('cardpress_queue_jobs{state="waiting"} 3');
    expect(first).toContain('cardpress_queue_jobs{state="active"} 2');
    expect(first).toContain('cardpress_browser_pages{state="busy"} 4');
    depth = { waiting: 9 };
    const second = await metrics.text();
    expect(second).toContain('cardpress_queue_jobs{state="waiting"} 9');
    expect(second).not.toContain('state="active"');
  });

  it('leave a gauge out when its source fails, and show the rest', async () => {
    const metrics = createMetrics();
    let works = true;
    metrics.collectQueueDepth(() => {
      if (!works) throw new Error('Redis is away');
      return { waiting: 1 };
    });
    expect(await metrics.text()).toContain('cardpress_queue_jobs{state="waiting"} 1');
    works = false;
    metrics.submission('reused');
    const text = await metrics.text();
    expect(text).not.toContain('cardpress_queue_jobs{');
    expect(text).toContain('cardpress_submissions_total{outcome="reused"} 1');
  });
});
