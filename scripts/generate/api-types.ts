/** The parts of an OpenAPI 3.1 document that types come from. */
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  prefixItems?: Schema[];
}

type Content = Record<string, { schema?: Schema }>;

interface Operation {
  operationId: string;
  summary: string;
  security: unknown[];
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
}

const HEAD = '// Comes from the OpenAPI document; npm run generate writes it.';

function comment(text: string | undefined): string {
  return text ? `/** ${text.replaceAll('*/', '*\\/')} */\n` : '';
}

const union = (types: string[]) => [...new Set(types)].join(' | ') || 'never';

function objectType({ properties = {}, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties).map(([name, schema]) => {
    // Who passes `undefined` on means the same as who leaves it away: JSON has neither.
    const [mark, more] = required.includes(name) ? [':', ''] : ['?:', ' | undefined'];
    return `${comment(schema.description)}${JSON.stringify(name)}${mark} ${typeOf(schema)}${more};`;
  });
  if (fields.length > 0) return `{\n${fields.join('\n')}\n}`;
  const value = typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown';
  return `Record<string, ${value}>`;
}

function namedType(type: string, schema: Schema): string {
  if (type === 'integer') return 'number';
  if (type === 'object') return objectType(schema);
  if (type !== 'array') return type;
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(', ')}]`;
  return `(${typeOf(schema.items ?? {})})[]`;
}

/** A schema as TypeScript. What it says beyond TypeScript's types, such as limits, is left out. */
function typeOf(schema: Schema): string {
  const { $ref, enum: values, anyOf, oneOf, allOf, type } = schema;
  if ($ref) return $ref.replace('#/components/schemas/', '');
  if (values) return union(values.map((value) => JSON.stringify(value)));
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (anyOf ?? oneOf) return union((anyOf ?? oneOf ?? []).map((one) => `(${typeOf(one)})`));
  if (allOf) return allOf.map((one) => `(${typeOf(one)})`).join(' & ');
  if (type === undefined) return schema.properties ? objectType(schema) : 'unknown';
  return union([type].flat().map((one) => namedType(one, schema)));
}

/** Bodies of one media type; undefined where none of the contents has it. */
function bodyType(contents: (Content | undefined)[], media: string): string | undefined {
  const schemas = contents.flatMap((content) => content?.[media]?.schema ?? []);
  return schemas.length > 0 ? union(schemas.map(typeOf)) : undefined;
}

function operationType({ parameters = [], requestBody, responses, ...operation }: Operation) {
  const query = parameters.filter((one) => one.in === 'query');
  const properties = Object.fromEntries(query.map(({ name, schema }) => [name, schema]));
  const required = query.filter((one) => one.required).map(({ name }) => name);
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const contents = good.map(([, response]) => response.content);
  const body = requestBody && bodyType([requestBody.content], 'application/json');
  const parts = [
    query.length > 0 ? `query: ${objectType({ properties, required })};` : '',
    body ? `body: ${body};` : '',
    `answer: ${bodyType(contents, 'application/json') ?? 'undefined'};`,
  ];
  const fields = parts.filter((part) => part !== '').join('\n');
  return `${comment(operation.summary)}${operation.operationId}: {\n${fields}\n};`;
}

/** Whether an operation takes a key and speaks JSON: what a client calls. */
function isCalled({ security, responses }: Operation): boolean {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  return (
    security.length > 0 &&
    good.every(([, { content }]) => content === undefined || 'application/json' in content)
  );
}

/** Every schema of the document under its own name, and `Operations` by their ids. */
export function writeApiTypes({ components, paths }: ApiDocument): string {
  const schemas = Object.entries(components.schemas).sort(([a], [b]) => (a < b ? -1 : 1));
  const types = schemas.map(([name, schema]) => {
    const text = typeOf(schema);
    const isObject = text.startsWith('{') && text.endsWith('}') && schema.type === 'object';
    const declared = isObject ? `interface ${name} ${text}` : `type ${name} = ${text};`;
    return `${comment(schema.description)}export ${declared}`;
  });
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const called = operations
    .filter(isCalled)
    .sort((a, b) => (a.operationId < b.operationId ? -1 : 1))
    .map(operationType);
  const summary = comment('What each operation takes and answers, by its id.');
  const all = [...types, `${summary}export interface Operations {\n${called.join('\n')}\n}`];
  // The document has the same long list wherever a code may stand.
  const codes = typeOf(components.schemas.Problem?.properties?.code ?? {});
  const named = all.map((text) => text.replaceAll(codes, 'ErrorCode'));
  return [HEAD, `export type ErrorCode = ${codes};`, ...named].join('\n\n').concat('\n');
}
