/**
 * Every file that is written from the code, each by its own script.
 *
 *   node scripts/docs.ts           writes them
 *   node scripts/docs.ts --check   fails when one is not what would be written
 */
import './state-machine.ts';
import './configuration.ts';
import './chart.ts';
