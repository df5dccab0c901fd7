import { sandboxFor } from '../../browser/launch-chromium.js';
import { composeDrawing } from '../../compose/drawing.js';
import type { Observers } from '../../compose/observers.js';
import type { Settings } from '../../config/settings.js';
import { AppError } from '../../errors/app-error.js';
import type { Warning } from '../../errors/warning.js';
import { completeOutput, resolveSize } from '../../images/prepare.js';
import { resolveFields } from '../../templates/resolve-fields.js';
import type { Finding } from './finding.js';
import { buildTestCard, registryOf, scripts } from './test-card.js';

type Drawing = Awaited<ReturnType<typeof composeDrawing>>;

/** Lines of Chromium's own that are told; the rest is noise of its start. */
const MAX_CAUSE_LINES = 4;

/** What Chromium said, out of Playwright's report: its standard error is marked there. */
function causeOf(error: unknown): string {
  const cause = error instanceof AppError ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const lines = cause.message.split('\n').map((line) => line.trim());
  const said = lines.flatMap((line) => /\[err\]\s*(.+)$/.exec(line)?.[1] ?? []);
  return [lines[0] ?? '', ...said.slice(0, MAX_CAUSE_LINES)].join('\n');
}

async function checkStart(drawing: Drawing, settings: Settings): Promise<Finding> {
  const check = 'Chromium';
  const path = settings.chromiumPath ?? "Playwright's own";
  try {
    const lease = await drawing.supervisor.lease();
    const version = lease.browser.version();
    lease.release();
    return { check, status: 'ok', detail: `${version}, ${path}` };
  } catch (error) {
    const remedy =
      'Install chromium-headless-shell, chromium or google-chrome, or set CHROMIUM_PATH.\n' +
      'If it says that there is no usable sandbox: allow user namespaces, or CHROMIUM_SANDBOX=off.';
    return { check, status: 'failed', detail: `${path}: ${causeOf(error)}`, remedy };
  }
}

function checkSandbox(settings: Settings): Finding {
  const { sandbox } = sandboxFor(settings.chromiumSandbox, process.getuid?.());
  if (sandbox) return { check: 'sandbox', status: 'ok', detail: 'on' };
  return {
    check: 'sandbox',
    status: 'warning',
    detail: settings.chromiumSandbox === 'off' ? 'off, by CHROMIUM_SANDBOX' : 'off, for root',
    remedy: 'Run Cardpress as an ordinary user, or in the container that it ships with.',
  };
}

function fontFindings(warnings: Warning[]): Finding[] {
  const lacking = Object.entries(scripts).filter(([field]) =>
    warnings.some((w) => w.code === 'glyph_missing' && w.field === field),
  );
  const check = 'fonts';
  if (lacking.length === 0) {
    const names = Object.values(scripts).map(({ name }) => name);
    return [{ check, status: 'ok', detail: names.join('; ') }];
  }
  return lacking.map(([, { name, fontPackage }]) => ({
    check,
    status: 'failed',
    detail: `no font for ${name}: pictures show empty boxes`,
    remedy: `Install ${fontPackage} (Debian's name), or another font for it.`,
  }));
}

/** `texts` by the fields of the test card: what the browser is asked to draw. */
async function drawCard(drawing: Drawing, card: ReturnType<typeof buildTestCard>) {
  const { fields } = resolveFields(card, card.sample);
  return drawing.draw({
    templateId: card.id,
    templateVersion: card.version,
    fields,
    size: resolveSize(card),
    output: completeOutput(),
  });
}

/**
 * Starts the browser as the service does and draws a card with a line in each script. Fonts are
 * judged by what comes out: a font that is installed may still be out of the browser's reach.
 */
export async function checkBrowser(
  settings: Settings,
  observers: Observers,
  texts: Record<string, string> = Object.fromEntries(
    Object.entries(scripts).map(([field, { text }]) => [field, text]),
  ),
): Promise<Finding[]> {
  const card = buildTestCard(texts);
  const drawing = await composeDrawing(settings, registryOf(card), observers);
  try {
    const started = await checkStart(drawing, settings);
    if (started.status === 'failed') return [started];
    const startedAt = performance.now();
    const { encoded, warnings } = await drawCard(drawing, card);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const { widthPx, heightPx } = encoded;
    return [
      started,
      checkSandbox(settings),
      {
        check: 'drawing',
        status: 'ok',
        detail: `a test card of ${widthPx}x${heightPx} in ${seconds} s`,
      },
      ...fontFindings(warnings),
    ];
  } catch (error) {
    const detail = error instanceof AppError ? error.detail : (error as Error).message;
    const remedy = 'Run with LOG_LEVEL=debug for the whole story.';
    return [{ check: 'drawing', status: 'failed', detail, remedy }];
  } finally {
    await drawing.close();
  }
}
