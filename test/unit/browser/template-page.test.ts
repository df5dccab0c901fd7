import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { loadFontLibrary } from '../../../src/browser/font-library.js';
import { createInternalOrigin, INTERNAL_HOST } from '../../../src/browser/internal-origin.js';
import { createJobDeadline } from '../../../src/browser/job-deadline.js';
import { sandboxFor } from '../../../src/browser/launch-chromium.js';
import {
  templatePageDocument,
  templatePageName,
  templatePagePolicy,
} from '../../../src/browser/template-page-document.js';
import type { Template } from '../../../src/templates/template.js';
import { bareTemplate } from '../../support/engine.js';

const specOf = (template: Template) => ({
  template,
  size: { name: 'og', widthPx: 1200, heightPx: 630 },
  scale: 2,
});
const fonts = loadFontLibrary();

/** What the origin answers, without a socket. */
function get(origin: ReturnType<typeof createInternalOrigin>, url: string) {
  const req = new IncomingMessage(new Socket());
  req.url = url.startsWith('/') ? `http://${INTERNAL_HOST}${url}` : url;
  const res = new ServerResponse(req);
  const chunks: Buffer[] = [];
  res.write = (chunk: Buffer | string) => Boolean(chunks.push(Buffer.from(chunk)));
  res.end = ((chunk?: Buffer | string) => {
    if (chunk) chunks.push(Buffer.from(chunk));
    return res;
  }) as typeof res.end;
  origin.handle(req, res);
  return {
    status: res.statusCode,
    header: (n: string) => res.getHeader(n),
    res,
    body: Buffer.concat(chunks),
  };
}

describe('the shell', () => {
  it('is bound to template, version, size and scale', () => {
    const template = bareTemplate();
    expect(templatePageName(specOf(template))).toBe(`${template.id}/${template.version}/og@2`);
  });

  it('keeps the CSS of a template inside its style element', () => {
    const hostile = 'p::after{content:"</style><script>x</script>"}</STYLE >';
    const html = templatePageDocument(specOf(bareTemplate(hostile)), '');
    expect(html.match(/<\/style/gi)).toHaveLength(3);
    expect(html).toContain('<\\/style><script>');
  });

  it('lets a page load from itself, and from the hosts that its template declares', () => {
    expect(templatePagePolicy(bareTemplate())).toBe(
      "default-src 'none'; style-src 'unsafe-inline' 'self' data:; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; form-action 'none'",
    );
    expect(templatePagePolicy(bareTemplate('', { network: ['cdn.example.com'] }))).toContain(
      "img-src 'self' data: https://cdn.example.com http://cdn.example.com;",
    );
  });
});

describe('the origin', () => {
  const template = {
    ...bareTemplate(),
    assets: new Map([
      ['assets/x.png', { path: 'assets/x.png', contentType: 'image/png', body: Buffer.from('x') }],
    ]),
  };
  const base = `/t/${template.id}/${template.version}`;

  it('knows a shell and its files for as long as one page uses it', () => {
    const origin = createInternalOrigin(fonts);
    expect(get(origin, `${base}/og@2`).status).toBe(404);
    const first = origin.serveTemplatePage(specOf(template));
    const second = origin.serveTemplatePage(specOf(template));
    expect(first.url).toBe(`http://${INTERNAL_HOST}${base}/og@2`);
    first.release();
    expect(get(origin, `${base}/og@2`).body.toString()).toMatch(/^<!doctype html>/);
    expect(get(origin, `${base}/assets/x.png`).body.toString()).toBe('x');
    second.release();
    for (const path of [`${base}/og@2`, `${base}/assets/x.png`]) {
      expect(get(origin, path).status).toBe(404);
    }
  });

  it('knows a picture only while a job has it', () => {
    const origin = createInternalOrigin(fonts);
    const picture = {
      hash: 'ab12',
      contentType: 'image/png' as const,
      body: Buffer.from('p'),
      widthPx: 1,
      heightPx: 1,
    };
    const { address, release } = origin.serveAsset(picture);
    expect(address).toMatch(/^\/p\/ab12/);
    expect(get(origin, address).body.toString()).toBe('p');
    release();
    expect(get(origin, address).status).toBe(404);
  });

  it.each([
    '/',
    '/t/',
    '/t/../../etc/passwd',
    '/fonts/../package.json',
    '/fonts/inter/none.woff2',
    '/p/',
  ])('has nothing at %s', (path) =>
    expect(get(createInternalOrigin(fonts), path).status).toBe(404),
  );
});

describe('the fonts', () => {
  it('are there for every address that their rules name', () => {
    const addresses = [...fonts.css.matchAll(/url\(\/fonts\/([^)]+)\)/g)].map(([, path]) => path);
    expect(addresses.length).toBeGreaterThan(30);
    for (const path of new Set(addresses)) {
      expect(fonts.file(String(path))?.subarray(0, 4).toString()).toBe('wOF2');
    }
    expect(fonts.css).not.toMatch(/url\((?!\/fonts\/)/);
  });

  it('never let a stand-in be captured', () => {
    expect(new Set(fonts.css.match(/font-display: \w+/g))).toEqual(
      new Set(['font-display: block']),
    );
  });
});

describe('the sandbox', () => {
  it.each([
    ['auto', 1000, true, false],
    ['auto', undefined, true, false],
    ['auto', 0, false, true],
    ['on', 0, true, false],
    ['off', 1000, false, true],
  ] as const)('with %s for user %s is %s', (setting, uid, sandbox, warns) => {
    const chosen = sandboxFor(setting, uid);
    expect([chosen.sandbox, chosen.warning !== undefined]).toEqual([sandbox, warns]);
  });
});

describe('a deadline', () => {
  it('is shared by all steps, and names the one that it ended', async () => {
    const deadline = createJobDeadline(30);
    expect(await deadline.within('first', Promise.resolve(1))).toBe(1);
    const never = new Promise(() => undefined);
    await expect(deadline.within('second', never)).rejects.toMatchObject({
      code: 'render_timeout',
      detail: 'The browser did not finish "second" within 30 ms.',
    });
    await expect(deadline.within('third', never)).rejects.toMatchObject({ code: 'render_timeout' });
  });

  it('lets nothing begin once the job is cancelled, and swallows what was under way', async () => {
    const controller = new AbortController();
    const deadline = createJobDeadline(1_000, controller.signal);
    controller.abort();
    const failing = Promise.reject(new Error('nobody looks at this'));
    await expect(deadline.within('x', failing)).rejects.toMatchObject({ code: 'cancelled' });
  });
});
