import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../../src/http/routes/', import.meta.url);

/** Paths of endpoints that ask for no key, as the code describes them: `/images/{key*}`. */
export function publicRoutes(): string[] {
  const found = readdirSync(folder).flatMap((name) =>
    readFileSync(new URL(name, folder), 'utf8')
      .split(/\bmethod: '/)
      .slice(1)
      .filter((endpoint) => endpoint.includes("access: 'public'"))
      .map((endpoint) => /\bpath: '([^']+)'/.exec(endpoint)?.[1] ?? `a route of ${name}`),
  );
  return [...new Set(found)].sort();
}

/** `/v1/hooks/{source}` → `/v1/hooks`: as pages write them. */
export const withoutParameters = (path: string) => path.replace(/\/\{.*$/, '');
