// Comes from the OpenAPI document; npm run generate writes it.

export type ErrorCode =
  | 'bad_json'
  | 'unsupported_media_type'
  | 'unauthorized'
  | 'sender_unverified'
  | 'forbidden'
  | 'bad_signature'
  | 'not_found'
  | 'method_not_allowed'
  | 'template_not_found'
  | 'template_version_not_found'
  | 'image_not_found'
  | 'delivery_not_found'
  | 'batch_not_found'
  | 'page_not_found'
  | 'link_not_found'
  | 'source_not_found'
  | 'key_not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'body_too_large'
  | 'precondition_required'
  | 'invalid_request'
  | 'invalid_data'
  | 'draft_invalid'
  | 'template_check_failed'
  | 'queue_full'
  | 'rate_limited'
  | 'quota_exceeded'
  | 'internal'
  | 'redis_unavailable'
  | 'storage_unavailable'
  | 'browser_unavailable'
  | 'preview_timeout'
  | 'template_invalid'
  | 'template_version_gone'
  | 'render_timeout'
  | 'render_crashed'
  | 'stamp_mismatch'
  | 'encode_failed'
  | 'review_refused'
  | 'cancelled'
  | 'asset_forbidden'
  | 'asset_not_found'
  | 'asset_unreachable'
  | 'asset_too_large'
  | 'asset_invalid';

export interface Batch {
  id: string;
  /** `partial`: over, and some rows failed; `failed`: all of them did. */
  status: 'queued' | 'running' | 'completed' | 'partial' | 'failed' | 'cancelled';
  template: string;
  total: number;
  /** Rows by where they stand; together they are `total`. */
  counts: {
    queued: number;
    active: number;
    completed: number;
    reused: number;
    failed: number;
    review: number;
    cancelled: number;
  };
  /** Failed rows by cause, the most frequent first; not in lists of batches. */
  failures?: FailureCause[] | undefined;
  /** Of late; null while unknown. */
  rate_per_second: number | null;
  /** 0 when over; null while unknown. */
  eta_seconds: number | null;
  /** 1, then one more for each retry. */
  run: number;
  /** What was noticed while reading the rows. */
  notes: string[];
  columns?: string[] | undefined;
  created_at: string;
  finished_at: string | null;
}

export interface BatchCheck {
  /** `ok`, `with_warnings` and `refused` together. */
  total: number;
  /** Rows with nothing to tell, or only notes. */
  ok: number;
  with_warnings: number;
  /** Rows that the template does not take. */
  refused: number;
  /** Rows that come out as the same picture; it is drawn once. */
  duplicates: {
    /** The first ten. */
    rows: number[];
    /** How many rows there are. */
    count: number;
  }[];
  pictures: {
    /** Different addresses; each is looked at once. */
    distinct: number;
    failing: {
      /** Host and path, at most 200 characters. */
      url: string;
      code: ErrorCode;
      message: string;
      /** The first ten. */
      rows: number[];
      /** How many rows there are. */
      count: number;
    }[];
  };
  /** Every row with warnings and every refused one, in their order. */
  problems: {
    /** From 1. */
    row: number;
    /** Of the CSV file, from 1. */
    line?: number | undefined;
    /** As it was given. */
    ref?: string | undefined;
    items: BatchCheckItem[];
  }[];
  /** What is only for information, over all rows; most frequent first. */
  notes: {
    field?: string | undefined;
    code: string;
    /** In the first row's words. */
    message: string;
    /** The first ten. */
    rows: number[];
    /** How many rows there are. */
    count: number;
  }[];
  /** Refused rows by cause, the most frequent first. */
  refused_by: FailureCause[];
  /** At most twelve different rows, every reason represented first. */
  worth_a_look: {
    /** From 1. */
    row: number;
    /** Of the CSV file, from 1. */
    line?: number | undefined;
    /** As it was given. */
    ref?: string | undefined;
    reasons: (
      | 'longest'
      | 'emptiest'
      | 'right_to_left'
      | 'emoji'
      | 'failing_picture'
      | 'most_warnings'
    )[];
    warnings: BatchCheckItem[];
    /** Where asked for: the picture, small, as a data: URL. */
    preview?: string | undefined;
  }[];
  /** What was noticed while the file was read. */
  file_notes: string[];
}

/** What is wrong, or was mended, in a row. */
export interface BatchCheckItem {
  field?: string | undefined;
  /** A warning code, `invalid_data`, or an error code. */
  code: string;
  severity: 'info' | 'warning' | 'error';
  message: string;
}

export interface BatchItem {
  /** From 1, without the line of column names. */
  row: number;
  /** Of the file, where there was one. */
  line?: number | undefined;
  ref?: string | undefined;
  status: 'queued' | 'active' | 'completed' | 'reused' | 'failed' | 'review' | 'cancelled';
  image_id?: string | undefined;
  image_url?: string | undefined;
  warnings: Warning[];
  error?: ImageError | undefined;
}

export interface BatchItemList {
  items: BatchItem[];
  /** null on the last page. */
  next_cursor: string | null;
}

export interface BatchList {
  items: Batch[];
  /** null on the last page. */
  next_cursor: string | null;
}

export interface CheckPage {
  url: string;
}

