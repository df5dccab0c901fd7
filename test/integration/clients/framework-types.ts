/**
 * As much of the frameworks' types as the examples of docs/frameworks use; they follow next 16.4.6
 * (dist/lib/metadata/types), @types/react 19 and astro 7.3.5 (client.d.ts, templates/content), so
 * that the examples are held to names and shapes that exist.
 */

export const NEXT_TYPES = `
declare module 'next' {
  interface OGImage {
    url: string | URL; secureUrl?: string | URL; alt?: string; type?: string;
    width?: string | number; height?: string | number;
  }
  interface OpenGraph {
    type?: 'article' | 'website'; title?: string; description?: string; url?: string | URL;
    siteName?: string; images?: OGImage | OGImage[];
  }
  interface Twitter {
    card?: 'summary' | 'summary_large_image'; title?: string; description?: string;
    images?: { url: string | URL; alt?: string }[];
  }
  export interface Metadata {
    metadataBase?: null | string | URL; title?: string; description?: string;
    openGraph?: null | OpenGraph; twitter?: null | Twitter;
  }
}
declare module 'next/navigation' { export function notFound(): never; }
declare module 'server-only' {}
declare module 'react' {
  export type ReactNode = unknown;
  export function cache<F extends (...given: never[]) => unknown>(work: F): F;
}
declare namespace JSX {
  interface IntrinsicElements { [name: string]: object }
  interface ElementChildrenAttribute { children: object }
}
declare const process: { env: Record<string, string | undefined> };
`;

/** The collection and the secrets are those of the example. */
export const ASTRO_TYPES = `
declare module 'astro/config' {
  interface Field { readonly kind: 'string' }
  export const envField: {
    string(options:
      | { context: 'server'; access: 'secret' | 'public'; optional?: boolean }
      | { context: 'client'; access: 'public'; optional?: boolean }): Field;
  };
  export function defineConfig(config: {
    site?: string; env?: { schema?: Record<string, Field> };
  }): object;
}
declare module 'astro/loaders' {
  export interface Loader { name: string }
  export function glob(options: { pattern: string | string[]; base?: string | URL }): Loader;
}
declare module 'astro/zod' {
  export interface Text { readonly kind: 'string' }
  export const z: { string(): Text; object(shape: Record<string, Text>): object };
}
declare module 'astro:env/server' {
  export const CARDPRESS_URL: string;
  export const CARDPRESS_API_KEY: string;
}
declare module 'astro:content' {
  import type { Loader } from 'astro/loaders';
  export interface CollectionEntry<C extends 'blog'> {
    id: string; collection: C; data: { title: string; author: string; summary: string };
  }
  export function defineCollection(options: { loader: Loader; schema?: object }): object;
  export function getCollection<C extends 'blog'>(name: C): Promise<CollectionEntry<C>[]>;
  export function render(entry: CollectionEntry<'blog'>): Promise<{ Content: (props: object) => object }>;
}
declare namespace JSX {
  interface IntrinsicElements { [name: string]: object }
  interface ElementChildrenAttribute { children: object }
}
interface ImportMeta { readonly env: { readonly DEV: boolean; readonly PROD: boolean } }
`;

/** What a component is given beside its own props. */
export const ASTRO_GLOBAL = (props: string) =>
  `declare const Astro: { props: ${props}; site: URL | undefined; url: URL };`;
