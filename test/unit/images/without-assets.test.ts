import { describe, expect, it } from '@jest/globals';
import type { ProbeOutcome } from '../../../src/images/check-ports.js';
import { assetAddresses, withoutAssets } from '../../../src/images/without-assets.js';
import type { FieldSpec } from '../../../src/templates/manifest.js';
import { draftOf } from '../../support/image-record.js';
import { templateWith } from '../../support/templates/template-files.js';

const WEB = 'https://a.example/a.png';
const OWN = 'asset:assets/portrait.png';
const failing: ProbeOutcome = { ok: false, code: 'asset_not_found', message: 'Not there.' };

function measure(field: Partial<FieldSpec>, value: string, outcome?: ProbeOutcome) {
  const template = templateWith({ photo: { type: 'image', ...field }, title: { type: 'text' } });
  const spec = { ...draftOf(1).spec, fields: { photo: value, title: WEB } };
  const outcomes = new Map(outcome ? [['photo', outcome]] : []);
  const { spec: plain, warnings } = withoutAssets(template, spec, outcomes);
  return {
    asked: [...assetAddresses(template, spec)],
    shown: plain.fields.photo,
    title: plain.fields.title,
    warnings,
  };
}

describe('a spec without its pictures', () => {
  it('says that one is given, not which; other fields stay as they are', () => {
    const given = measure({}, WEB, { ok: true });
    expect(given).toEqual({ asked: [['photo', WEB]], shown: 'data:,', title: WEB, warnings: [] });
    const data = `data:image/png;base64,${'A'.repeat(500)}`;
    expect(measure({}, data, { ok: true }).shown).toBe('data:,');
  });

  it.each([
    ['none', ''],
    ["one of the template's own", OWN],
  ])('asks nobody about %s, and leaves it', (_, value) => {
    expect(measure({}, value)).toMatchObject({ asked: [], shown: value, warnings: [] });
  });

  it.each([
    [{}, 'data:,', 'Not there. A placeholder is shown instead.'],
    [{ on_error: 'initials' }, 'data:,', 'Not there. The initials are shown instead.'],
    [{ on_error: 'hide' }, '', 'Not there. It is left out.'],
    [
      { on_error: 'hide', fallback: 'asset:portrait.png' },
      OWN,
      "Not there. The template's own picture is shown instead.",
    ],
  ] as [Partial<FieldSpec>, string, string][])(
    'shows in place of one that fails what the field %j says, and warns as the render does',
    (field, shown, message) => {
      const warning = { code: 'picture_failed', field: 'photo', severity: 'error', message };
      expect(measure(field, WEB, failing)).toMatchObject({ shown, warnings: [warning] });
    },
  );

  it('does not stand in with the very picture that failed', () => {
    const spare = 'https://a.example/spare.png';
    expect(measure({ fallback: spare }, WEB, failing).warnings[0]?.message).toContain(
      'own picture',
    );
    expect(measure({ fallback: spare }, spare, failing).warnings[0]?.message).toContain(
      'placeholder',
    );
  });
});
