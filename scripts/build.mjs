/**
 * `npm run build`: compiles the service into `dist`, whatever is there; `npm run build -- tools` also
 * what is run from a clone: benchmarks, examples, the generator of documents.
 */
import { build } from './clone/build.mjs';
import { runMain } from './setup/setup-error.mjs';

await runMain(() => build(process.argv[2] === 'tools' ? 'tools' : 'service'));