export interface CheckReport {
  template: string;
  version: string;
  sizes: string[];
  summary: {
    pass: number;
    warn: number;
    fail: number;
    skipped: number;
    /** The worst of all. */
    status: 'pass' | 'warn' | 'fail';
  };
  cases: {
    /** Of an ugly case, or `row 1`, `row 2`, … */
    name: string;
    about: string;
    /** Place in `rows`, from 0. */
    row?: number | undefined;
    size: string;
    /** What was chosen in place of the sample's, such as the theme. */
    choices: Record<string, string | boolean>;
    /** `skipped`: the time was up before it was drawn. */
    status: 'pass' | 'warn' | 'fail' | 'skipped';
    warnings: {
      code: string;
      field?: string | undefined;
      message: string;
      severity?: 'info' | 'warning' | 'error' | undefined;
      /** `expected`: what such data deserves, or harmless. */
      verdict: 'expected' | 'warn' | 'fail';
    }[];
    /** CSS pixels. */
    width: number;
    height: number;
    /** The data was refused (by field in `errors`), or the drawing failed. */
    error?:
      | {
          code: string;
          message: string;
          errors: {
            path: string;
            message: string;
          }[];
        }
      | undefined;
    /** A data: URL. */
    picture?: string | undefined;
  }[];
}

export interface CrawlerVerdict {
  crawler: 'facebook' | 'x' | 'linkedin' | 'whatsapp' | 'slack';
  url: string;
  /** No fault is an error. */
  ok: boolean;
  status?: number | undefined;
  content_type?: string | undefined;
  bytes?: number | undefined;
  width?: number | undefined;
  height?: number | undefined;
  redirects: number;
  duration_ms: number;
  faults: Fault[];
}

export interface CreatedKey {
  /** `bootstrap` for the key of the settings. */
  id: string;
  name: string;
  /** Its first characters. */
  prefix: string | null;
  scopes: string[];
  rate_limit: KeyRateLimit;
  daily_quota: number | null;
  created_at: string | null;
  /** To the minute. */
  last_used_at: string | null;
  expires_at: string | null;
  /** false for the key of the settings. */
  revocable: boolean;
  /** Shown this once only. */
  key: string;
}

export interface Delivery {
  /** The `webhook-id`, the same in every attempt. */
  id: string;
  type: 'image.completed' | 'image.failed' | 'batch.completed';
  url: string;
  status: 'pending' | 'delivered' | 'failed' | 'disabled';
  attempt_count: number;
  last_attempt: DeliveryAttempt;
  /** With status `pending`. */
  next_attempt_at: string | null;
  created_at: string;
  settled_at: string | null;
  /** With status `disabled`: `gone` for an answer of 410, `failing` for five days. */
  disabled_reason: 'gone' | 'failing' | null;
  /** Oldest first; of very many, the newest 50. */
  attempts: DeliveryAttempt[];
  /** The body that is sent: `{type, timestamp, data}`. */
  message?: unknown | undefined;
  endpoint: WebhookEndpoint;
}

export type DeliveryAttempt = {
  at: string;
  duration_ms: number;
  /** Of the answer; null where there was none. */
  status: number | null;
  /** Why there was no answer. */
  error: {
    code: 'timeout' | 'unreachable' | 'forbidden_address' | 'bad_answer';
    message: string;
  } | null;
  /** Its first 1,000 bytes. */
  answer: string;
} | null;

export interface DeliveryList {
  items: DeliverySummary[];
  /** null on the last page. */
  next_cursor: string | null;
}

export interface DeliverySummary {
  /** The `webhook-id`, the same in every attempt. */
  id: string;
  type: 'image.completed' | 'image.failed' | 'batch.completed';
  url: string;
  status: 'pending' | 'delivered' | 'failed' | 'disabled';
  attempt_count: number;
  last_attempt: DeliveryAttempt;
  /** With status `pending`. */
  next_attempt_at: string | null;
  created_at: string;
  settled_at: string | null;
  /** With status `disabled`: `gone` for an answer of 410, `failing` for five days. */
  disabled_reason: 'gone' | 'failing' | null;
}

export interface Draft {
  id: string;
  /** The state, for `If-Match`; also the header `ETag`. */
  etag: string;
  created_at: string;
  changed_at: string;
  /** The id of a key. */
  changed_by: string;
  /** Path → text. */
  files: Record<string, string>;
  /** Pictures and fonts. */
  assets: {
    path: string;
    bytes: number;
    sha256: string;
  }[];
  /** What keeps it from being published. */
  problems: {
    file: string;
    line?: number | undefined;
    column?: number | undefined;
    message: string;
  }[];
  /** What has no effect, or not the one meant. */
  warnings: {
    file: string;
    line?: number | undefined;
    column?: number | undefined;
    message: string;
  }[];
}

export interface DraftChange {
  /** Path → text, or null to remove the file. Files that are not named stay as they are. */
  files: Record<string, string | null>;
}

export interface DraftPreview {
  /** Field → value. Default: the draft's own sample. */
  data?: Record<string, unknown> | undefined;
  /** One of the template's sizes. Default: its default_size. */
  size?: string | undefined;
  output?: Output | undefined;
  /** Not given: a field's own fallback with a warning, else 422. `fallback`: never 422 for what data is like; in the end another template steps in. `reject`: 422 even where it could be mended. `review`: kept until someone approves. */
  on_missing?: 'fallback' | 'reject' | 'review' | undefined;
}

/** Why rows failed, for all that failed alike. */
export interface FailureCause {
  /** Lists its rows: `GET …/items?cause=`. */
  cause: string;
  code: string;
  field?: string | undefined;
  /** As the first of the rows has it. */
  message: string;
  count: number;
  /** The first ten. */
  rows: number[];
}

