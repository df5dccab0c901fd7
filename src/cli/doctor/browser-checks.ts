import { sandboxFor } from '../../browser/launch-chromium.js';
import { composeDrawing } from '../../compose/drawing.js';
import type { Observers } from '../../compose/observers.js';
import type { Settings } from '../../config/settings.js';
import { AppError } from '../../errors/app-error.js';
import type { Warning } from '../../errors/warning.js';
import { completeOutput, resolveSize } from '../../images/prepare.js';
import { registryOf } from '../../library/registry-of.js';
import { resolveFields } from '../../templates/resolve-fields.js';
import type { Finding } from './finding.js';
import { buildTestCard, scripts } from './test-card.js';

type Drawing = Awaited<ReturnType<typeof composeDrawing>>;

/** Lines of Chromium's own that are told; the rest is noise of its start. */
const MAX_CAUSE_LINES = 4;
/** Characters of a line of a list. */
const MAX_LINE = 84;

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

const namesOf = (fields: readonly string[]) => fields.map((field) => scripts[field]?.name ?? field);

function missingFont(field: string): Finding {
  const { name = field, fontPackage = 'a font' } = scripts[field] ?? {};
  return {
    check: 'fonts',
    status: 'failed',
    detail: `no font for ${name}: pictures show empty boxes`,
    remedy: `Install ${fontPackage} (Debian's name), or another font for it.`,
  };
}

/** `fields`: of the card that was drawn, one for each script. */
function fontFindings(fields: readonly string[], warnings: Warning[]): Finding[] {
  const check = 'fonts';
  const lacking = fields.filter((field) =>
    warnings.some((w) => w.code === 'glyph_missing' && w.field === field),
  );
  const needed = (need: string) => lacking.filter((field) => scripts[field]?.need === need);
  const findings = needed('must').map(missingFont);
  const common = namesOf(needed('should'));
  if (common.length > 0) {
    findings.push({
      check,
      status: 'warning',
      detail: `no font for ${common.join(', ')}: text in them shows empty boxes`,
      remedy: "Install fonts-noto-core (Debian's name), or other fonts for them.",
    });
  }
  if (findings.length > 0) return findings;
  return [{ check, status: 'ok', detail: 'for emoji and every script of daily use' }];
}

/** What this machine can draw, by name: whoever looks for a script finds it here or does not. */
function scriptFinding(fields: readonly string[], warnings: Warning[]): Finding {
  const isLacking = (field: string) =>
    warnings.some((w) => w.code === 'glyph_missing' && w.field === field);
  const drawn = namesOf(fields.filter((field) => !isLacking(field)));
  const lacking = namesOf(fields.filter(isLacking));
  const lines = inLines(`${drawn.length} can be drawn: ${drawn.join(', ')}`);
  if (lacking.length > 0) lines.push(...inLines(`not: ${lacking.join(', ')}`));
  return { check: 'scripts', status: 'ok', detail: lines.join('\n') };
}

/** A long list in lines that fit a terminal. */
function inLines(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length > MAX_LINE) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
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
      ...fontFindings(Object.keys(texts), warnings),
      scriptFinding(Object.keys(texts), warnings),
    ];
  } catch (error) {
    const detail = error instanceof AppError ? error.detail : (error as Error).message;
    const remedy = 'Run with LOG_LEVEL=debug for the whole story.';
    return [{ check: 'drawing', status: 'failed', detail, remedy }];
  } finally {
    await drawing.close();
  }
}
