/** A picture or font of a draft, which lies in the object store. */
interface DraftAsset {
  key: string;
  bytes: number;
  /** Hex. */
  sha256: string;
}

export type DraftContent = { text: string } | { asset: DraftAsset };

/** A file of a draft, and its last change. A removed one is kept for a while, to be told of. */
export type DraftFile = { revision: number; at: string; by: string } & (
  | DraftContent
  | { removed: true }
);

/** A state of a draft. A template that is made anew under an old id has another nonce. */
export interface DraftState {
  nonce: string;
  /** Counts the changes. */
  revision: number;
}

export interface Draft extends DraftState {
  id: string;
  createdAt: string;
  changedAt: string;
  /** Id of the key. */
  changedBy: string;
  /** By path, removed ones included. */
  files: ReadonlyMap<string, DraftFile>;
}

/** On whose behalf a template is changed. */
export interface Author {
  keyId: string;
  /** May publish, and open a template to the network. */
  isAdmin: boolean;
}

export const draftTag = ({ nonce, revision }: DraftState): string => `${nonce}.${revision}`;

/** The state that a tag names; undefined for what is none. */
export function readDraftTag(tag: string): DraftState | undefined {
  const [, nonce, revision] = /^([0-9a-f]{16})\.(\d{1,9})$/.exec(tag) ?? [];
  return nonce && revision ? { nonce, revision: Number(revision) } : undefined;
}

/** The files that are there. */
export function draftFiles(draft: Draft): [string, DraftContent][] {
  return [...draft.files].flatMap(([path, file]): [string, DraftContent][] =>
    'removed' in file ? [] : [[path, file]],
  );
}
