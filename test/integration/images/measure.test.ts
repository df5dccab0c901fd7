import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { edgeCases } from '../../../src/checks/edge-cases.js';
import { createTestAssets } from '../../../src/encode/draw-test-asset.js';
import { AppError } from '../../../src/errors/app-error.js';
import type { MeasuredWarning, MeasureJob } from '../../../src/images/check-ports.js';
import type { ImageSpec } from '../../../src/images/image.js';
import { createMeasure } from '../../../src/images/measure.js';
import type { Template } from '../../../src/templates/template.js';
import { countCommands, type Measuring, startMeasuring } from '../../support/measuring.js';

const assets = createTestAssets();
let measuring: Measuring;
let commands: string[];

beforeAll(async () => {
  measuring = await startMeasuring();
  commands = await countCommands(measuring.engine);
});
afterAll(() => measuring?.stop());

/** Ugly data of every kind that the template takes, as specs. */
async function edgeCaseSpecs(id: string): Promise<{ name: string; spec: ImageSpec }[]> {
  const template = measuring.registry.get(id);
  return (await edgeCases(template, assets)).flatMap(({ name, data }) => {
    try {
      const output = { format: 'jpeg' as const };
      return [{ name, spec: measuring.prepare({ template: id, data, output }).spec }];
    } catch {
      return [];
    }
  });
}

/** All but what only pixels and pictures tell. */
const ofLayout = (warnings: MeasuredWarning[]) =>
  warnings.filter(({ code }) => code !== 'low_contrast' && !code.startsWith('picture_'));

const titled = (title: string, template = 'article') =>
  measuring.prepare({ template, data: { title } }).spec;

describe('measuring', () => {
  it.each(['article', 'event'])(
    'tells of ugly data in %s what drawing tells of it, word for word',
    async (id) => {
      const specs = await edgeCaseSpecs(id);
      expect(specs.length).toBeGreaterThanOrEqual(13);
      const measured = await measuring.measure(specs.map(({ spec }) => spec));
      const told: Record<string, MeasuredWarning[]> = {};
      const drawn: Record<string, MeasuredWarning[]> = {};
      for (const [i, { name, spec }] of specs.entries()) {
        told[name] = measured[i] ?? [];
        drawn[name] = ofLayout((await measuring.draw(spec)).warnings);
      }
      expect(told).toEqual(drawn);
      // The control: there is something to tell.
      const codes = measured.flat().map(({ code }) => code);
      expect(codes).toContain('font_stepped_in');
      expect(new Set(codes).size).toBeGreaterThanOrEqual(2);
    },
    240_000,
  );

  it('takes no picture, and shows fifty bodies in one call', async () => {
    const specs = Array.from({ length: 50 }, (_, i) => titled(`A title, the ${i}th`, 'generic'));
    await measuring.measure(specs.slice(0, 1));
    const before = commands.length;
    await measuring.measure(specs);
    expect(commands.slice(before)).toEqual(['Runtime.callFunctionOn']);
    // The control: a capture would be seen.
    await measuring.draw(specs[0] as ImageSpec);
    expect(commands).toContain('Page.captureScreenshot');
  });

  it('keeps specs of several templates, sizes and scales apart and in order', async () => {
    const long = 'Words that go on and on, and then some more of them, '.repeat(4).trim();
    const at = (template: string, title: string, size: string, scale: number) =>
      measuring.prepare({ template, data: { title }, size, output: { scale } }).spec;
    const specs = [
      at('article', long, 'story', 1),
      at('article', 'Short', 'og', 2),
      at('generic', 'Short', 'og', 1),
      at('article', 'Ωبت 🎉', 'og', 1),
      at('generic', long, 'square', 1),
      at('article', long, 'og', 1),
    ];
    const alone = [];
    for (const spec of specs) alone.push((await measuring.measure([spec]))[0]);
    expect(await measuring.measure(specs)).toEqual(alone);
    expect(alone[3]).toContainEqual(expect.objectContaining({ code: 'font_stepped_in' }));
    expect(alone[1]).toEqual([]);
  });

  it('gives a body that the template cannot make its reason, and its neighbours their warnings', async () => {
    const template = measuring.registry.get('article');
    const broken: Template = {
      ...template,
      body(fields, addresses) {
        if (fields.title === 'Bad') {
          throw new AppError('template_invalid', { detail: 'article/template.hbs:3: no.' });
        }
        return template.body(fields, addresses);
      },
    };
    const measure = createMeasure({
      registry: { ...measuring.registry, getVersion: async () => broken },
      renderer: measuring.engine.renderer,
      placeholders: { placeholder: () => Object.create(null) },
    });
    const told = await measure([titled('نص'), titled('Bad'), titled('نص')]);
    expect(told[1]).toEqual([
      { code: 'template_invalid', severity: 'error', message: 'article/template.hbs:3: no.' },
    ]);
    expect(told[0]).toContainEqual(expect.objectContaining({ code: 'font_stepped_in' }));
    expect(told[2]).toEqual(told[0]);
  });

  it('says that a template has changed since', async () => {
    const spec = { ...titled('Old'), templateVersion: '0123456789abcdef' };
    await expect(measuring.measure([spec])).rejects.toMatchObject({
      code: 'template_version_gone',
    });
  });
});

describe('a page that dies', () => {
  /** The real renderer, dying of the body with `fatal` in its title. */
  function mortal(onVisit: (bodies: number) => void) {
    return createMeasure({
      registry: measuring.registry,
      placeholders: { placeholder: () => Object.create(null) },
      renderer: {
        async measure(job: MeasureJob) {
          onVisit(job.bodies.length);
          const html = job.bodies.map(({ body }) => body(new Map())).join('');
          if (!html.includes('fatal')) return measuring.engine.renderer.measure(job);
          throw new AppError('render_crashed', { detail: 'The page crashed.' });
        },
      },
    });
  }

  it('costs the guilty row alone, which is found by halving', async () => {
    const visits: number[] = [];
    const measure = mortal((bodies) => visits.push(bodies));
    const titles = Array.from({ length: 20 }, (_, i) => (i === 13 ? 'fatal' : `Row ${i} نص`));
    const told = await measure(titles.map((title) => titled(title)));
    expect(told[13]).toEqual([
      { code: 'render_crashed', severity: 'error', message: 'The page crashed.' },
    ]);
    const others = told.filter((_, i) => i !== 13);
    expect(others.every((w) => w.some(({ code }) => code === 'font_stepped_in'))).toBe(true);
    expect(visits.length).toBeLessThan(12);
  });

  it('ends the question where nearly every body is fatal: then the browser is ill', async () => {
    let visits = 0;
    const measure = mortal(() => {
      visits += 1;
    });
    const specs = Array.from({ length: 40 }, (_, i) => titled(`fatal ${i}`));
    await expect(measure(specs)).rejects.toMatchObject({ code: 'render_crashed' });
    expect(visits).toBeLessThan(25);
  });
});
