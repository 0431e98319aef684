/**
 * Writes every generated file, each with its own script.
 *
 *   node scripts/docs.ts           writes them
 *   node scripts/docs.ts --check   fails if one is outdated
 */

// In this order, because the chart copies files that the other scripts write.
await import('./state-machine.ts');
await import('./configuration.ts');
await import('./metrics.ts');
await import('./logs.ts');
await import('./dashboard.ts');
await import('./chart.ts');
