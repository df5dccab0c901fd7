import type { z } from 'zod';
import type { NamedImage, PageReport } from '../../publishing/check-page.js';
import type { CrawlerVerdict } from '../../publishing/crawlers.js';
import { type MetaImage, metaHtml } from '../../publishing/meta-html.js';
import { currentPath, versionPath } from '../../publishing/page-address.js';
import type {
  ImageReference,
  Page,
  PageImage,
  PageImageState,
} from '../../publishing/page-record.js';
import type { pageReportSchema, pageSchema, verdictSchema } from '../schemas/page.js';

type PageBody = z.infer<typeof pageSchema>;

export interface PresentPageDeps {
  /** Without a slash at its end. */
  publicUrl: string;
  /** The address of a stored object. */
  objectUrl(key: string): string;
}

const TITLES = ['title', 'headline', 'name'];

function altOf({ content }: Page): string | undefined {
  if (content.alt !== undefined) return content.alt;
  const titles = TITLES.map((name) => content.data[name]);
  return titles.find((title): title is string => typeof title === 'string' && title.trim() !== '');
}

/** The least advanced of its pictures: a page is ready when all are. */
function statusOf(page: Page): PageImageState {
  const order: PageImageState[] = ['failed', 'review', 'rendering', 'ready'];
  return (
    order.find((state) => page.images.some((pageImage) => pageImage.state === state)) ?? 'ready'
  );
}

/** What is announced: the picture to come, or the last good one where that has failed. */
const announced = ({ state, wanted, current }: PageImage) =>
  (state === 'failed' || state === 'review') && current ? current : wanted;

/** Defined facts under the names of the wire. */
function presentVerdict(verdict: CrawlerVerdict): z.infer<typeof verdictSchema> {
  const { crawler, url, ok, status, contentType, bytes, redirects, durationMs, faults } = verdict;
  return {
    ...{ crawler, url, ok, redirects, faults, duration_ms: durationMs },
    ...(status === undefined ? {} : { status }),
    ...(contentType === undefined ? {} : { content_type: contentType }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(verdict.widthPx === undefined ? {} : { width: verdict.widthPx }),
    ...(verdict.heightPx === undefined ? {} : { height: verdict.heightPx }),
  };
}

function presentVerification({ content, check }: Page): PageBody['verification'] {
  if (!content.verify) return null;
  if (!check) return { status: 'pending', checked_at: null, verdicts: [] };
  return {
    status: check.verdicts.every(({ ok }) => ok) ? 'passed' : 'failed',
    checked_at: check.at,
    verdicts: check.verdicts.map((verdict) => ({
      ...presentVerdict(verdict),
      size: verdict.size,
    })),
  };
}

/** The page as the API shows it. */
export function presentPage(
  page: Page,
  { publicUrl, objectUrl }: PresentPageDeps,
  reused?: boolean,
): PageBody {
  const { key, content, images } = page;
  const [first, ...others] = images;
  const meta = (pageImage: PageImage): MetaImage => {
    const picture: ImageReference = announced(pageImage);
    const { widthPx, heightPx, format } = picture;
    return { url: publicUrl + versionPath(key, picture), widthPx, heightPx, format };
  };
  return {
    key,
    status: statusOf(page),
    url: publicUrl + currentPath(key, first.wanted, true),
    template: content.template,
    page_url: content.pageUrl ?? null,
    ...(reused === undefined ? {} : { reused }),
    pictures: images.map(({ wanted, state, current, warnings, error }) => ({
      size: wanted.size,
      status: state,
      image_id: wanted.imageId,
      url: publicUrl + currentPath(key, wanted, wanted === first.wanted),
      versioned_url: publicUrl + versionPath(key, wanted),
      canonical_url: objectUrl(wanted.objectKey),
      shown_image_id: current?.imageId ?? null,
      width: wanted.widthPx,
      height: wanted.heightPx,
      format: wanted.format,
      warnings,
      ...(error ? { error } : {}),
    })),
    meta_html: metaHtml([meta(first), ...others.map(meta)], altOf(page)),
    verification: presentVerification(page),
    created_at: page.createdAt,
    updated_at: page.updatedAt,
  };
}

function presentNamed(picture: NamedImage) {
  const { url, absoluteUrl, widthPx, heightPx, type, alt, faults, verdicts } = picture;
  return {
    url,
    ...(absoluteUrl === undefined ? {} : { absolute_url: absoluteUrl }),
    ...(widthPx === undefined || Number.isNaN(widthPx) ? {} : { width: widthPx }),
    ...(heightPx === undefined || Number.isNaN(heightPx) ? {} : { height: heightPx }),
    ...(type === undefined ? {} : { type }),
    ...(alt === undefined ? {} : { alt }),
    faults,
    verdicts: verdicts.map(presentVerdict),
  };
}

/** What was found at a page, as the API shows it. */
export function presentPageReport(report: PageReport): z.infer<typeof pageReportSchema> {
  return { ...report, pictures: report.pictures.map(presentNamed) };
}
