import { batchCommand } from './batch-command.js';
import { checkCommand } from './check-command.js';
import type { Command } from './command.js';
import { deliveriesCommand } from './deliveries-command.js';
import { doctorCommand } from './doctor-command.js';
import { keysCommand } from './keys-command.js';
import { newCommand } from './new-command.js';
import { reindexCommand } from './reindex-command.js';
import { renderCommand } from './render-command.js';
import { startCommand } from './start-command.js';
import { templatesCommand } from './templates-command.js';
import { urlCommand } from './url-command.js';

/**
 * Every command, in the order of the help: one file each. A command imports what is heavy
 * (compose/ and below) within `run`, so that help and mistakes are answered at once.
 */
export const commands: Command[] = [
  startCommand,
  renderCommand,
  urlCommand,
  batchCommand,
  checkCommand,
  newCommand,
  templatesCommand,
  keysCommand,
  deliveriesCommand,
  reindexCommand,
  doctorCommand,
];
