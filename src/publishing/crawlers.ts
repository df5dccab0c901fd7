/** A platform's crawler, which shows images of pages, and its limits. */
export interface Crawler {
  name: 'facebook' | 'x' | 'linkedin' | 'whatsapp' | 'slack';
  label: string;
  /** Its user agent when it requests images. */
  userAgent: string;
  /** A larger image is not shown. */
  maxBytes: number;
  /** A larger image is sometimes not shown. */
  safeBytes?: number;
  /** A smaller image is not shown. */
  minWidthPx: number;
  minHeightPx: number;
  /** A smaller image is shown as a thumbnail. */
  large?: { widthPx: number; heightPx: number };
  /** Width divided by height; a wider image is not shown. */
  maxRatio?: number;
}

/** The platforms do not say which megabyte they mean: the smaller one. */
const MEGABYTE = 1_000_000;

/**
 * What each platform says of its crawler; none promises to keep to it.
 *
 * - Facebook: 8 MB, 200 x 200 pixels, small below 600 x 315
 *   (https://developers.facebook.com/docs/sharing/webmasters/images); the user agent
 *   (https://developers.facebook.com/docs/sharing/webmasters/crawler).
 * - X: less than 5 MB (https://developer.x.com/cards/markup), 300 x 157 pixels for a large card
 *   (https://developer.x.com/en/docs/x-for-websites/cards/overview/summary-card-with-large-image);
 *   the user agent is documented nowhere now, it is what sites see.
 * - LinkedIn: its help speaks of 5 MB and 1200 x 627 pixels (as others repeat it:
 *   https://ayrshare.com/docs/media-guidelines/linkedin). That images of less than 401 pixels are
 *   shown as thumbnails is only handed down, as is the user agent
 *   (https://aicw.io/ai-crawler-bot/linkedinbot).
 * - WhatsApp: under 600 KB, 300 pixels wide, no wider than 4:1
 *   (https://developers.facebook.com/docs/whatsapp/link-previews). Many see no image from 300 KB
 *   on (https://www.techcompare.app/open-graph-viewer/whatsapp-link-previews). The user agent holds
 *   the version of the app (https://myog.social/bots/whatsapp).
 * - Slack: no limits are documented (https://docs.slack.dev/messaging/unfurling-links-in-messages),
 *   those of X are taken. One crawler reads pages, another their images
 *   (https://api.slack.com/robots, https://crawlerdex.tn3w.dev/Slack-ImgProxy).
 */
export const crawlers: readonly Crawler[] = [
  {
    name: 'facebook',
    label: 'Facebook',
    userAgent: 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    maxBytes: 8 * MEGABYTE,
    minWidthPx: 200,
    minHeightPx: 200,
    large: { widthPx: 600, heightPx: 315 },
  },
  {
    name: 'x',
    label: 'X',
    userAgent: 'Twitterbot/1.0',
    maxBytes: 5 * MEGABYTE,
    minWidthPx: 300,
    minHeightPx: 157,
  },
  {
    name: 'linkedin',
    label: 'LinkedIn',
    userAgent:
      'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
    maxBytes: 5 * MEGABYTE,
    minWidthPx: 1,
    minHeightPx: 1,
    large: { widthPx: 401, heightPx: 1 },
  },
  {
    name: 'whatsapp',
    label: 'WhatsApp',
    userAgent: 'WhatsApp/2.23.20.0',
    maxBytes: 600_000,
    safeBytes: 300_000,
    minWidthPx: 300,
    minHeightPx: 1,
    maxRatio: 4,
  },
  {
    name: 'slack',
    label: 'Slack',
    userAgent: 'Slack-ImgProxy (+https://api.slack.com/robots)',
    maxBytes: 5 * MEGABYTE,
    minWidthPx: 1,
    minHeightPx: 1,
  },
];

export const FAULT_CODES = [
  'unreachable',
  'not_allowed',
  'status',
  'redirected',
  'needs_cookie',
  'sets_cookie',
  'html',
  'not_a_picture',
  'wrong_type',
  'unsupported_format',
  'too_large',
  'too_small',
  'too_wide',
  'wrong_dimensions',
  'slow',
  'stand_in',
  'http',
  'relative_url',
  'no_image',
  'missing_size',
  'missing_alt',
  'missing_card',
] as const;

export interface Fault {
  code: (typeof FAULT_CODES)[number];
  /** `error`: no image is shown. `warning`: it may be shown late, small or not at all. */
  severity: 'error' | 'warning';
  /** The problem and the remedy. */
  message: string;
}

/** The result of one crawler for one image. */
export interface CrawlerVerdict {
  crawler: Crawler['name'];
  url: string;
  /** True if no fault is an error. */
  ok: boolean;
  /** Status of the last response; absent if there was none. */
  status?: number;
  contentType?: string;
  bytes?: number;
  widthPx?: number;
  heightPx?: number;
  redirects: number;
  durationMs: number;
  faults: Fault[];
}

export const fault = (code: Fault['code'], message: string): Fault => ({
  code,
  severity: 'error',
  message,
});

export const warning = (code: Fault['code'], message: string): Fault => ({
  code,
  severity: 'warning',
  message,
});
