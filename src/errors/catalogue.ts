/**
 * Every error that Cardpress can answer with: its HTTP status, its title, and whether trying the
 * same thing again can help. `docs/errors.md` is generated from this table.
 */
export const catalogue = {
  bad_json: { status: 400, title: 'The body is not valid JSON', retryable: false },
  unsupported_media_type: { status: 415, title: 'Unsupported content type', retryable: false },
  unauthorized: { status: 401, title: 'A valid API key is required', retryable: false },
  sender_unverified: {
    status: 401,
    title: 'The sender could not be verified',
    retryable: false,
  },
  forbidden: { status: 403, title: 'The API key does not allow this', retryable: false },
  bad_signature: { status: 403, title: 'The signature does not match', retryable: false },
  not_found: { status: 404, title: 'Not found', retryable: false },
  method_not_allowed: { status: 405, title: 'Method not allowed', retryable: false },
  template_not_found: { status: 404, title: 'Unknown template', retryable: false },
  template_version_not_found: {
    status: 404,
    title: 'Unknown version of a template',
    retryable: false,
  },
  image_not_found: { status: 404, title: 'Unknown image', retryable: false },
  delivery_not_found: { status: 404, title: 'Unknown delivery', retryable: false },
  batch_not_found: { status: 404, title: 'Unknown batch', retryable: false },
  page_not_found: { status: 404, title: 'Unknown page', retryable: false },
  link_not_found: { status: 404, title: 'Unknown link', retryable: false },
  source_not_found: { status: 404, title: 'Unknown source', retryable: false },
  key_not_found: { status: 404, title: 'Unknown API key', retryable: false },
  conflict: {
    status: 409,
    title: 'The request conflicts with the present state',
    retryable: false,
  },
  precondition_failed: {
    status: 412,
    title: 'It was changed meanwhile',
    retryable: false,
  },
  body_too_large: { status: 413, title: 'The body is too large', retryable: false },
  precondition_required: {
    status: 428,
    title: 'The request must say which state it changes',
    retryable: false,
  },
  invalid_request: { status: 422, title: 'The request is not valid', retryable: false },
  invalid_data: {
    status: 422,
    title: 'The data breaks the rules of the template',
    retryable: false,
  },
  draft_invalid: { status: 422, title: 'The draft of a template has mistakes', retryable: false },
  template_check_failed: {
    status: 422,
    title: 'The draft of a template fails its check',
    retryable: false,
  },
  queue_full: { status: 429, title: 'The queue is full', retryable: true },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  quota_exceeded: {
    status: 429,
    title: 'The daily quota of the API key is used up',
    retryable: true,
  },
  internal: { status: 500, title: 'Internal error', retryable: true },
  redis_unavailable: { status: 503, title: 'Redis cannot be reached', retryable: true },
  storage_unavailable: { status: 503, title: 'The storage cannot be reached', retryable: true },
  browser_unavailable: { status: 503, title: 'No browser is ready', retryable: true },
  preview_timeout: { status: 503, title: 'The preview was not ready in time', retryable: true },

  template_invalid: { status: 500, title: 'The template is not valid', retryable: false },
  template_version_gone: {
    status: 409,
    title: 'This version of the template is no longer installed',
    retryable: true,
  },
  render_timeout: { status: 504, title: 'The rendering took too long', retryable: true },
  render_crashed: { status: 500, title: 'The page crashed while rendering', retryable: true },
  stamp_mismatch: {
    status: 500,
    title: 'The page did not hold the content of this job',
    retryable: true,
  },
  encode_failed: { status: 500, title: 'The picture could not be encoded', retryable: false },
  review_refused: { status: 409, title: 'The review refused this image', retryable: false },
  cancelled: { status: 409, title: 'The job was cancelled', retryable: false },

  asset_forbidden: {
    status: 422,
    title: 'The address of a picture is not allowed',
    retryable: false,
  },
  asset_not_found: { status: 422, title: 'A picture does not exist', retryable: false },
  asset_unreachable: { status: 422, title: 'A picture could not be fetched', retryable: true },
  asset_too_large: { status: 422, title: 'A picture is too large', retryable: false },
  asset_invalid: {
    status: 422,
    title: 'A file is not a picture that can be read',
    retryable: false,
  },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ErrorCode = keyof typeof catalogue;
