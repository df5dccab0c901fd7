import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import {
  connectForRequests,
  redisOptions,
  untilReady,
  withRedis,
} from '../../../src/records/redis-connections.js';

describe('redisOptions', () => {
  it('reads the path of a socket, and leaves other addresses to the client', () => {
    expect(redisOptions('unix:///run/redis.sock')).toEqual({ path: '/run/redis.sock' });
    expect(redisOptions('unix://:p%40%2F@/run/a@b:c.sock')).toEqual({
      path: '/run/a@b:c.sock',
      password: 'p@/',
    });
    expect(redisOptions('unix://u:p@/r')).toEqual({ path: '/r', username: 'u', password: 'p' });
    expect(redisOptions('unix:///run/a:b@/c')).toEqual({ path: '/run/a:b@/c' });
    expect(redisOptions('rediss://u:p@r:6380/2')).toEqual({ url: 'rediss://u:p@r:6380/2' });
  });
});

describe('a connection for requests', () => {
  it('fails at once where no Redis is, and ends no process', async () => {
    const redis = connectForRequests('unix:///nonexistent/redis.sock');
    await expect(withRedis(() => redis.get('x'))).rejects.toMatchObject({
      code: 'redis_unavailable',
      retryAfterSeconds: 5,
    });
    await expect(untilReady(redis, 20)).rejects.toMatchObject({ code: 'redis_unavailable' });
    redis.disconnect();
  });
});

describe('withRedis', () => {
  it('passes on what is an error of ours already', async () => {
    const error = new AppError('conflict', { detail: 'x' });
    await expect(withRedis(() => Promise.reject(error))).rejects.toBe(error);
  });
});
