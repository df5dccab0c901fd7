import { z } from 'zod';

const jsonObject = z.record(z.string(), z.unknown());

const summaryShape = {
  id: z.string(),
  name: z.string(),
  description: z.string(),
  sizes: z
    .record(z.string(), z.tuple([z.int(), z.int()]))
    .meta({ description: 'Name → width and height in CSS pixels.' }),
  default_size: z.string(),
  version: z.string().meta({ description: 'Changes with every file that can change a pixel.' }),
  links: z.object({
    self: z.string().meta({ format: 'uri' }),
    preview: z.string().meta({ format: 'uri', description: 'POST there.' }),
  }),
};

export const templateSummarySchema = z.object(summaryShape).meta({ id: 'TemplateSummary' });

export const templateListSchema = z
  .object({ items: z.array(templateSummarySchema) })
  .meta({ id: 'TemplateList' });

export const templateSchema = z
  .object({
    ...summaryShape,
    manifest: jsonObject.meta({ description: "The template's template.json." }),
    fields_schema: jsonObject.meta({ description: 'JSON Schema of `data`.' }),
    sample: jsonObject.meta({ description: 'Data to try it with.' }),
  })
  .meta({ id: 'Template' });
