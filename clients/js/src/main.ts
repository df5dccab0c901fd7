// What the package gives out; everything else is its own affair.
export type * from './api-types.js';
export { CardpressError, type ClientCode, type FieldProblem } from './cardpress-error.js';
export { type Cardpress, type ClientOptions, createClient } from './create-client.js';
export { type ImageUrlOptions, imageUrl, type UrlOutput } from './image-url.js';
export {
  type CardPicture,
  type MetaSource,
  type MetaTag,
  metaHtml,
  type OpenGraphImage,
  type PageKeyPicture,
  type PageMeta,
  pageMeta,
} from './page-meta.js';
export type { CallOptions } from './send-request.js';
export { verifyWebhook, WebhookError, type WebhookMessage } from './verify-webhook.js';
