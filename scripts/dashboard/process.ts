import { HERE, lines, OURS, query, table, upTo, type Row } from './panel.ts';

const PER_PROCESS = 'by (job, instance)';

export const process: Row = {
  title: 'Process',
  panels: [
    table('Versions', {
      description: 'Running versions and their roles.',
      unit: 'none',
      queries: [query(`sum by (version, node, roles) (drawbridge_build_info{${HERE}})`, '')],
    }),
    lines('Ready', {
      description: '1 after the start of a process and before its shutdown.',
      unit: 'none',
      max: 1,
      queries: [query(`max ${PER_PROCESS} (drawbridge_ready{${HERE}})`, '{{instance}}')],
    }),
    lines('Event loop lag', {
      description:
        'Delay of the slowest hundredth of turns. A worker that does not renew its leases for 10 s loses ' +
        'its claims.',
      unit: 's',
      steps: upTo(0.1, 0.5),
      queries: [query(`nodejs_eventloop_lag_p99_seconds ${OURS}`, '{{instance}}')],
    }),
    lines('CPU', {
      description: 'Seconds of CPU per second. One process uses little more than one core.',
      unit: 'short',
      steps: upTo(0.8, 1),
      queries: [query(`rate(process_cpu_seconds_total[$__rate_interval]) ${OURS}`, '{{instance}}')],
    }),
    lines('Memory', {
      description: 'Memory of the process (RSS), and its JavaScript heap.',
      unit: 'bytes',
      steps: upTo(400e6, 500e6),
      queries: [
        query(`process_resident_memory_bytes ${OURS}`, '{{instance}} RSS'),
        query(`nodejs_heap_size_used_bytes ${OURS}`, '{{instance}} heap'),
      ],
    }),
    lines('Garbage collection', {
      description: 'Seconds of garbage collection per second.',
      unit: 'percentunit',
      steps: upTo(0.05, 0.2),
      queries: [
        query(
          `sum ${PER_PROCESS} (rate(nodejs_gc_duration_seconds_sum[$__rate_interval]) ${OURS})`,
          '{{instance}}',
        ),
      ],
    }),
    lines('Open files', {
      description: 'Open files and sockets, as a share of the limit.',
      unit: 'percentunit',
      steps: upTo(0.5, 0.8),
      queries: [query(`process_open_fds / process_max_fds ${OURS}`, '{{instance}}')],
      width: 12,
    }),
    lines('Restarts', {
      description: 'Restarts under the same address within an hour.',
      unit: 'short',
      steps: upTo(1, 3),
      queries: [query(`changes(process_start_time_seconds[1h]) ${OURS}`, '{{instance}}')],
      width: 12,
    }),
  ],
};
