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
import { createRowPreviews, presentSampleRow, type RowPreviewDeps } from './preview-rows.js';
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
  /** Rows that are measured in one request to a worker. */
  chunkRows: number;
  /** Chunks in flight at once; only their rows are in memory. */
  concurrency: number;
}

export interface BatchCheckOptions extends RowRequest {
  /** Draws thumbnails of the sample rows. */
  previews?: boolean | undefined;
  /** For sharing workers fairly among callers. */
  caller?: Caller | undefined;
  signal: AbortSignal;
}

type CheckResult = RefusedRow | CheckedRow;
type AssetChecks = ReturnType<typeof createAssetChecks>;

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
  assetWarnings: Warning[],
  measured: MeasuredWarning[] | undefined,
): CheckedRow {
  return {
    place,
    imageId: prepared.id,
    items: [...items, ...assetWarnings.map(toCheckItem)],
    measured: measured?.map(toCheckItem),
    traits: {
      ...contentTraits(template, prepared.spec.fields),
      failingAssets: assetWarnings.length,
    },
    addresses: [...addresses.values()],
    spec: prepared.spec,
  };
}

/**
 * Checks every row of a table without drawing it: resolves its fields, lays it out in a page, and
 * probes each address of an asset once. Rows are read lazily, and only what the report needs is
 * kept. Equal rows are measured once.
 *
 * Contrast, and damage deep inside an asset's file, are found only by drawing.
 */
export function createBatchCheck(deps: BatchCheckDeps) {
  const previewRows = createRowPreviews(deps);

  /** Probes the assets first: one that is left out changes the layout. */
  async function checkChunk(
    rows: (RefusedRow | ResolvedRow)[],
    isNew: (row: ResolvedRow) => boolean,
    assetChecks: AssetChecks,
    signal: AbortSignal,
  ): Promise<CheckResult[]> {
    const resolved = rows.flatMap((row) => ('refused' in row ? [] : [row]));
    const addresses = resolved.flatMap((row) => [...row.addresses.values()]);
    const outcomes = await assetChecks.probeAll(addresses);
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
    const assetChecks = createAssetChecks((urls) => deps.probe(urls, signal, options.caller));
    const known = new Set<string>();
    const inFlight: Promise<CheckResult[]>[] = [];
    // Rows that need no I/O would otherwise run without a pause.
    const slice = createTimeSlice();

    function add(results: CheckResult[]): void {
      for (const row of results) {
        if ('refused' in row) tally.refuse(row.place, row.refused);
        else {
          assetChecks.countUse(row.addresses, row.place.row);
          tally.add(row);
        }
      }
    }

    for await (const chunk of inChunks(rows, deps.chunkRows)) {
      if (signal.aborted) break;
      // Before the next chunk is read, so that the first row of an image is measured.
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
      const checking = checkChunk(resolved, (row) => fresh.has(row), assetChecks, signal);
      checking.catch(() => undefined);
      inFlight.push(checking);
      // Added in the order of the rows, whichever chunk is ready first.
      if (inFlight.length >= deps.concurrency) add((await inFlight.shift()) ?? []);
    }
    for (const checking of inFlight) add(await checking);
    signal.throwIfAborted();

    const choices = tally.sampleRows();
    return {
      ...tally.report(),
      pictures: await assetChecks.report(),
      worth_a_look: options.previews
        ? await previewRows(choices, signal)
        : choices.map(presentSampleRow),
    };
  }

  /**
   * @throws AppError `template_not_found`, `invalid_request` (size), errors of reading the rows,
   *   `cancelled`, and if nothing can be measured now: `redis_unavailable`, `browser_unavailable`,
   *   `preview_timeout`
   */
  return async function checkRows(
    rows: AsyncIterable<CheckRow>,
    options: BatchCheckOptions,
  ): Promise<BatchCheckReport> {
    const end = new AbortController();
    const signal = AbortSignal.any([options.signal, end.signal]);
    // One listener for each request in flight, which Node would report as a leak.
    setMaxListeners(0, signal);
    try {
      return await checkAll(rows, options, signal);
    } catch (error) {
      if (!options.signal.aborted) throw error;
      throw new AppError('cancelled', { detail: 'The check was cancelled.', cause: error });
    } finally {
      // Requests in flight for other rows are not needed any more.
      end.abort();
    }
  };
}

export type BatchCheck = ReturnType<typeof createBatchCheck>;
