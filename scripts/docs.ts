/**
 * Every file that is written from the code, each by its own script.
 *
 *   node scripts/docs.ts           writes them
 *   node scripts/docs.ts --check   fails when one is not what would be written
 */

// One after the other: the chart copies what others write.
await import('./state-machine.ts');
await import('./configuration.ts');
await import('./metrics.ts');
await import('./logs.ts');
await import('./dashboard.ts');
await import('./chart.ts');
