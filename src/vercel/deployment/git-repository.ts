import { fields, text, type JsonObject } from './fields.js';

/**
 * A repository as one part of Vercel's answer names it. Ids and owners are in lower case, as providers
 * compare them.
 */
export interface Repository {
  /** `github`, `gitlab`, `bitbucket`, or a newer type of gitSource; null when not named. */
  readonly provider: string | null;
  /** Ids and names are unique within one host. Null when not named. */
  readonly host: string | null;
  readonly id: string | null;
  readonly owner: string | null;
  readonly name: string | null;
}

/**
 * Compares two descriptions of a repository: ids if both have one, since a repository may be renamed;
 * otherwise owner and name. `unclear`: the descriptions may name one repository or two.
 */
export function compare(one: Repository, other: Repository): 'same' | 'different' | 'unclear' {
  if (differs(one.provider, other.provider) || differs(one.host, other.host)) return 'different';
  if (one.id !== null && other.id !== null) return one.id === other.id ? 'same' : 'different';
  if (differs(one.owner, other.owner) || differs(one.name, other.name)) return 'different';
  const isWhole = one.owner !== null && other.owner !== null && one.name !== null && other.name !== null;
  return isWhole ? 'same' : 'unclear';
}

const differs = (one: string | null, other: string | null): boolean =>
  one !== null && other !== null && one !== other;

/** The parts of an identity that name a repository uniquely; null when the description is incomplete. */
export function repositoryParts({ provider, host, id, owner, name }: Repository): string[] | null {
  const where = [provider ?? '', host ?? ''];
  if (id !== null) return [...where, 'id', id];
  return owner === null || name === null ? null : [...where, 'name', owner, name];
}

/**
 * Keys of `meta` by provider. `base`: the repository that the project is connected to. `head`: the repository
 * of the commit.
 */
const META_KEYS = {
  github: {
    base: { id: ['githubRepoId'], owner: ['githubOrg'], name: ['githubRepo'], path: [] },
    head: { id: ['githubCommitRepoId'], owner: ['githubCommitOrg'], name: ['githubCommitRepo'], path: [] },
  },
  gitlab: {
    base: {
      id: ['gitlabProjectId'],
      owner: ['gitlabProjectNamespace'],
      name: ['gitlabProjectRepo', 'gitlabProjectName'],
      path: ['gitlabProjectPath'],
    },
    head: {
      id: ['gitlabCommitProjectId', 'gitlabSourceProjectId'],
      owner: ['gitlabCommitProjectNamespace', 'gitlabCommitNamespace', 'gitlabCommitOrg'],
      name: ['gitlabCommitProjectRepo', 'gitlabCommitProjectName', 'gitlabCommitRepo'],
      path: ['gitlabCommitProjectPath', 'gitlabSourceProjectPath'],
    },
  },
  bitbucket: {
    base: {
      id: ['bitbucketRepoUuid'],
      owner: ['bitbucketRepoOwner'],
      name: ['bitbucketRepoSlug', 'bitbucketRepoName'],
      path: ['bitbucketRepoFullName'],
    },
    head: {
      id: ['bitbucketCommitRepoUuid'],
      owner: ['bitbucketCommitRepoOwner', 'bitbucketCommitOwner', 'bitbucketCommitOrg'],
      name: [
        'bitbucketCommitRepoSlug',
        'bitbucketCommitRepoName',
        'bitbucketCommitSlug',
        'bitbucketCommitRepo',
      ],
      path: ['bitbucketCommitRepoFullName'],
    },
  },
} as const;
type Keys = Readonly<Record<'id' | 'owner' | 'name' | 'path', readonly string[]>>;

/** All repositories that Vercel's answer names. */
export interface NamedRepositories {
  /** From `meta`: the repositories that the project is connected to. */
  readonly base: readonly Repository[];
  /** From `gitRepo`: the repository that the project is connected to. */
  readonly connected: Repository | null;
  /** From `gitSource`: the deployed repository, either base or head. */
  readonly source: Repository | null;
  /** From `meta`: the repositories of the commit. */
  readonly head: readonly Repository[];
  /** A key that names a repository has an unreadable value. */
  readonly isUnreadable: boolean;
}

export function readRepositories(body: JsonObject): NamedRepositories {
  const [git, meta, connected] = [fields(body['gitSource']), fields(body['meta']), fields(body['gitRepo'])];
  const providers = Object.entries(META_KEYS);
  const of = (side: 'base' | 'head') =>
    providers.flatMap(([provider, keys]) => inMeta(provider, meta, keys[side]) ?? []);
  const keys = providers.flatMap(([, { base, head }]) =>
    [base, head].flatMap((side) => Object.values(side).flat()),
  );
  return {
    base: of('base'),
    connected: inSource(connected),
    source: inSource(git),
    head: of('head'),
    isUnreadable:
      keys.some((key) => isUnreadable(meta[key])) ||
      [git, connected].some((from) => SOURCE_KEYS.some((key) => isUnreadable(from[key]))),
  };
}

function inMeta(provider: string, meta: JsonObject, keys: Keys): Repository | null {
  const first = (names: readonly string[]) =>
    names.map((name) => textOf(meta[name])).find((content) => content !== null);
  const path = split(first(keys.path) ?? null);
  const host = provider === 'github' ? textOf(meta['githubHost']) : null;
  return unlessEmpty({
    provider,
    host,
    id: idOf(first(keys.id)),
    owner: path?.owner ?? first(keys.owner) ?? null,
    name: path?.name ?? first(keys.name) ?? null,
  });
}

const SOURCE_KEYS = [
  'repoId',
  'projectId',
  'repoUuid',
  'org',
  'owner',
  'namespace',
  'repo',
  'slug',
  'gitUrl',
];

/** One reading for all types of gitSource and gitRepo: they differ in which of these keys they have. */
function inSource(source: JsonObject): Repository | null {
  const first = (...names: string[]) =>
    names.map((name) => textOf(source[name])).find((content) => content !== null) ?? null;
  const type = text(source['type']);
  const provider = Object.keys(META_KEYS).find((known) => type?.startsWith(known) === true) ?? type;
  return unlessEmpty({
    provider,
    host: provider === 'github' ? (textOf(source['host']) ?? 'github.com') : null,
    id: idOf(first('repoId', 'projectId', 'repoUuid') ?? undefined),
    owner: first('org', 'owner', 'namespace'),
    name: first('repo', 'slug', 'gitUrl'),
  });
}

const unlessEmpty = (repository: Repository): Repository | null =>
  repository.id === null && repository.owner === null && repository.name === null ? null : repository;

/** Lower case of ASCII letters alone: others would make one name of two, such as the Kelvin sign of `k`. */
const lower = (content: string): string => content.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

function textOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  const content = text(value);
  return content === null ? null : lower(content);
}

/** Bitbucket writes UUIDs with braces and without. */
const idOf = (content: string | undefined): string | null => content?.replace(/^\{(.*)\}$/, '$1') ?? null;

function split(path: string | null): { owner: string; name: string } | null {
  const at = path?.lastIndexOf('/') ?? -1;
  return path === null || at <= 0 ? null : { owner: path.slice(0, at), name: path.slice(at + 1) };
}

const isUnreadable = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && textOf(value) === null;