export interface Fault {
  code:
    | 'unreachable'
    | 'not_allowed'
    | 'status'
    | 'redirected'
    | 'needs_cookie'
    | 'sets_cookie'
    | 'html'
    | 'not_a_picture'
    | 'wrong_type'
    | 'unsupported_format'
    | 'too_large'
    | 'too_small'
    | 'too_wide'
    | 'wrong_dimensions'
    | 'slow'
    | 'stand_in'
    | 'http'
    | 'relative_url'
    | 'no_image'
    | 'missing_size'
    | 'missing_alt'
    | 'missing_card';
  severity: 'error' | 'warning';
  /** What is wrong, and the remedy. */
  message: string;
}

export interface Generate {
  /** The template. */
  design_id: string;
  /** Field → value; at most 1000 values, 5 levels. */
  layers: Record<string, unknown>;
  /** One of the template's sizes. Default: its default_size. */
  size?: string | undefined;
  output?: Output | undefined;
  /** Not given: a field's own fallback with a warning, else 422. `fallback`: never 422 for what data is like; in the end another template steps in. `reject`: 422 even where it could be mended. `review`: kept until someone approves. */
  on_missing?: 'fallback' | 'reject' | 'review' | undefined;
  /** Yours: comes back as it is. At most 20 pairs, keys up to 40 and values up to 500 characters. */
  metadata?: Record<string, string> | undefined;
}

export interface GeneratedImage {
  /** The same as `url`. */
  image_url: string;
  /** The same template version, data and output always have the same id. */
  id: string;
  status: 'queued' | 'active' | 'completed' | 'failed' | 'review';
  /** The final address, known from the first answer on; 404 until `completed`. */
  url: string;
  template: string;
  template_version: string;
  /** The name of the template's size. */
  size: string;
  /** Pixels of the picture file (CSS pixels × scale). */
  width: number;
  /** Pixels of the picture file (CSS pixels × scale). */
  height: number;
  format: 'png' | 'jpeg' | 'webp' | 'avif';
  /** 0 until `completed`. */
  bytes: number;
  /** Nothing had to be drawn for this request. */
  reused: boolean;
  warnings: Warning[];
  timings_ms: Timings;
  metadata: Record<string, string>;
  created_at: string;
  /** With status `failed`. */
  error?:
    | {
        code: ErrorCode;
        message: string;
      }
    | undefined;
  /** With status `review`: what it would look like (key required). */
  preview_url?: string | undefined;
}

export interface Health {
  status: 'ok';
}

export interface HookAnswer {
  action: 'publish' | 'update' | 'unpublish' | 'ignore';
  /** As the sender names it. */
  event: string;
  page?: string | undefined;
  /** Why it was ignored. */
  reason?: string | undefined;
}

export interface Image {
  /** The same template version, data and output always have the same id. */
  id: string;
  status: 'queued' | 'active' | 'completed' | 'failed' | 'review';
  /** The final address, known from the first answer on; 404 until `completed`. */
  url: string;
  template: string;
  template_version: string;
  /** The name of the template's size. */
  size: string;
  /** Pixels of the picture file (CSS pixels × scale). */
  width: number;
  /** Pixels of the picture file (CSS pixels × scale). */
  height: number;
  format: 'png' | 'jpeg' | 'webp' | 'avif';
  /** 0 until `completed`. */
  bytes: number;
  /** Nothing had to be drawn for this request. */
  reused: boolean;
  warnings: Warning[];
  timings_ms: Timings;
  metadata: Record<string, string>;
  created_at: string;
  /** With status `failed`. */
  error?:
    | {
        code: ErrorCode;
        message: string;
      }
    | undefined;
  /** With status `review`: what it would look like (key required). */
  preview_url?: string | undefined;
}

export interface ImageError {
  code: ErrorCode;
  message: string;
}

export interface ImageList {
  items: Image[];
  /** null on the last page. */
  next_cursor: string | null;
}

export interface ImageSet {
  /** In the order of `sizes`. */
  images: Image[];
}

export interface Key {
  /** `bootstrap` for the key of the settings. */
  id: string;
  name: string;
  /** Its first characters. */
  prefix: string | null;
  scopes: string[];
  rate_limit: KeyRateLimit;
  daily_quota: number | null;
  created_at: string | null;
  /** To the minute. */
  last_used_at: string | null;
  expires_at: string | null;
  /** false for the key of the settings. */
  revocable: boolean;
}

export interface KeyList {
  items: Key[];
}

/** Requests: as many at once, and evenly as many again within the window. */
export type KeyRateLimit = {
  per_second?: number | undefined;
  per_minute?: number | undefined;
} | null;

export interface Link {
  id: string;
  /** Also with .avif, .jpg, .png or .webp. */
  url: string;
  /** The address as it is put into a mail of each tool. */
  merge_tags: {
    mailchimp?: string | undefined;
    klaviyo?: string | undefined;
    hubspot?: string | undefined;
    sendgrid?: string | undefined;
    brevo?: string | undefined;
  };
  template: string;
  fields: Record<
    string,
    {
      /** Characters; a longer value counts as missing. */
      max_length: number;
    }
  >;
  max_images: number;
  max_per_minute: number;
  /** Nothing new is drawn. */
  paused: boolean;
  /** Distinct pictures so far, without those whose place was given to another. */
  images: number;
  /** Pictures that readers wait for at this moment. */
  waiting: number;
  /** How often a reader was shown the picture without values because a limit was reached. */
  refused: number;
  /** How many of those because too much was asked for from one network. */
  refused_by_network: number;
  /** When that was the last time. */
  last_limited_at: string | null;
  /** How many requests came with a merge tag that the mail tool had not filled, such as `*|FNAME|*`. Their readers saw the value from `fixed`. */
  unfilled_tags: number;
  /** The field in which the last of them stood. */
  last_unfilled_field: string | null;
  /** When that was. */
  last_unfilled_at: string | null;
  /** Pictures of each of the five networks that most of them were drawn for, within about a day. Which networks they are is not kept. */
  busiest_networks: number[];
  created_at: string;
  expires_at: string | null;
  /** The API key that made it; null for the key of the settings. */
  key_id: string | null;
  /** New pictures that the daily quota of that key has left; at 0 the picture without values is shown. null: nothing is counted. */
  quota_left: number | null;
}

