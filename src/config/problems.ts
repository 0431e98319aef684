/** A problem of the configuration. `text` describes a valid value and never contains a secret. */
export interface ConfigProblem {
  /** `environment`, or the path of the file as the operator wrote it. */
  readonly source: string;
  /** The variable or the path of keys. Empty for a problem of the source as a whole. */
  readonly path: string;
  readonly text: string;
}

/** Collects problems, so that one message reports all of them. */
export class Problems {
  readonly #found: ConfigProblem[] = [];

  add(source: string, path: string, text: string): void {
    this.#found.push({ source, path, text });
  }

  get none(): boolean {
    return this.#found.length === 0;
  }

  get all(): readonly ConfigProblem[] {
    return [...this.#found];
  }

  /** @throws ConfigError when anything was added. */
  throwIfAny(): void {
    if (!this.none) throw new ConfigError(this.#found);
  }
}

/** The configuration is invalid. The message has a heading and one line for each problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super([heading(problems.length), ...problems.map(line)].join('\n'));
    this.problems = Object.freeze([...problems]);
  }
}

function heading(count: number): string {
  return count === 1 ? 'configuration: 1 problem' : `configuration: ${count} problems`;
}

function line({ source, path, text }: ConfigProblem): string {
  return `  - ${[source, path, text].filter((part) => part !== '').join(': ')}`;
}
