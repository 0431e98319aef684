// Loads every metric of Drawbridge, in the order of docs/metrics.md.
/* oxlint-disable import/no-unassigned-import -- loading a file defines its metrics */
import './intake.js';
import './http.js';
import './actions.js';
import './doubts.js';
import './provisioner.js';
import './vercel.js';
import './queue.js';
import './sweeper.js';
import './database.js';
import './process.js';

export { definitions, registries } from '../registry.js';
