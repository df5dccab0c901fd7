import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { objectKeys } from '../../../src/images/object-key.js';
import { unpackArchive } from '../../../src/library/template-archive.js';
import type { ApiCall } from '../../support/api-client.js';
import { rawZip } from '../../support/raw-zip.js';
import { startService, type TestService } from '../../support/service.js';
import { cardFiles } from '../../support/stored-template.js';
import { buffers, type Files, PIXEL } from '../../support/templates/template-files.js';

let service: TestService;
/** A key that may change templates, and no more. */
let writer: string;

beforeAll(async () => {
  service = await startService({ worker: false });
  const { json } = await service.api('/v1/keys', {
    body: { name: 'writer', scopes: ['templates:write'] },
  });
  writer = json.key;
}, 60_000);
afterAll(() => service?.stop());

const api = (path: string, call: ApiCall = {}) => service.api(path, { key: writer, ...call });
const draftOf = (id: string) => `/v1/templates/${id}/draft`;
const save = (id: string, files: Record<string, string | null>, match: string | null) =>
  api(draftOf(id), {
    method: 'PUT',
    body: { files },
    headers: match === null ? {} : { 'if-match': match },
  });
const put = (id: string, name: string, body: Buffer, match = '*') =>
  api(`${draftOf(id)}/assets/${name}`, { method: 'PUT', body, headers: { 'if-match': match } });
const zipOf = (files: Files) =>
  rawZip([...buffers(files)].map(([name, body]) => ({ name, body, packed: true })));
const send = (id: string, body: Buffer, headers = {}) =>
  api(`/v1/templates/import?id=${id}`, { body, headers });
const begin = async (id: string, more = {}) => {
  const { status, json } = await api('/v1/templates', { body: { id, ...more } });
  if (status !== 201) throw new Error(JSON.stringify(json));
  return json;
};

describe('a new template', () => {
  it('begins as a small complete card', async () => {
    const { status, json, headers } = await api('/v1/templates', {
      body: { id: 'first', name: 'Spring' },
    });
    expect(status).toBe(201);
    expect(headers.etag).toBe(`"${json.etag}"`);
    expect(JSON.parse(json.files['template.json']).name).toBe('Spring');
    expect(json).toMatchObject({ id: 'first', problems: [], warnings: [] });
  });

  it('begins as a copy, pictures included', async () => {
    const json = await begin('copied', { from: 'note' });
    const { json: original } = await service.api('/v1/templates/note');
    expect(JSON.parse(json.files['template.json'])).toEqual(original.manifest);
    expect(json.problems).toEqual([]);
    expect(json.assets.length + Object.keys(json.files).length).toBeGreaterThan(3);
  });

  it.each([
    ['of an id that is taken', { id: 'first' }, 409, /already/],
    ['of the id of a folder', { id: 'note' }, 409, /folder.*"from": "note"/],
    ['of a reserved id', { id: 'cardpress-private' }, 422, /id/],
    ['of an id that is none', { id: 'No Id' }, 422, /id/],
    ['as a copy of nothing', { id: 'second', from: 'notes' }, 404, /Did you mean "note"/],
  ])('is refused: %s', async (_what, body, status, why) => {
    const answer = await api('/v1/templates', { body });
    expect([answer.status, answer.json.detail]).toEqual([status, expect.stringMatching(why)]);
  });

  it('cannot be asked for before it is published', async () => {
    const { status } = await service.api('/v1/images', { body: { template: 'first', data: {} } });
    expect(status).toBe(404);
  });
});

