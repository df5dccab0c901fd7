/** Permissions of keys, by part of the API; docs/keys.md says which routes belong to which. */
export const SCOPES = [
  'images',
  'batches',
  'pages',
  'templates',
  'templates:write',
  'admin',
] as const;

export type Scope = (typeof SCOPES)[number];

/** Default scope of a key: everything, as `admin`. */
export const ALL_SCOPES = '*';

/** Whether the scopes `held` include any of `wanted`, one of which suffices. */
export function allows(held: readonly string[], wanted: readonly Scope[]): boolean {
  return held.some(
    (scope) =>
      scope === ALL_SCOPES || scope === 'admin' || wanted.some((allowed) => allowed === scope),
  );
}
