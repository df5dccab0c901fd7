import { z } from 'zod';
import { fieldValues } from './image-input.js';

/** As many as a person looks at, and as a check can draw in its time. */
export const MAX_CHECK_ROWS = 200;
const MAX_SIZES = 10;

export const newCheckSchema = z
  .strictObject({
    rows: z
      .array(fieldValues({ title: 'Hello' }))
      .min(1, 'must hold at least one row; leave it out to check with ugly data')
      .max(MAX_CHECK_ROWS, `must hold at most ${MAX_CHECK_ROWS} rows`)
      .optional()
      .meta({ description: 'Data to judge. Without it the template itself is: by ugly data.' }),
    sizes: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(MAX_SIZES)
      .optional()
      .meta({
        description: "Names of sizes. Default: all, and for rows the template's default_size.",
        example: ['og'],
      }),
    pictures: z
      .boolean()
      .default(false)
      .meta({ description: 'Each case holds its picture, small, as a data: URL.' }),
  })
  .meta({ id: 'NewCheck' });

const status = z.enum(['pass', 'warn', 'fail', 'skipped']);

const caseSchema = z.object({
  name: z.string().meta({ description: 'Of an ugly case, or `row 1`, `row 2`, …' }),
  about: z.string(),
  row: z.int().optional().meta({ description: 'Place in `rows`, from 0.' }),
  size: z.string(),
  choices: z
    .record(z.string(), z.union([z.string(), z.boolean()]))
    .meta({ description: "What was chosen in place of the sample's, such as the theme." }),
  status: status.meta({ description: '`skipped`: the time was up before it was drawn.' }),
  warnings: z.array(
    z.object({
      code: z.string(),
      field: z.string().optional(),
      message: z.string(),
      severity: z.enum(['info', 'warning', 'error']).optional(),
      verdict: z
        .enum(['expected', 'warn', 'fail'])
        .meta({ description: '`expected`: what such data deserves, or harmless.' }),
    }),
  ),
  width: z.int().meta({ description: 'CSS pixels.' }),
  height: z.int(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      errors: z.array(z.object({ path: z.string(), message: z.string() })),
    })
    .optional()
    .meta({ description: 'The data was refused (by field in `errors`), or the drawing failed.' }),
  picture: z.string().optional().meta({ description: 'A data: URL.' }),
});

export const checkReportSchema = z
  .object({
    template: z.string(),
    version: z.string(),
    sizes: z.array(z.string()),
    summary: z.object({
      pass: z.int(),
      warn: z.int(),
      fail: z.int(),
      skipped: z.int(),
      status: z.enum(['pass', 'warn', 'fail']).meta({ description: 'The worst of all.' }),
    }),
    cases: z.array(caseSchema),
  })
  .meta({ id: 'CheckReport' });
