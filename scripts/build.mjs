/** `npm run build`: compiles the service into `dist`, whatever is there. */
import { build } from './setup/build.mjs';
import { runMain } from './setup/setup-error.mjs';

await runMain(() => build('service'));