export interface LinkChanges {
  /** Distinct pictures; beyond, the one without values is shown. */
  max_images?: number | undefined;
  /** New pictures within one minute. */
  max_per_minute?: number | undefined;
  /** After it, the picture without values is shown. null: never. */
  expires_at?: string | null | undefined;
  /** Draws nothing new: what is drawn is served, the rest without values. */
  paused?: boolean | undefined;
}

export interface LinkList {
  items: Link[];
  /** null on the last page. */
  next_cursor: string | null;
}

export interface NewBatch {
  /** The id of a template, or `<id>@<version>`, which pins a version. */
  template: string;
  /** One of the template's sizes. Default: its default_size. */
  size?: string | undefined;
  output?: Output | undefined;
  /** Not given: a field's own fallback with a warning, else 422. `fallback`: never 422 for what data is like; in the end another template steps in. `reject`: 422 even where it could be mended. `review`: kept until someone approves. */
  on_missing?: 'fallback' | 'reject' | 'review' | undefined;
  /** Told once it is over, signed as Standard Webhooks; see docs/webhooks.md. */
  webhook_url?: string | undefined;
  /** Tells `webhook_url` of every row as well. */
  item_webhooks?: boolean | undefined;
  /** The decimal mark of numbers that can be read in two ways, such as `1.299`. */
  decimal?: ',' | '.' | undefined;
  /** The order of dates that can be read in several ways, such as `03/04/2026`. */
  date_order?: 'dmy' | 'mdy' | 'ymd' | undefined;
  items: {
    /** Field → value; at most 1000 values, 5 levels. */
    data: Record<string, unknown>;
    /** Yours: comes back with the row. */
    ref?: string | undefined;
  }[];
}

export interface NewBatchForm {
  /** A CSV with a line of column names. */
  file: string;
  /** The id of a template, or `<id>@<version>`, which pins a version. */
  template: string;
  /** JSON: field → column name, `{column, fallback?}`, or `{value}` for the same in every row. Without columns in it, these are matched by name. */
  mapping?: string | undefined;
  /** Of the file, such as `windows-1250`. Without it, it is found by looking. */
  encoding?: string | undefined;
  size?: string | undefined;
  /** JSON, as in POST /v1/images. */
  output?: string | undefined;
  /** Not given: a field's own fallback with a warning, else 422. `fallback`: never 422 for what data is like; in the end another template steps in. `reject`: 422 even where it could be mended. `review`: kept until someone approves. */
  on_missing?: 'fallback' | 'reject' | 'review' | undefined;
  /** The decimal mark of numbers that can be read in two ways, such as `1.299`. */
  decimal?: ',' | '.' | undefined;
  /** The order of dates that can be read in several ways, such as `03/04/2026`. */
  date_order?: 'dmy' | 'mdy' | 'ymd' | undefined;
  /** Told once it is over, signed as Standard Webhooks; see docs/webhooks.md. */
  webhook_url?: string | undefined;
  item_webhooks?: 'true' | 'false' | undefined;
}

export interface NewCheck {
  /** Data to judge. Without it the template itself is: by ugly data. */
  rows?: Record<string, unknown>[] | undefined;
  /** Names of sizes. Default: all, and for rows the template's default_size. */
  sizes?: string[] | undefined;
  /** Each case holds its picture, small, as a data: URL. */
  pictures?: boolean | undefined;
}

export interface NewImage {
  /** The id of a template, or `<id>@<version>`, which pins a version. */
  template: string;
  /** Field → value; at most 1000 values, 5 levels. */
  data: Record<string, unknown>;
  /** One of the template's sizes. Default: its default_size. */
  size?: string | undefined;
  output?: Output | undefined;
  /** Not given: a field's own fallback with a warning, else 422. `fallback`: never 422 for what data is like; in the end another template steps in. `reject`: 422 even where it could be mended. `review`: kept until someone approves. */
  on_missing?: 'fallback' | 'reject' | 'review' | undefined;
  /** Several sizes at once, instead of `size`; the answer holds `images`. */
  sizes?: string[] | undefined;
  /** Seconds to wait for the picture; 0 answers at once. */
  wait?: number | undefined;
  /** Draw again even if the picture is stored. */
  refresh?: boolean | undefined;
  /** Told once the picture is ready or has failed; see docs/webhooks.md. */
  webhook_url?: string | undefined;
  /** Yours: comes back as it is. At most 20 pairs, keys up to 40 and values up to 500 characters. */
  metadata?: Record<string, string> | undefined;
}

export interface NewKey {
  /** Who uses the key. */
  name: string;
  /** What the key may do. `*` and `admin`: everything. Default: `*`. */
  scopes?:
    | ('images' | 'batches' | 'pages' | 'templates' | 'templates:write' | 'admin' | '*')[]
    | undefined;
  rate_limit?: KeyRateLimit | undefined;
  /** New pictures within one UTC day; those that are reused do not count. */
  daily_quota?: number | undefined;
  /** In the future; from then on the key is refused. Default: never. */
  expires_at?: string | undefined;
}

