/** The variables that a viewer chooses, and the annotations of all plots. */

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

export const datasource = {
  name: 'datasource',
  label: 'Data source',
  type: 'datasource',
  query: 'prometheus',
  hide: 0,
  multi: false,
  includeAll: false,
  refresh: 1,
  regex: '',
};

export const namespace = {
  name: 'namespace',
  label: 'Namespace',
  type: 'query',
  datasource: DATASOURCE,
  definition: 'label_values(drawbridge_build_info, namespace)',
  query: { query: 'label_values(drawbridge_build_info, namespace)', refId: 'namespace' },
  hide: 0,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { selected: true, text: 'All', value: '$__all' },
  refresh: 2,
  regex: '',
  sort: 1,
};

/** A line in every plot when a new version appears. */
export const versions = {
  name: 'New version',
  datasource: DATASOURCE,
  enable: true,
  iconColor: 'blue',
  expr:
    'count by (version) (drawbridge_build_info{namespace=~"$namespace"}) unless count by (version) ' +
    '(drawbridge_build_info{namespace=~"$namespace"} offset 5m)',
  step: '60s',
  titleFormat: 'Version {{version}}',
};