describe('two people who save one draft', () => {
  it('lose nothing: the second is told what the first has changed', async () => {
    const { etag } = await begin('shared', { from: 'note' });
    const first = await save('shared', { 'style.css': 'h1 { color: red }\n' }, `"${etag}"`);
    expect(first.status).toBe(200);
    const late = await save('shared', { 'style.css': 'h1 { color: blue }\n' }, `"${etag}"`);
    expect([late.status, late.json.code]).toEqual([412, 'precondition_failed']);
    expect(late.json.current).toMatchObject({
      etag: first.json.etag,
      changes: [
        { path: 'style.css', text: 'h1 { color: red }\n', changed_by: first.json.changed_by },
      ],
    });
    expect(late.headers.etag).toBe(first.headers.etag);
    const { json: kept } = await api(draftOf('shared'));
    expect(kept.files['style.css']).toBe('h1 { color: red }\n');
    const merged = await save(
      'shared',
      { 'style.css': 'h1 { color: blue }\n' },
      String(late.headers.etag),
    );
    expect(merged.json.files['style.css']).toBe('h1 { color: blue }\n');
  });

  it('are told of files that are gone, and of a template that was made anew', async () => {
    const { etag } = await begin('gone', { from: 'note' });
    const { json } = await save('gone', { 'sample.json': null }, `"${etag}"`);
    const late = await save('gone', { 'sample.json': '{}' }, `"${etag}"`);
    expect(late.json.current.changes).toMatchObject([{ path: 'sample.json', removed: true }]);
    await api('/v1/templates/gone', { method: 'DELETE' });
    await begin('gone', { from: 'note' });
    expect((await save('gone', { 'sample.json': '{}' }, `"${json.etag}"`)).status).toBe(412);
  });

  it('save at the very same time: one of them wins, all others are told', async () => {
    const { etag } = await begin('race', { from: 'note' });
    const saves = Array.from({ length: 12 }, (_, i) =>
      i % 2
        ? save('race', { 'style.css': `h1 { margin: ${i}px }` }, `"${etag}"`)
        : put('race', `${i}.png`, PIXEL, `"${etag}"`),
    );
    const statuses = (await Promise.all(saves)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 11 }, () => 412)]);
    const { json } = await api(draftOf('race'));
    const stored: string[] = [];
    for await (const { key } of service.storage.store.list(`${objectKeys.privates}drafts/race/`)) {
      stored.push(key);
    }
    // Nothing is left of those who lost.
    expect(stored.length).toBe(json.assets.length);
  });

  it('must say which state they change', async () => {
    const { status, json } = await save('shared', { 'style.css': '' }, null);
    expect([status, json.code]).toEqual([428, 'precondition_required']);
    expect(json.detail).toMatch(/If-Match/);
    expect((await save('shared', { 'style.css': 'h1 {}' }, '*')).status).toBe(200);
  });
});

describe('the mistakes of a draft', () => {
  it('are kept with it, and told by file, line and column', async () => {
    await begin('broken', { from: 'note' });
    const { status, json } = await save(
      'broken',
      {
        'template.json': '{\n  "name": "Broken",\n}',
        'template.hbs': '<p>\n{{#if title}}</p>',
        'style.css': 'h1 { colour: red }',
      },
      '*',
    );
    expect(status).toBe(200);
    expect(json.files['template.hbs']).toBe('<p>\n{{#if title}}</p>');
    expect(json.problems[0]).toMatchObject({ file: 'template.json', line: 3, column: 1 });
    await save('broken', { 'template.json': (await begin('whole')).files['template.json'] }, '*');
    const { json: later } = await api(draftOf('broken'));
    expect(later.problems).toContainEqual(
      expect.objectContaining({ file: 'template.hbs', line: expect.any(Number) }),
    );
    expect(later.warnings).toContainEqual(
      expect.objectContaining({ file: 'style.css', line: 1, message: expect.any(String) }),
    );
  });

  it('are never published, not even by force', async () => {
    const { status, json } = await service.api('/v1/templates/broken/publish', {
      body: { force: true },
    });
    expect([status, json.code]).toEqual([422, 'draft_invalid']);
    expect(json.errors[0].path).toMatch(/^template\.hbs:\d+:\d+$/);
  });

  it.each([
    ['a path that leads out', '../x.json'],
    ['a hidden file', '.env'],
    ['a script', 'assets/x.js'],
    ['a picture as text', 'assets/a.png'],
    ['what is no part of a template', 'README.md'],
  ])('are not about %s, which is refused', async (_what, path) => {
    const { status, json } = await save('broken', { [path]: 'x' }, '*');
    expect([status, json.errors[0].path]).toEqual([422, `files.${path}`]);
  });
});

describe('an asset', () => {
  const jpeg = sharp({ create: { width: 4, height: 4, channels: 3, background: '#abc' } })
    .jpeg()
    .toBuffer();

  it('is a picture or a font, in folders too, and is exported as it was sent', async () => {
    await begin('assets', { from: 'note' });
    const font = Buffer.concat([Buffer.from('wOF2'), Buffer.alloc(40, 1)]);
    expect((await put('assets', 'photos/a.jpg', await jpeg)).status).toBe(200);
    const { json } = await put('assets', 'fonts/own.woff2', font);
    expect(json.assets).toContainEqual(
      expect.objectContaining({ path: 'assets/fonts/own.woff2', bytes: 44 }),
    );
    const { bytes } = await api('/v1/templates/assets/export.zip?version=draft');
    const files = await unpackArchive(bytes);
    expect(files.get('assets/photos/a.jpg')?.equals(await jpeg)).toBe(true);
    expect(files.get('assets/fonts/own.woff2')?.equals(font)).toBe(true);
    const removed = await api(`${draftOf('assets')}/assets/fonts/own.woff2`, {
      method: 'DELETE',
      headers: { 'if-match': '*' },
    });
    expect(removed.json.assets.map(({ path }: { path: string }) => path)).not.toContain(
      'assets/fonts/own.woff2',
    );
  });

  it.each<[string, string, () => Buffer | Promise<Buffer>, RegExp]>([
    ['a web page', 'a.png', () => Buffer.from('<html><script>1</script>'), /web page/],
    ['another kind than its name says', 'a.png', () => jpeg, /JPEG/],
    ['a damaged picture', 'a.png', () => PIXEL.subarray(0, 40), /damaged|cut off/i],
    ['no font', 'a.woff2', () => Buffer.from('no font'), /no font/],
    ['a script', 'a.js', () => Buffer.from('alert(1)'), /no asset/],
    ['a hidden file', '.htaccess', () => Buffer.from(''), /hidden/],
  ])('is refused if it is %s', async (_what, name, body, why) => {
    const { status, json } = await put('assets', name, await body());
    expect([status, json.detail]).toEqual([422, expect.stringMatching(why)]);
  });
});

