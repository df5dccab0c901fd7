import type { Template } from '../templates/template.js';
import type { Draft, DraftFile, DraftState } from './draft.js';

/** The files of a published version, by their hashes: where they lie follows from them. */
export interface VersionFiles {
  /** SHA-256 of the files that can change a pixel. */
  content: string;
  /** SHA-256 of all files. */
  files: string;
}

/** What happened to a template. Entries are never changed. */
export interface HistoryEntry extends VersionFiles {
  action: 'published' | 'rolled_back' | 'deleted';
  /** As the engine of that time computed it. */
  version: string;
  /** ISO 8601 UTC. */
  at: string;
  /** Id of the key. */
  by: string;
  message?: string;
  /** Published although the check failed. */
  forced?: true;
}

/** Published versions. Every method throws AppError `redis_unavailable`. */
export interface VersionRecords {
  /** What is current, by template, and the generation that it is of. */
  current(): Promise<{ generation: number; versions: Map<string, VersionFiles> }>;
  /** Changes whenever something else is current. */
  generation(): Promise<number>;
  /** Calls back after changes, and where some may have been missed. */
  watch(onChange: () => void): void;
  filesOf(id: string, version: string): Promise<VersionFiles | undefined>;
  /** Another engine computes another version of the same files. No effect if it is known. */
  noteVersion(id: string, version: string, files: VersionFiles): Promise<void>;
  /** Oldest first. */
  history(id: string): Promise<HistoryEntry[]>;
  /** Makes it current, and writes it down. False if the draft is not in this state any more. */
  publish(id: string, draft: DraftState, entry: HistoryEntry): Promise<boolean>;
  /** False if the template is not stored. */
  rollBack(id: string, entry: HistoryEntry): Promise<boolean>;
  /** Removes draft and pointer; history and versions stay. False if there was nothing. */
  remove(id: string, entry: Pick<HistoryEntry, 'at' | 'by'>): Promise<boolean>;
  /** Keeps an archive for some minutes, for workers that try it out. */
  putTrial(id: string, version: string, archive: Buffer): Promise<void>;
  trial(id: string, version: string): Promise<Buffer | undefined>;
}

/** Drafts. Every method throws AppError `redis_unavailable`. */
export interface DraftRecords {
  /** False if the template exists already. */
  create(draft: Draft): Promise<boolean>;
  get(id: string): Promise<Draft | undefined>;
  ids(): Promise<string[]>;
  /** Writes files, and forgets those that are undefined. False unless the draft is in this state. */
  change(
    id: string,
    state: DraftState,
    change: { at: string; by: string; files: ReadonlyMap<string, DraftFile | undefined> },
  ): Promise<boolean>;
}

/**
 * Reads a picture to its end, in a process of its own. Why it cannot be used under a name with this
 * ending; undefined if it can.
 */
export type JudgePicture = (bytes: Buffer, ending: string) => Promise<string | undefined>;

/** The result of a check, as far as publishing goes by it. */
export interface CheckOutcome {
  status: 'pass' | 'warn' | 'fail';
  pass: number;
  warn: number;
  fail: number;
  /** Cases for which there was no time. */
  skipped: number;
  /** What failed, the first ones. */
  failures: { path: string; message: string }[];
}

/** Draws a template over edge cases, before it is published. */
export type CheckBeforePublishing = (
  template: Template,
  signal?: AbortSignal,
) => Promise<CheckOutcome>;
