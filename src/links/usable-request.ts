import type { ImageRequest } from '../images/prepare.js';
import { resolveFields } from '../templates/resolve-fields.js';
import type { Template } from '../templates/template.js';

/**
 * The part of a request that the template can still use. Addresses outlive template versions: a
 * field or a size that was renamed since must not make the address fail.
 */
export function usableRequest(template: Template, request: ImageRequest): ImageRequest {
  const { fields, sizes } = template.manifest;
  const given = typeof request.data === 'object' && request.data !== null ? request.data : {};
  const data = Object.fromEntries(
    Object.entries(given).filter(([name]) => Object.hasOwn(fields, name)),
  );
  const { errors } = resolveFields(template, data, {
    onMissing: 'fallback',
    reading: request.reading,
  });
  for (const { field } of errors) if (field) delete data[field];
  const hasSize = request.size !== undefined && Object.hasOwn(sizes, request.size);
  return { ...request, data, size: hasSize ? request.size : undefined };
}
