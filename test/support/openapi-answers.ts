import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { OpenapiDocument, Operation } from './openapi-operations.js';

export interface GivenAnswer {
  status: number;
  contentType: string | undefined;
  body: Buffer;
}

/** One step of a JSON pointer, as it stands in the fragment of an address. */
const step = (name: string) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));

const mediaType = (contentType: string) => contentType.split(';')[0]?.trim().toLowerCase() ?? '';

function parsed(body: Buffer): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.toString()) };
  } catch {
    return undefined;
  }
}

/**
 * Tells what an answer has that the document does not allow for its operation: a 500, a status, a
 * content type or a body; undefined where all is as described. Schemas are validated by Ajv
 * (JSON Schema 2020-12, which OpenAPI 3.1 is made of).
 */
export function createAnswerCheck(document: OpenapiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  formats.default(ajv);
  ajv.addSchema(document, 'openapi');

  return function complaint(operation: Operation, answer: GivenAnswer): string | undefined {
    const { status, contentType, body } = answer;
    if (status === 500) return `answered 500: ${body.toString().slice(0, 500)}`;
    const described = operation.responses[status];
    if (!described)
      return `the document knows no status ${status} here: ${body.toString().slice(0, 300)}`;
    const types = Object.entries(described.content ?? {});
    if (types.length === 0 || operation.method === 'HEAD') {
      return body.length === 0 || types.length > 0 ? undefined : `${status} has a body`;
    }
    if (contentType === undefined) return `${status} has no content type`;
    const found = types.find(([type]) => {
      const wanted = mediaType(type);
      return wanted === '*/*' || wanted === mediaType(contentType);
    });
    if (!found) return `the document knows no ${contentType} for ${status}`;
    const [type, { schema }] = found;
    if (!schema || Object.keys(schema).length === 0) return undefined;
    const json = parsed(body);
    if (!json) return `${status} has a body that is no JSON: ${body.toString().slice(0, 300)}`;
    const way = ['paths', operation.path, operation.method.toLowerCase(), 'responses'];
    const pointer = [...way, String(status), 'content', type, 'schema'].map(step).join('/');
    const validate = ajv.getSchema(`openapi#/${pointer}`);
    if (!validate) throw new Error(`There is no schema at ${pointer}.`);
    if (validate(json.value)) return undefined;
    return `the body of ${status} is not as described: ${ajv.errorsText(validate.errors)}`;
  };
}
