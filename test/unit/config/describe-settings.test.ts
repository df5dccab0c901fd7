import { expect, it } from '@jest/globals';
import { describeSettings } from '../../../src/config/describe-settings.js';

it.each([
  ['redis://user:geheim@127.0.0.1:1/0', 'redis://user:•••@127.0.0.1:1/0'],
  ['rediss://:geheim@r:6380', 'rediss://:•••@r:6380'],
  ['unix://:geheim@/run/redis.sock', 'unix://:•••@/run/redis.sock'],
  ['unix:///run/redis.sock', 'unix:///run/redis.sock'],
])('shows %s without its password', (address, shown) => {
  const found = describeSettings({ REDIS_URL: address }).find(({ name }) => name === 'REDIS_URL');
  expect(found?.value).toBe(shown);
});
