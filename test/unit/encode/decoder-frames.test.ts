import { expect, it } from '@jest/globals';
import { createFrameReader, type Frame, frameParts } from '../../../src/encode/decoder-frames.js';

const joined = (head: object, body?: Buffer) => Buffer.concat(frameParts(head, body));

it('puts frames together however they are cut', () => {
  const body = Buffer.from('the bytes of a picture');
  const stream = Buffer.concat([
    joined({ ask: 'facts' }),
    joined({ ask: 'ü' }, body),
    joined({ last: 1 }),
  ]);
  for (const step of [1, 2, 7, 8, 9, 30, stream.length]) {
    const frames: Frame[] = [];
    const read = createFrameReader((frame) => frames.push(frame), { maxBodyBytes: 100 });
    for (let at = 0; at < stream.length; at += step) read(stream.subarray(at, at + step));
    expect(frames.map(({ head }) => head)).toEqual([{ ask: 'facts' }, { ask: 'ü' }, { last: 1 }]);
    expect(frames.map((frame) => frame.body.toString())).toEqual(['', body.toString(), '']);
  }
});

it('refuses what is announced to be too large before there is room made for it', () => {
  const read = createFrameReader(() => undefined, { maxBodyBytes: 100 });
  expect(() => read(Buffer.from([0, 0, 0, 2, 0, 0, 0, 101]))).toThrow(/101 bytes/);
  const other = createFrameReader(() => undefined, { maxBodyBytes: 100 });
  expect(() => other(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1]))).toThrow(/4294967295/);
});

it('refuses a head that is not JSON', () => {
  const read = createFrameReader(() => undefined, { maxBodyBytes: 100 });
  expect(() => read(Buffer.from([0, 0, 0, 1, 0, 0, 0, 0, 0x7b]))).toThrow();
});
