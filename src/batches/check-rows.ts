import { setMaxListeners } from 'node:events';
import { AppError } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { Caller } from '../images/caller.js';
import type { MeasuredWarning, Measurer, ProbeOutcome, Prober } from '../images/check-ports.js';
import type { Prepare } from '../images/prepare.js';
import { withoutAssets } from '../images/without-assets.js';
import { createTimeSlice } from '../lib/time-slice.js';
import type { TemplateRegistry } from '../templates/template.js';
import { type BatchCheckReport, toCheckItem } from './batch-check-report.js';
import { createAssetChecks } from './check-assets.js';
import { type CheckedRow, createCheckTally } from './check-tally.js';
import { createRowPreviews, presentChoice, type RowPreviewDeps } from './preview-rows.js';
import {
  type CheckRow,
  type RefusedRow,
  type ResolvedRow,
  type RowRequest,
  resolveCheckRow,
} from './resolve-check-row.js';
import { contentTraits } from './sample-rows.js';

export interface BatchCheckDeps extends RowPreviewDeps {
  registry: TemplateRegistry;
  prepare: Prepare;
  measure: Measurer['measure'];
  probe: Prober['probe'];
  /** Rows that are measured in one question to a worker. */
  chunkRows: number;
  /** Chunks under way at once: no more rows than these are in memory. */
  concurrency: number;
}

export interface BatchCheckOptions extends RowRequest {
  /** Draws the rows that are worth a look, small. */
  previews?: boolean | undefined;
  /** Whose turn it is where many ask at once. */
  caller?: Caller | undefined;
  signal: AbortSignal;
}

type LookedAt = RefusedRow | CheckedRow;
type Pictures = ReturnType<typeof createAssetChecks>;

async function* inChunks<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

function outcomesByField(
  { addresses }: ResolvedRow,
  outcomes: ReadonlyMap<string, ProbeOutcome>,
): Map<string, ProbeOutcome> {
  return new Map(
    [...addresses].flatMap(([field, url]): [string, ProbeOutcome][] => {
      const outcome = outcomes.get(url);
      return outcome ? [[field, outcome]] : [];
    }),
  );
}

function toCheckedRow(
  { place, items, prepared, template, addresses }: ResolvedRow,
  pictures: Warning[],
  measured: MeasuredWarning[] | undefined,
): CheckedRow {
  return {
    place,
    imageId: prepared.id,
    items: [...items, ...pictures.map(toCheckItem)],
    measured: measured?.map(toCheckItem),
    traits: {
      ...contentTraits(template, prepared.spec.fields),
      failingAssets: pictures.length,
    },
    addresses: [...addresses.values()],
    spec: prepared.spec,
  };
}

/**
 * Looks at every row of a table without drawing it: resolves its fields, lays it out in a page,
 * and looks once at each address of a picture. Rows are read as they are needed, and what is kept
 * of them is what the report tells. Equal rows are measured once.
 *
 * Contrast and what is wrong deep inside a picture's file show in a drawing alone.
 */
export function createBatchCheck(deps: BatchCheckDeps) {
  const previewRows = createRowPreviews(deps);

  /** Asks about the pictures first: one that is left out changes the layout. */
  async function lookAt(
    rows: (RefusedRow | ResolvedRow)[],
    isNew: (row: ResolvedRow) => boolean,
    pictures: Pictures,
    signal: AbortSignal,
  ): Promise<LookedAt[]> {
    const resolved = rows.flatMap((row) => ('refused' in row ? [] : [row]));
    const addresses = resolved.flatMap((row) => [...row.addresses.values()]);
    const outcomes = await pictures.look(addresses);
    const plain = new Map(
      resolved.map((row) => {
        const ofRow = outcomesByField(row, outcomes);
        return [row, withoutAssets(row.template, row.prepared.spec, ofRow)];
      }),
    );
    const fresh = [...plain].filter(([row]) => isNew(row));
    const specs = fresh.map(([, { spec }]) => spec);
    const warnings = specs.length === 0 ? [] : await deps.measure(specs, signal);
    const measured = new Map(fresh.map(([row], i) => [row, warnings[i] ?? []]));
    return rows.map((row) =>
      'refused' in row ? row : toCheckedRow(row, plain.get(row)?.warnings ?? [], measured.get(row)),
    );
  }

  async function checkAll(
    rows: AsyncIterable<CheckRow>,
    options: BatchCheckOptions,
    signal: AbortSignal,
  ): Promise<BatchCheckReport> {
    const tally = createCheckTally();
    const pictures = createAssetChecks((urls) => deps.probe(urls, signal, options.caller));
    const known = new Set<string>();
    const underWay: Promise<LookedAt[]>[] = [];
    // Rows that ask nobody anything follow each other without a pause otherwise.
    const slice = createTimeSlice();

    function add(looked: LookedAt[]): void {
      for (const row of looked) {
        if ('refused' in row) tally.refuse(row.place, row.refused);
        else {
          pictures.use(row.addresses, row.place.row);
          tally.add(row);
        }
      }
    }

    for await (const chunk of inChunks(rows, deps.chunkRows)) {
      if (signal.aborted) break;
      // Before the next chunk is read, so that the first row of an image is the one measured.
      const resolved: (RefusedRow | ResolvedRow)[] = [];
      const fresh = new Set<ResolvedRow>();
      for (const row of chunk) {
        if (slice.isOver()) await slice.turn();
        const one = await resolveCheckRow(deps, row, options);
        resolved.push(one);
        if ('refused' in one || known.has(one.prepared.id)) continue;
        fresh.add(one);
        known.add(one.prepared.id);
      }
      const looking = lookAt(resolved, (row) => fresh.has(row), pictures, signal);
      looking.catch(() => undefined);
      underWay.push(looking);
      // In the order of the rows, whichever chunk is ready first.
      if (underWay.length >= deps.concurrency) add((await underWay.shift()) ?? []);
    }
    for (const looking of underWay) add(await looking);
    signal.throwIfAborted();

    const choices = tally.sampleRows();
    return {
      ...tally.report(),
      pictures: await pictures.report(),
      worth_a_look: options.previews
        ? await previewRows(choices, signal)
        : choices.map(presentChoice),
    };
  }

  /**
   * @throws AppError `template_not_found`, `invalid_request` (size), what reading the rows throws,
   *   `cancelled`, and what says that nothing can be measured now: `redis_unavailable`,
   *   `browser_unavailable`, `preview_timeout`
   */
  return async function checkRows(
    rows: AsyncIterable<CheckRow>,
    options: BatchCheckOptions,
  ): Promise<BatchCheckReport> {
    const end = new AbortController();
    const signal = AbortSignal.any([options.signal, end.signal]);
    // Every question under way listens; Node would take so many for a leak.
    setMaxListeners(0, signal);
    try {
      return await checkAll(rows, options, signal);
    } catch (error) {
      if (!options.signal.aborted) throw error;
      throw new AppError('cancelled', { detail: 'The check was cancelled.', cause: error });
    } finally {
      // What is under way for other rows serves nobody any more.
      end.abort();
    }
  };
}

export type BatchCheck = ReturnType<typeof createBatchCheck>;
