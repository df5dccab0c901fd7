import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { captureWays } from '../../../src/browser/capture.js';
import { colourBody, coloursOf, shownColours } from '../../support/colour-code.js';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';
import { startTrap, type Trap } from '../../support/trap-server.js';

/*
 * Bodies that no lint has seen, in a real Chromium: what holds when a template, or a hole in the
 * escaping, lets markup through.
 */

describe.each(captureWays)('captured by %s', (captureWay) => {
  let engine: Engine;
  let traps: Trap[];

  beforeAll(async () => {
    engine = await startEngine({ timeoutMs: 15_000, captureWay });
    const [four, six] = [await startTrap(), await startTrap({ host: '::1' })];
    traps = [four, six];
  });
  afterAll(async () => {
    await engine?.stop();
    await Promise.all((traps ?? []).map((trap) => trap.close()));
  });

  const next = bareTemplate();

  /** Whatever a hostile body led to, the next job must be drawn, and be its own. */
  async function expectNextIsWell(): Promise<void> {
    const { pixels } = await engine.draw(next, colourBody('well'));
    expect(await shownColours(pixels)).toEqual(coloursOf('well'));
  }

  describe('script in a body', () => {
    const template = bareTemplate();
    const written = 'document.documentElement.dataset.ran = 1; document.title = "ran"';
    const bodies: [string, string][] = [
      ['a script element', `<script>${written}</script>`],
      ['a script of type module', `<script type="module">${written}</script>`],
      ['an onerror handler', `<img src="/nothing" onerror='${written}'>`],
      ['an onload handler', `<svg onload='${written}'></svg><body onload='${written}'>`],
      [
        'an event of an animation',
        `<style>@keyframes k{from{top:0}}</style><i style="animation:k 1ms" onanimationend='${written}'></i>`,
      ],
      ['a details toggle', `<details open ontoggle='${written}'>x</details>`],
      ['a focus handler', `<input autofocus onfocus='${written}'>`],
      ['a javascript: picture', `<img src='javascript:${written}'>`],
      ['a javascript: frame', `<iframe src='javascript:parent.${written}'></iframe>`],
      [
        'a srcdoc frame',
        `<iframe srcdoc="<script>parent.${written.replaceAll('"', '')}</script>"></iframe>`,
      ],
      [
        'a javascript: refresh',
        `<meta http-equiv="refresh" content="0;url=javascript:${written.replaceAll('"', "'")}">`,
      ],
      [
        'script in SVG',
        `<svg><script>${written}</script><a href='javascript:${written}'><text>x</text></a></svg>`,
      ],
    ];

    it.each(bodies)('never runs: %s', async (_name, html) => {
      await engine.draw(template, html).catch(() => undefined);
      const ran = await Promise.all(
        engine
          .pages()
          // The template page, and the document around it; what a body frames may never load.
          .flatMap((page) => page.frames().slice(0, captureWay === 'element' ? 2 : 1))
          .map((frame) =>
            frame
              .evaluate(() => document.documentElement.dataset.ran ?? document.title)
              .catch(() => ''),
          ),
      );
      expect(ran.filter((mark) => mark !== '')).toEqual([]);
      await expectNextIsWell();
    });
  });

  describe('a body that wants out', () => {
    const at = (port: number, host: string) => `http://${host}:${port}`;
    /** Every way of asking for `address` that a document without script has. */
    function ways(address: string): string[] {
      const secure = address.replace('http:', 'https:');
      const socket = address.replace('http:', 'ws:');
      return [
        `<img src="${address}/img"><img srcset="${address}/srcset 1x"><input type="image" src="${address}/input">`,
        `<picture><source srcset="${address}/source"><img src="${secure}/secure"></picture>`,
        `<p style="background:url(${address}/background);border-image:url(${address}/border) 1;list-style:url('${address}/list');cursor:url(${address}/cursor),auto;mask:url(${address}/mask);content:url(${address}/content)">x</p>`,
        `<style>@import url(${address}/import);@import "${address}/import2";@font-face{font-family:x;src:url(${address}/font)}p{font-family:x;background:image-set("${address}/set" 1x)}</style><p>x</p>`,
        `<link rel="stylesheet" href="${address}/css"><link rel="preload" as="image" href="${address}/preload"><link rel="prefetch" href="${address}/prefetch"><link rel="dns-prefetch" href="${address}"><link rel="preconnect" href="${address}"><link rel="icon" href="${address}/icon">`,
        `<iframe src="${address}/frame"></iframe><object data="${address}/object"></object><embed src="${address}/embed">`,
        `<video src="${address}/video" poster="${address}/poster" autoplay></video><audio src="${address}/audio" autoplay></audio><track src="${address}/track">`,
        `<svg><image href="${address}/svg"/><use href="${address}/use#x"/><filter id="f"><feImage href="${address}/fe"/></filter><rect filter="url(#f)" width="9" height="9"/></svg>`,
        `<iframe srcdoc="<img src='${address}/srcdoc'>"></iframe><iframe src="data:text/html,<img src='${address}/data'>"></iframe>`,
        `<meta http-equiv="refresh" content="0;url=${address}/refresh"><base href="${address}/"><img src="based">`,
        `<form action="${address}/form"><button autofocus>x</button></form><a href="${address}/a" ping="${socket}/ping" autofocus>x</a>`,
        `<img src="//${new URL(address).host}/relative"><img src="HTTP:\\\\${new URL(address).host}\\slashes">`,
      ];
    }
    const hosts = [
      '127.0.0.1',
      '[::1]',
      'localhost',
      '[::ffff:127.0.0.1]',
      '2130706433',
      '0',
      'localhost.',
      'trap.localhost',
    ];

    beforeEach(() => {
      engine.refused.length = 0;
    });

    it.each(hosts)('does not get there: %s', async (host) => {
      const all = traps.map((trap) => ways(at(trap.port, host)));
      // The refresh leads the page away, so it has a body of its own.
      const leads = (way: string) => way.includes('refresh');
      const template = bareTemplate();
      await engine.draw(template, all.flatMap((w) => w.filter((way) => !leads(way))).join('\n'));
      for (const way of all.flatMap((w) => w.filter(leads))) {
        // What becomes of such a picture does not matter here; that no socket was opened does.
        await engine.draw(template, way).catch(() => undefined);
      }
      expect(traps.map((trap) => trap.connections)).toEqual([0, 0]);
      await expectNextIsWell();
    });

    it('is stopped by the proxy where the policy of the page lets its addresses through', async () => {
      const declared = traps.map((trap) => `localhost:${trap.port}`);
      // As if declared, and yet private: the page may ask, the proxy does not dial.
      const template = bareTemplate('', { network: declared });
      const bodies = declared.flatMap((host) => ways(`http://${host}`));
      await engine.draw(template, bodies.filter((way) => !way.includes('refresh')).join('\n'));
      expect(new Set(engine.refused)).toEqual(new Set(declared));
      expect(traps.map((trap) => trap.connections)).toEqual([0, 0]);
    });

    it('cannot read the files of the machine', async () => {
      const { warnings } = await engine.draw(
        bareTemplate(),
        '<img src="file:///usr/share/pixmaps/debian-logo.png" data-field="a"><iframe src="file:///etc/passwd"></iframe>',
      );
      expect(warnings.map((w) => w.code)).toContain('picture_not_shown');
      await expectNextIsWell();
    });

    it('cannot see the pictures and templates of other jobs that are not running', async () => {
      const { warnings } = await engine.draw(
        bareTemplate(),
        `<img src="/p/${'0'.repeat(64)}" data-field="a"><img src="/t/other/0/assets/x.png" data-field="b"><img src="/t/%2e%2e/%2e%2e/etc/passwd" data-field="c"><img src="/%E0%A4%A" data-field="d">`,
      );
      expect(warnings.filter((w) => w.code === 'picture_not_shown').map((w) => w.field)).toEqual([
        'a',
        'b',
        'c',
        'd',
      ]);
    });
  });
});