export interface NewLink {
  /** The id of a template, or `<id>@<version>`, which pins a version. */
  template: string;
  /** Values for everyone; for a field that varies, what is shown where none is given. */
  fixed?: Record<string, unknown> | undefined;
  /** The fields that the address may fill. */
  fields: Record<
    string,
    {
      /** Characters; a longer value counts as missing. */
      max_length: number;
    }
  >;
  /** One of the template's sizes. Default: its default_size. */
  size?: string | undefined;
  output?: Output | undefined;
  /** Distinct pictures; beyond, the one without values is shown. */
  max_images?: number | undefined;
  /** New pictures within one minute. */
  max_per_minute?: number | undefined;
  /** After it, the picture without values is shown. Default: never. */
  expires_at?: string | undefined;
}

export interface NewPreview {
  /** Field → value. Default: the template's own sample. */
  data?: Record<string, unknown> | undefined;
  /** One of the template's sizes. Default: its default_size. */
  size?: string | undefined;
  output?: Output | undefined;
  /** Not given: a field's own fallback with a warning, else 422. `fallback`: never 422 for what data is like; in the end another template steps in. `reject`: 422 even where it could be mended. `review`: kept until someone approves. */
  on_missing?: 'fallback' | 'reject' | 'review' | undefined;
}

export interface NewSession {
  /** An API key. */
  key: string;
}

export interface NewTemplate {
  id: string;
  name?: string | undefined;
  /** The id of a template to copy. Default: a small complete card to start from. */
  from?: string | undefined;
}

export interface NewUrl {
  /** The id of a template, or `<id>@<version>`, which pins a version. */
  template: string;
  /** Field → value; at most 1000 values, 5 levels. */
  data: Record<string, unknown>;
  /** One of the template's sizes. Default: its default_size. */
  size?: string | undefined;
  output?: Output | undefined;
  /** Seconds; after them a card stands in. Default: never ends. */
  expires_in?: number | undefined;
}

export interface Output {
  /** Where it is shown: sets format and byte limit. */
  for?: 'open_graph' | 'whatsapp' | 'x' | 'linkedin' | 'email' | undefined;
  /** Default: png. */
  format?: 'png' | 'jpeg' | 'webp' | 'avif' | undefined;
  /** Device pixels per CSS pixel. Default: 1. */
  scale?: number | undefined;
  /** Of JPEG (default 85), WebP (default 82) and AVIF (default 60); PNG has none. */
  quality?: number | undefined;
  /** The picture is made smaller in quality until it fits. */
  max_bytes?: number | undefined;
}

export interface Page {
  key: string;
  /** `failed`: the last good picture is shown, if there is one. */
  status: 'rendering' | 'ready' | 'failed' | 'review';
  /** The address of the picture of the first size. */
  url: string;
  template: string;
  page_url: string | null;
  /** Nothing had to be drawn for this put. */
  reused?: boolean | undefined;
  pictures: PagePicture[];
  /** Ready to be put into the head of the page. */
  meta_html: string;
  /** null where it was not asked for. */
  verification: {
    status: 'passed' | 'failed' | 'pending';
    checked_at: string | null;
    verdicts: {
      crawler: 'facebook' | 'x' | 'linkedin' | 'whatsapp' | 'slack';
      url: string;
      /** No fault is an error. */
      ok: boolean;
      status?: number | undefined;
      content_type?: string | undefined;
      bytes?: number | undefined;
      width?: number | undefined;
      height?: number | undefined;
      redirects: number;
      duration_ms: number;
      faults: Fault[];
      size: string;
    }[];
  } | null;
  created_at: string;
  updated_at: string;
}

export interface PageList {
  items: PageSummary[];
  /** null on the last page. */
  next_cursor: string | null;
}

export interface PagePicture {
  size: string;
  status: 'rendering' | 'ready' | 'failed' | 'review';
  /** The image of the present content. */
  image_id: string;
  /** Shows whatever the page shows now. */
  url: string;
  /** Shows this version for ever; for tags, since crawlers keep pictures. */
  versioned_url: string;
  /** The image in the storage. */
  canonical_url: string;
  /** What is shown: the last that was ready. */
  shown_image_id: string | null;
  width: number;
  height: number;
  format: 'png' | 'jpeg' | 'webp' | 'avif';
  warnings: Warning[];
  error?: ImageError | undefined;
}

export interface PageReport {
  /** After redirects. */
  url: string;
  status?: number | undefined;
  ok: boolean;
  faults: Fault[];
  tags: {
    name: string;
    content: string;
  }[];
  pictures: {
    url: string;
    absolute_url?: string | undefined;
    width?: number | undefined;
    height?: number | undefined;
    type?: string | undefined;
    alt?: string | undefined;
    faults: Fault[];
    verdicts: CrawlerVerdict[];
  }[];
}

export interface PageSummary {
  key: string;
  /** `failed`: the last good picture is shown, if there is one. */
  status: 'rendering' | 'ready' | 'failed' | 'review';
  /** The address of the picture of the first size. */
  url: string;
  template: string;
  page_url: string | null;
  created_at: string;
  updated_at: string;
}

/** RFC 9457 problem details. */
export interface Problem {
  /** Where the code is described. */
  type: string;
  title: string;
  status: number;
  /** What went wrong here, and the remedy. */
  detail: string;
  /** For programs. */
  code: ErrorCode;
  /** Also in X-Request-Id and in the log. */
  request_id: string;
  /** Every mistake in the input, by path such as `output.scale`. */
  errors?:
    | {
        path: string;
        message: string;
      }[]
    | undefined;
  /** With 412: what others saved since, and the state to go on from. */
  current?:
    | {
        etag: string;
        changed_at: string;
        changed_by: string;
        changes: {
          path: string;
          text?: string | undefined;
          bytes?: number | undefined;
          sha256?: string | undefined;
          removed?: true | undefined;
          changed_at: string;
          changed_by: string;
        }[];
      }
    | undefined;
  /** The image whose rendering failed. */
  image_id?: string | undefined;
}

