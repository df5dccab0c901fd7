/** What a key may be allowed, by part of the API; docs/keys.md says which routes belong to which. */
export const SCOPES = ['images', 'batches', 'pages', 'templates', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** What a key is made with if nothing is said: it may do everything, as `admin`. */
export const ALL_SCOPES = '*';

/** Whether a key with the scopes `held` may do what any one of `wanted` suffices for. */
export function allows(held: readonly string[], wanted: readonly Scope[]): boolean {
  return held.some(
    (scope) =>
      scope === ALL_SCOPES || scope === 'admin' || wanted.some((allowed) => allowed === scope),
  );
}
