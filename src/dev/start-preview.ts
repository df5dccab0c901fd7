import { composePreview } from '../compose/drawing.js';
import type { Observers } from '../compose/observers.js';
import type { Settings } from '../config/settings.js';
import { closeServer, listen } from '../run-process.js';
import { createPreviewServer } from './preview-server.js';
import { createPreviewService } from './preview-service.js';
import { watchTemplates } from './template-watch.js';

/** Two looks and a drawing fit within a second. */
const WATCH_INTERVAL_MS = 250;
const LOOPBACK = '127.0.0.1';

export interface LivePreview {
  port: number;
  /** How many templates there are to look at. */
  templates: number;
  stop(): Promise<void>;
}

/**
 * The live preview of `settings.templatesDir` on the loopback address; port 0 takes any free one.
 * Needs neither Redis nor storage.
 * @throws Error in one line, where the port is taken
 */
export async function startPreview(
  settings: Settings,
  port: number,
  observers: Observers,
): Promise<LivePreview> {
  const drawing = await composePreview(settings, observers);
  const { registry, draw } = drawing;
  const watch = watchTemplates(registry, WATCH_INTERVAL_MS);
  const preview = createPreviewService({ registry, draw, directory: settings.templatesDir });
  const { server, endStreams } = createPreviewServer({ preview, watch });
  const close = async () => {
    await watch.close();
    await drawing.close();
  };
  try {
    return {
      port: await listen(server, port, LOOPBACK),
      templates: preview.list().templates.length,
      async stop() {
        endStreams();
        await closeServer(server);
        await close();
      },
    };
  } catch (error) {
    await close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(
      `port ${port} is in use. Stop what runs there, or: npm run dev -- --port ${port + 1}`,
    );
  }
}