describe('an import', () => {
  const files = cardFiles('#123456', { 'design.json': '{"version":1}\n', 'assets/a.png': PIXEL });

  it('keeps the files byte for byte, and replaces a draft only in the state that was seen', async () => {
    const { status, json } = await send('imported', zipOf(files));
    expect(status).toBe(201);
    const exported = await api('/v1/templates/imported/export.zip?version=draft');
    expect(await unpackArchive(exported.bytes)).toEqual(buffers(files));
    expect((await send('imported', zipOf(files))).status).toBe(409);
    const { 'design.json': _gone, ...fewer } = files;
    const tag = { 'if-match': `"${json.etag}"` };
    const replaced = await send('imported', zipOf(fewer), tag);
    expect([replaced.status, replaced.json.files['design.json']]).toEqual([200, undefined]);
    expect((await send('imported', zipOf(files), tag)).status).toBe(412);
  });

  it.each<[string, () => Buffer, RegExp]>([
    ['a link', () => rawZip([{ name: 'assets/a.png', mode: 0o120777, body: '/x' }]), /a link/],
    ['a script beside', () => zipOf({ ...files, 'run.sh': '#!/bin/sh' }), /run\.sh/],
    ['a page named as a picture', () => zipOf({ ...files, 'assets/b.png': '<html>' }), /b\.png/],
    ['a folder of the machine', () => rawZip([{ name: '../../etc/passwd' }]), /archive/],
  ])('of an archive with %s changes nothing', async (_what, archive, why) => {
    const before = await api(draftOf('imported'));
    const fresh = await send('hostile', archive());
    expect([fresh.status, fresh.json.detail]).toEqual([422, expect.stringMatching(why)]);
    expect((await api(draftOf('hostile'))).status).toBe(404);
    const over = await send('imported', archive(), { 'if-match': '*' });
    expect(over.status).toBe(422);
    expect((await api(draftOf('imported'))).json).toEqual(before.json);
  });

  it('of more bytes than a template may have is refused', async () => {
    const { status, json } = await send('large', Buffer.alloc(21 * 1024 * 1024));
    expect([status, json.code]).toEqual([413, 'body_too_large']);
  });
});

describe('what only an administrator may do', () => {
  const withNetwork = (hosts: string[]) => {
    const manifest = JSON.parse(String(cardFiles('#123456')['template.json']));
    return JSON.stringify({ ...manifest, network: hosts });
  };

  it('is opening a template to the network, by whatever way', async () => {
    await begin('closed', { from: 'note' });
    const open = withNetwork(['fonts.example.com']);
    const refused = [
      await save('closed', { 'template.json': open }, '*'),
      await save('closed', { 'template.json': open.replace('{', '{ // note\n') }, '*'),
      await send('opened', zipOf({ ...cardFiles('#123456'), 'template.json': open })),
      await send('closed', zipOf({ ...cardFiles('#123456'), 'template.json': open }), {
        'if-match': '*',
      }),
    ];
    expect(refused.map(({ status }) => status)).not.toContain(201);
    expect(refused.filter(({ status }) => status === 403).length).toBeGreaterThanOrEqual(3);
    // A manifest that cannot be read hides no hosts.
    expect((await save('closed', { 'template.json': '{' }, '*')).status).toBe(200);
    const after = await save('closed', { 'template.json': open }, '*');
    expect([after.status, after.json.detail]).toEqual([403, expect.stringMatching(/network/)]);
    const admin = await service.api(draftOf('closed'), {
      method: 'PUT',
      headers: { 'if-match': '*' },
      body: { files: { 'template.json': open } },
    });
    expect(admin.status).toBe(200);
    expect((await save('closed', { 'template.json': `${open}\n` }, '*')).status).toBe(200);
  });

  it.each(['publish', 'draft/preview'])('is %s, because it runs the draft', async (what) => {
    const { status, json } = await api(`/v1/templates/first/${what}`, { body: {} });
    expect([status, json.detail]).toEqual([403, expect.stringMatching(/"admin".*templates:write/)]);
  });
});
