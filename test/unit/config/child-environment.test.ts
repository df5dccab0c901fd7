import { describe, expect, it } from '@jest/globals';
import { childEnvironment } from '../../../src/config/child-environment.js';
import { environmentSchema } from '../../../src/config/settings.js';

describe('childEnvironment', () => {
  it('hands on what programs, fonts and temporary files need', () => {
    const needed = {
      ...{ PATH: '/usr/bin', HOME: '/home/u', TMPDIR: '/tmp/x', LANG: 'C.UTF-8', LC_ALL: 'C' },
      ...{
        FONTCONFIG_FILE: '/etc/fonts/fonts.conf',
        XDG_CACHE_HOME: '/cache',
        LD_LIBRARY_PATH: '/l',
      },
    };
    expect(childEnvironment(needed)).toEqual(needed);
  });

  it('hands on no setting, no credential and nothing that a name begins with', () => {
    const settings = Object.fromEntries(Object.keys(environmentSchema.shape).map((n) => [n, 'x']));
    const others = [
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'REDISCLI_AUTH',
    ];
    const alike = ['PATH_SECRET', 'MY_PATH', 'LC_', 'NODE_OPTIONS', 'LD_PRELOAD', 'HTTP_PROXY'];
    const env = Object.fromEntries([...others, ...alike].map((name) => [name, 'x']));
    expect(childEnvironment({ ...settings, ...env })).toEqual({});
  });
});