export interface Publish {
  message?: string | undefined;
  /** Publish although the check fails. Mistakes are never published. */
  force?: boolean | undefined;
}

export interface PublishedTemplate {
  action: 'published' | 'rolled_back' | 'deleted';
  /** As `template_version` of images. Another engine may give the same files another. */
  version: string;
  /** SHA-256 of the files that can change a pixel. */
  content: string;
  at: string;
  /** The id of a key. */
  by: string;
  message?: string | undefined;
  /** Although the check failed. */
  forced?: true | undefined;
  id: string;
  check: {
    status: 'pass' | 'warn' | 'fail';
    pass: number;
    warn: number;
    fail: number;
    /** Cases for which there was no time. */
    skipped: number;
  };
}

export interface PutPage {
  /** The id of a template, or `<id>@<version>`, which pins a version. */
  template: string;
  /** Field → value; at most 1000 values, 5 levels. */
  data: Record<string, unknown>;
  /** One of the template's sizes. Default: its default_size. */
  size?: string | undefined;
  output?: Output | undefined;
  /** Not given: a field's own fallback with a warning, else 422. `fallback`: never 422 for what data is like; in the end another template steps in. `reject`: 422 even where it could be mended. `review`: kept until someone approves. */
  on_missing?: 'fallback' | 'reject' | 'review' | undefined;
  /** Several sizes, instead of `size`; crawlers take the first. */
  sizes?: string[] | undefined;
  /** Where the page itself stands. */
  page_url?: string | undefined;
  /** Describes the picture. Default: the title, headline or name in the data. */
  alt?: string | undefined;
  /** Fetch the stored pictures back as crawlers would, and tell. */
  verify?: boolean | undefined;
  /** Told `image.completed` or `image.failed` for each picture of this put, with the page. */
  webhook_url?: string | undefined;
  /** Seconds to wait for the pictures; 0 answers at once. */
  wait?: number | undefined;
}

export interface Readiness {
  status: 'ready' | 'unavailable';
  checks: Record<
    string,
    {
      ok: boolean;
      detail?: string | undefined;
    }
  >;
}

export interface Rollback {
  /** Of the history. */
  version: string;
  message?: string | undefined;
}

export interface Session {
  /** Id of the key; `bootstrap`: the one of the settings. */
  key_id: string;
  /** Name of the key. */
  name: string;
  scopes: ('images' | 'batches' | 'pages' | 'templates' | 'templates:write' | 'admin' | '*')[];
  /** When the session ends if it is not used before; each use extends it. */
  expires_at: string;
}

export interface SignedUrl {
  url: string;
  expires_at: string | null;
}

export interface Source {
  name: string;
  kind: 'ghost' | 'strapi' | 'wordpress' | 'contentful' | 'sanity' | 'generic';
  /** Required for `generic`. For `strapi`, which by default sends a token in `Authorization`. */
  signature?:
    | {
        /** `hmac`: HMAC-SHA256 of the body in hex or base64. `token`: the secret itself. */
        scheme: 'hmac' | 'token';
        header: string;
      }
    | undefined;
  template: string;
  /** The page's key, or an address whose path is the key. */
  page: string;
  /** The address of the page itself. Not given: `site_url` and the key. */
  page_url?: string | undefined;
  /** Says "publish", "update", "unpublish" or "delete" where the kind does not. */
  event?: string | undefined;
  /** Field → expression. */
  map: Record<string, string>;
  /** `{{@site_url}}` in expressions. */
  site_url?: string | undefined;
  sizes?: string[] | undefined;
  verify?: boolean | undefined;
  on_missing?: 'fallback' | 'reject' | 'review' | undefined;
  /** Never shown. */
  secret: '********';
  /** What the CMS is to call. */
  hook_url: string;
  created_at: string;
  updated_at: string;
}

export interface SourceInput {
  kind: 'ghost' | 'strapi' | 'wordpress' | 'contentful' | 'sanity' | 'generic';
  /** Required for `generic`. For `strapi`, which by default sends a token in `Authorization`. */
  signature?:
    | {
        /** `hmac`: HMAC-SHA256 of the body in hex or base64. `token`: the secret itself. */
        scheme: 'hmac' | 'token';
        header: string;
      }
    | undefined;
  template: string;
  /** The page's key, or an address whose path is the key. */
  page: string;
  /** The address of the page itself. Not given: `site_url` and the key. */
  page_url?: string | undefined;
  /** Says "publish", "update", "unpublish" or "delete" where the kind does not. */
  event?: string | undefined;
  /** Field → expression. */
  map: Record<string, string>;
  /** `{{@site_url}}` in expressions. */
  site_url?: string | undefined;
  sizes?: string[] | undefined;
  verify?: boolean | undefined;
  on_missing?: 'fallback' | 'reject' | 'review' | undefined;
  /** Not given or masked: the one that is kept stays. */
  secret?: '********' | string | undefined;
}

export interface SourceTest {
  action: 'publish' | 'update' | 'unpublish' | 'ignore';
  event: string;
  /** Why it would be ignored. */
  reason?: string | undefined;
  page?: string | undefined;
  page_url?: string | undefined;
  template: string;
  data: Record<string, unknown>;
  warnings: {
    code: string;
    message: string;
    field?: string | undefined;
  }[];
  /** Why a real request would be refused. */
  errors: {
    path: string;
    message: string;
  }[];
}

