import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { countNew, type Quota } from '../../../src/images/quota.js';

function quotaOf(pictures: number) {
  const state = { left: pictures };
  const quota: Quota = {
    async take(wanted) {
      if (wanted > state.left) throw new AppError('quota_exceeded', { detail: 'None is left.' });
      state.left -= wanted;
    },
    async giveBack(given) {
      state.left += given;
    },
  };
  return { state, quota };
}

describe('countNew', () => {
  it('keeps a picture for what is new, and gives it back for what is not', async () => {
    const { state, quota } = quotaOf(2);
    const isNew = (outcome: string) => outcome === 'new';
    expect(await countNew(quota, async () => 'new', isNew)).toBe('new');
    expect(state.left).toBe(1);
    expect(await countNew(quota, async () => 'old', isNew)).toBe('old');
    expect(state.left).toBe(1);
  });

  it('gives it back where the work fails, and tells of that failure', async () => {
    const { state, quota } = quotaOf(1);
    const failing = countNew(
      quota,
      () => Promise.reject(new TypeError('broken')),
      () => true,
    );
    await expect(failing).rejects.toThrow('broken');
    expect(state.left).toBe(1);
  });

  it('does not begin where none is left', async () => {
    const { quota } = quotaOf(0);
    let begun = false;
    const work = async () => {
      begun = true;
    };
    await expect(countNew(quota, work, () => true)).rejects.toMatchObject({
      code: 'quota_exceeded',
      status: 429,
    });
    expect(begun).toBe(false);
    await countNew(undefined, work, () => true);
    expect(begun).toBe(true);
  });

  it('does not lose a picture over a quota that cannot be written', async () => {
    const { quota } = quotaOf(1);
    quota.giveBack = () => Promise.reject(new Error('Redis is away'));
    expect(
      await countNew(
        quota,
        async () => 'there',
        () => false,
      ),
    ).toBe('there');
  });
});
