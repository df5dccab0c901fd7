/** A reader of pages that shows their pictures, and what it takes. */
export interface Crawler {
  name: 'facebook' | 'x' | 'linkedin' | 'whatsapp' | 'slack';
  label: string;
  userAgent: string;
  /** A larger picture is not shown. */
  maxBytes: number;
  /** A smaller one is not shown, or only as a thumbnail. */
  minWidthPx: number;
  minHeightPx: number;
}

const MEGABYTE = 1_000_000;

/**
 * Byte limits that the platforms are known for (Facebook 8 MB, X and LinkedIn 5 MB, WhatsApp 600 KB;
 * Slack publishes none, X's is taken), and the sizes below which they are known to show a thumbnail
 * or nothing. None of them promises to keep these; the user agents are those their crawlers send.
 */
export const crawlers: readonly Crawler[] = [
  {
    name: 'facebook',
    label: 'Facebook',
    userAgent: 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    maxBytes: 8 * MEGABYTE,
    minWidthPx: 200,
    minHeightPx: 200,
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
    minWidthPx: 401,
    minHeightPx: 1,
  },
  {
    name: 'whatsapp',
    label: 'WhatsApp',
    userAgent: 'WhatsApp/2.23.20.0',
    maxBytes: 600_000,
    minWidthPx: 300,
    minHeightPx: 1,
  },
  {
    name: 'slack',
    label: 'Slack',
    userAgent: 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
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
  /** `error`: no picture is shown. `warning`: it may be shown late, small or not at all. */
  severity: 'error' | 'warning';
  /** What is wrong, and the remedy. */
  message: string;
}

/** How one crawler would fare with one picture. */
export interface CrawlerVerdict {
  crawler: Crawler['name'];
  url: string;
  /** No fault is an error. */
  ok: boolean;
  /** Of the last answer; absent where there was none. */
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