export interface SourceTestInput {
  /** As the CMS sends it. */
  body: Record<string, unknown>;
  /** Only those that tell what happened, such as `X-Contentful-Topic`. */
  headers?: Record<string, string> | undefined;
}

export interface Template {
  id: string;
  name: string;
  description: string;
  /** Name → width and height in CSS pixels. */
  sizes: Record<string, [number, number]>;
  default_size: string;
  /** Changes with every file that can change a pixel. */
  version: string;
  links: {
    self: string;
    /** POST there. */
    preview: string;
  };
  /** The template's template.json. */
  manifest: Record<string, unknown>;
  /** JSON Schema of `data`. */
  fields_schema: Record<string, unknown>;
  /** Data to try it with. */
  sample: Record<string, unknown>;
}

export interface TemplateList {
  items: TemplateSummary[];
}

export interface TemplateSummary {
  id: string;
  name: string;
  description: string;
  /** Name → width and height in CSS pixels. */
  sizes: Record<string, [number, number]>;
  default_size: string;
  /** Changes with every file that can change a pixel. */
  version: string;
  links: {
    self: string;
    /** POST there. */
    preview: string;
  };
}

export interface TemplateVersion {
  action: 'published' | 'rolled_back' | 'deleted';
  /** As `template_version` of images. Another engine may give the same files another. */
  version: string;
  /** SHA-256 of the files that can change a pixel. */
  content: string;
  at: string;
  /** The id of a key. */
  by: string;
  message?: string | undefined;
  /** Although the check failed. */
  forced?: true | undefined;
}

export interface TemplateVersionList {
  items: TemplateVersion[];
}

/** Milliseconds by stage; 0 until the picture is ready. */
export interface Timings {
  queue: number;
  assets: number;
  compile: number;
  render: number;
  encode: number;
  store: number;
  total: number;
}

/** What happened to an image, stage by stage. */
export interface Trace {
  id: string;
  template: {
    id: string;
    version: string;
    size: {
      name: string;
      width: number;
      height: number;
    };
  };
  data: {
    /** The complete fields after defaults, fallbacks and trims. */
    fields: Record<string, unknown>;
    warnings: Warning[];
    metadata: Record<string, string>;
  };
  generation: {
    /** Counts how often the image was drawn anew. */
    number: number;
    status: 'queued' | 'active' | 'completed' | 'failed' | 'review';
    output: {
      format: 'png' | 'jpeg' | 'webp' | 'avif';
      scale: number;
      /** null for PNG. */
      quality: number | null;
      max_bytes: number | null;
    };
    created_at: string;
    completed_at: string | null;
    timings_ms: Timings;
    error?: ImageError | undefined;
    events: {
      at: string;
      event: string;
    }[];
  };
  url: {
    canonical: string;
    /** The key of the stored object. */
    key: string;
  };
  delivery: {
    stored: boolean;
    content_type: string;
    bytes: number;
    width: number;
    height: number;
  };
}

/** What was mended in the data or seen in the picture. */
export interface Warning {
  code: string;
  field?: string | undefined;
  message: string;
  severity?: 'info' | 'warning' | 'error' | undefined;
  /** A picture failed for a reason that may pass: asked again, it is drawn anew. */
  retryable?: boolean | undefined;
}

export interface WebhookEndpoint {
  /** The address without its query: disabled as one. */
  url: string;
  status: 'active' | 'failing' | 'disabled';
  failing_since: string | null;
  disabled_at: string | null;
  /** `gone`: it answered 410. `failing`: every attempt of five days failed. */
  disabled_reason: 'gone' | 'failing' | null;
}

