import { expect, it } from '@jest/globals';
import { createSemaphore } from '../../../src/lib/semaphore.js';

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Pictures that are in work until they are told to end. */
function studio(capacity: number) {
  const gate = createSemaphore(capacity);
  const inWork: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const draw = (name: string, pixels: number, canWait = false) =>
    gate.within(
      () => {
        inWork.push(name);
        return new Promise<void>((resolve, reject) => {
          ends.set(name, (error) => {
            inWork.splice(inWork.indexOf(name), 1);
            if (error) reject(error);
            else resolve();
          });
        });
      },
      { weight: pixels, isLast: canWait },
    );
  const end = async (name: string, error?: Error) => {
    ends.get(name)?.(error);
    await soon();
  };
  return { draw, end, inWork };
}

it('lets in as many as there is room for, and the next when one is done', async () => {
  const { draw, end, inWork } = studio(10);
  const all = [draw('a', 4), draw('b', 4), draw('c', 4), draw('d', 2)];
  await soon();
  // The fourth would fit, but the third is before it.
  expect(inWork).toEqual(['a', 'b']);
  await end('a');
  expect(inWork).toEqual(['b', 'c', 'd']);
  for (const name of ['b', 'c', 'd']) await end(name);
  await Promise.all(all);
});

it('lets one that is larger than all there is in alone, and is whole again after it', async () => {
  const { draw, end, inWork } = studio(10);
  const all = [draw('small', 1), draw('huge', 500), draw('next', 1)];
  await soon();
  expect(inWork).toEqual(['small']);
  await end('small');
  expect(inWork).toEqual(['huge']);
  await end('huge');
  expect(inWork).toEqual(['next']);
  const more = [draw('x', 4), draw('y', 5)];
  await soon();
  expect(inWork).toEqual(['next', 'x', 'y']);
  for (const name of ['next', 'x', 'y']) await end(name);
  await Promise.all([...all, ...more]);
});

it('gives the room of a picture back that could not be drawn', async () => {
  const { draw, end, inWork } = studio(10);
  const failed = expect(draw('a', 10)).rejects.toThrow('broken');
  const next = draw('b', 10);
  await soon();
  await end('a', new Error('broken'));
  await failed;
  expect(inWork).toEqual(['b']);
  await end('b');
  await next;
});

it('lets those whose job can wait in last', async () => {
  const { draw, end, inWork } = studio(10);
  const order: string[] = [];
  const all = [draw('first', 10), draw('bulk', 10, true), draw('bulk 2', 10, true)];
  all.push(draw('asked for', 10));
  for (let i = 0; i < 4; i += 1) {
    await soon();
    order.push(...inWork);
    await end(String(inWork[0]));
  }
  await Promise.all(all);
  expect(order).toEqual(['first', 'asked for', 'bulk', 'bulk 2']);
});
