import { z } from 'zod';
import { reasons } from '../../batches/batch-check-report.js';
import { catalogue, type ErrorCode } from '../../errors/catalogue.js';
import { failureCauseSchema } from './batch.js';

const codes = Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]];

const itemSchema = z
  .object({
    field: z.string().optional(),
    code: z.string().meta({ description: 'A warning code, `invalid_data`, or an error code.' }),
    severity: z.enum(['info', 'warning', 'error']),
    message: z.string(),
  })
  .meta({ id: 'BatchCheckItem', description: 'What is wrong, or was mended, in a row.' });

const place = {
  row: z.int().meta({ description: 'From 1.' }),
  line: z.int().optional().meta({ description: 'Of the CSV file, from 1.' }),
  ref: z.string().optional().meta({ description: 'As it was given.' }),
};

const rowsAndCount = {
  rows: z.array(z.int()).meta({ description: 'The first ten.' }),
  count: z.int().meta({ description: 'How many rows there are.' }),
};

export const batchCheckReportSchema = z
  .object({
    total: z.int().meta({ description: '`ok`, `with_warnings` and `refused` together.' }),
    ok: z.int().meta({ description: 'Rows with nothing to tell, or only notes.' }),
    with_warnings: z.int(),
    refused: z.int().meta({ description: 'Rows that the template does not take.' }),
    duplicates: z
      .array(z.object(rowsAndCount))
      .meta({ description: 'Rows that come out as the same picture; it is drawn once.' }),
    pictures: z.object({
      distinct: z.int().meta({ description: 'Different addresses; each is looked at once.' }),
      failing: z.array(
        z.object({
          url: z.string().meta({ description: 'Host and path, at most 200 characters.' }),
          code: z.enum(codes),
          message: z.string(),
          ...rowsAndCount,
        }),
      ),
    }),
    problems: z
      .array(z.object({ ...place, items: z.array(itemSchema) }))
      .meta({ description: 'Every row with warnings and every refused one, in their order.' }),
    notes: z
      .array(
        z.object({
          field: z.string().optional(),
          code: z.string(),
          message: z.string().meta({ description: "In the first row's words." }),
          ...rowsAndCount,
        }),
      )
      .meta({ description: 'What is only for information, over all rows; most frequent first.' }),
    refused_by: z
      .array(failureCauseSchema)
      .meta({ description: 'Refused rows by cause, the most frequent first.' }),
    worth_a_look: z
      .array(
        z.object({
          ...place,
          reasons: z.array(z.enum(reasons)),
          warnings: z.array(itemSchema),
          preview: z
            .string()
            .optional()
            .meta({ description: 'Where asked for: the picture, small, as a data: URL.' }),
        }),
      )
      .meta({ description: 'At most twelve different rows, every reason represented first.' }),
  })
  .meta({
    id: 'BatchCheckReport',
    description:
      'What drawing every row would tell, without drawing. Contrast, and what is wrong deep ' +
      "inside a picture's file, show in the drawing alone.",
  });

export const batchCheckAnswerSchema = batchCheckReportSchema
  .extend({
    file_notes: z
      .array(z.string())
      .meta({ description: 'What was noticed while the file was read.' }),
  })
  .meta({ id: 'BatchCheck' });

export const batchCheckQuery = z.strictObject({
  previews: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'Draw the rows that are worth a look, small.' }),
});