/** What each operation takes and answers, by its id. */
export interface Operations {
  /** Delete an image: its picture, its record and its waiting render */
  delete_images_id: {
    answer: undefined;
  };
  /** Revoke an API key: the next request with it is refused */
  delete_keys_id: {
    answer: undefined;
  };
  /** Remove a link */
  delete_links_id: {
    answer: undefined;
  };
  /** Remove a page */
  delete_pages_key: {
    answer: undefined;
  };
  /** Delete a source; the pages that it published stay */
  delete_sources_name: {
    answer: undefined;
  };
  /** Delete a stored template */
  delete_templates_id: {
    answer: undefined;
  };
  /** Remove a file below assets/ from a draft */
  delete_templates_id_draft_assets_name: {
    answer: Draft;
  };
  /** List batches, newest first */
  get_batches: {
    query: {
      /** The `next_cursor` of the page before. */
      cursor?: string | undefined;
      limit?: number | undefined;
    };
    answer: BatchList;
  };
  /** See how far a batch is */
  get_batches_id: {
    answer: Batch;
  };
  /** List the rows of a batch in their order */
  get_batches_id_items: {
    query: {
      status?:
        | 'queued'
        | 'active'
        | 'completed'
        | 'reused'
        | 'failed'
        | 'review'
        | 'cancelled'
        | undefined;
      /** Only failed rows of this cause, as `failures` of the batch names it. */
      cause?: string | undefined;
      /** Only failed rows with this error code. */
      code?: string | undefined;
      /** The `next_cursor` of the page before. */
      cursor?: string | undefined;
      limit?: number | undefined;
    };
    answer: BatchItemList;
  };
  /** Get the rows back with their addresses, as JSON */
  get_batches_id_results_json: {
    query: {
      status?:
        | 'queued'
        | 'active'
        | 'completed'
        | 'reused'
        | 'failed'
        | 'review'
        | 'cancelled'
        | undefined;
      /** Only failed rows of this cause, as `failures` of the batch names it. */
      cause?: string | undefined;
      /** Only failed rows with this error code. */
      code?: string | undefined;
    };
    answer: unknown;
  };
  /** List deliveries of webhooks, newest first */
  get_deliveries: {
    query: {
      status?: 'pending' | 'delivered' | 'failed' | 'disabled' | undefined;
      /** The `next_cursor` of the page before. */
      cursor?: string | undefined;
      limit?: number | undefined;
    };
    answer: DeliveryList;
  };
  /** See a delivery: its message, every attempt, and the state of its receiver */
  get_deliveries_id: {
    answer: Delivery;
  };
  /** List images, newest first */
  get_images: {
    query: {
      /** The id of a template, or `<id>@<version>`, which pins a version. */
      template?: string | undefined;
      status?: 'queued' | 'active' | 'completed' | 'failed' | 'review' | undefined;
      /** The `next_cursor` of the page before. */
      cursor?: string | undefined;
      limit?: number | undefined;
    };
    answer: ImageList;
  };
  /** Read an image */
  get_images_id: {
    answer: Image;
  };
  /** See what happened to an image, stage by stage */
  get_images_id_trace: {
    answer: Trace;
  };
  /** List the API keys: the one of the settings, then the others, oldest first */
  get_keys: {
    answer: KeyList;
  };
  /** List links, newest first */
  get_links: {
    query: {
      /** The `next_cursor` of the page before. */
      cursor?: string | undefined;
      limit?: number | undefined;
    };
    answer: LinkList;
  };
  /** See a link and how many pictures came of it */
  get_links_id: {
    answer: Link;
  };
  /** List pages, by key */
  get_pages: {
    query: {
      /** Only pages whose keys begin so. */
      prefix?: string | undefined;
      /** The `next_cursor` of the page before. */
      cursor?: string | undefined;
      limit?: number | undefined;
    };
    answer: PageList;
  };
  /** Read a page, with the tags for its head */
  get_pages_key: {
    answer: Page;
  };
  /** List the sources, by name */
  get_sources: {
    answer: {
      items: Source[];
    };
  };
  /** See a source, without its secret */
  get_sources_name: {
    answer: Source;
  };
  /** List the templates */
  get_templates: {
    answer: TemplateList;
  };
  /** Read a template: its fields, sizes and sample */
  get_templates_id: {
    answer: Template;
  };
  /** Read a draft: its texts, and their mistakes by file, line and column */
  get_templates_id_draft: {
    answer: Draft;
  };
  /** List what was published, rolled back and deleted, newest first */
  get_templates_id_versions: {
    answer: TemplateVersionList;
  };
  /** Change the limits of a link, or pause it */
  patch_links_id: {
    body: LinkChanges;
    answer: Link;
  };
  /** Make an image for every row of a list */
  post_batches: {
    body: NewBatch;
    answer: Batch;
  };
  /** Look at every row of a list without drawing it */
  post_batches_check: {
    query: {
      /** Draw the rows that are worth a look, small. */
      previews?: 'true' | 'false' | undefined;
    };
    body: NewBatch;
    answer: BatchCheck;
  };
  /** Stop a batch at once */
  post_batches_id_cancel: {
    answer: Batch;
  };
  /** Take the failed rows up again */
  post_batches_id_retry: {
    answer: Batch;
  };
  /** Send a message again, at once */
  post_deliveries_id_replay: {
    answer: Delivery;
  };
  /** Make an image and wait for it */
  post_generate: {
    body: Generate;
    answer: GeneratedImage;
  };
  /** Make an image, or get the one that exists */
  post_images: {
    body: NewImage;
    answer: Image | ImageSet;
  };
  /** Draw an image that waited for a review */
  post_images_id_approve: {
    answer: Image;
  };
  /** Refuse an image that waited for a review; it ends as failed */
  post_images_id_reject: {
    answer: Image;
  };
  /** Make an API key */
  post_keys: {
    body: NewKey;
    answer: CreatedKey;
  };
  /** Make a link for e-mail, whose fields a mail tool fills */
  post_links: {
    body: NewLink;
    answer: Link;
  };
  /** Read any page's tags and look at its pictures as crawlers would */
  post_pages_check: {
    body: CheckPage;
    answer: PageReport;
  };
  /** See what a sample body would be mapped to; nothing is drawn or kept */
  post_sources_name_test: {
    body: SourceTestInput;
    answer: SourceTest;
  };
  /** Begin a template: from a starter, or as a copy of another */
  post_templates: {
    body: NewTemplate;
    answer: Draft;
  };
  /** Judge a template by ugly data, or rows by their pictures */
  post_templates_id_check: {
    body: NewCheck;
    answer: CheckReport;
  };
  /** Publish a draft: check it, and make it the current version */
  post_templates_id_publish: {
    body: Publish;
    answer: PublishedTemplate;
  };
  /** Make an older version the current one again */
  post_templates_id_rollback: {
    body: Rollback;
    answer: TemplateVersion;
  };
  /** Make a draft of a ZIP with the files of a template */
  post_templates_import: {
    query: {
      id: string;
    };
    answer: Draft;
  };
  /** Sign the address of a picture */
  post_urls: {
    body: NewUrl;
    answer: SignedUrl;
  };
  /** Point a page at the picture of this content, drawing it if there is none yet */
  put_pages_key: {
    body: PutPage;
    answer: Page;
  };
  /** Make or replace a source: a CMS whose publish hooks draw pages */
  put_sources_name: {
    body: SourceInput;
    answer: Source;
  };
  /** Save texts of a draft */
  put_templates_id_draft: {
    body: DraftChange;
    answer: Draft;
  };
  /** Save a picture, a font or a style sheet of a draft */
  put_templates_id_draft_assets_name: {
    answer: Draft;
  };
}
