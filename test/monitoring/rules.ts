/** Reads deploy/monitoring/alerts.yaml and the test cases for promtool in test/monitoring/alerts/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(import.meta.dirname, '../..');
export const RULES = join(ROOT, 'deploy/monitoring/alerts.yaml');
export const CASES = join(import.meta.dirname, 'alerts');
export const RUNBOOKS = join(ROOT, 'docs/runbooks');

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

export interface Recording {
  readonly record: string;
  readonly expr: string;
}

/** A `test` of promtool. */
export interface Case {
  readonly name: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly unknown[];
  }[];
}

type Rule = Alert | Recording;
const isAlert = (rule: Rule): rule is Alert => 'alert' in rule;

const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { name: string; rules: Rule[] }[] };

export const ALERTS: readonly Alert[] = groups.flatMap(({ rules }) => rules.filter(isAlert));
export const RECORDINGS: readonly Recording[] = groups.flatMap(({ rules }) =>
  rules.filter((rule): rule is Recording => !isAlert(rule)),
);

/** `DrawbridgeNoWeb` → `no-web`: the name of the files about an alert. */
export const fileOf = (alert: string): string =>
  alert
    .replace(/^Drawbridge/, '')
    .replaceAll(/(?<!^)[A-Z]/g, '-$&')
    .toLowerCase();

export function casesOf(file: string): readonly Case[] {
  return (parse(readFileSync(join(CASES, `${file}.yaml`), 'utf8')) as { tests: Case[] }).tests;
}

/** The names of the files in a folder, without their ending. */
export const namesIn = (folder: string): string[] =>
  readdirSync(folder)
    .map((name) => name.replace(/\.[a-z]+$/, ''))
    .filter((name) => name !== 'README');

/** The metrics in an expression, without recorded ones. */
export const metricsIn = (text: string): string[] => [
  ...new Set(text.match(/(?<![\w:])(?:drawbridge|nodejs|process)_[a-z0-9_]+(?![\w:]|:)/g)),
];
