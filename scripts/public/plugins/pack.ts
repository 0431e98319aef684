import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Tarballs, by absolute path. */
export interface PluginTarballs {
  /** Drawbridge of the other tree, with which the plugin is generated. */
  readonly formerDrawbridge: string;
  readonly drawbridge: string;
  readonly example: string;
}

export interface OldPlugin {
  readonly name: string;
  /** The unpacked package with its tests, where this tree's Drawbridge is installed. */
  readonly folder: string;
  readonly tarball: string;
}

const EXAMPLE = 'examples/provisioner-redis-prefix';
const GENERATED = 'acme-former';
/** Installs without what only people read. */
export const INSTALL = ['install', '--no-audit', '--no-fund', '--prefer-offline'];

/**
 * Runs a program to its end and returns its output.
 *
 * @throws Error with the output when it fails
 */
export function run(cwd: string, program: string, ...args: readonly string[]): string {
  // npm tells its programs where the project is. Here it is another one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  try {
    return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: 'pipe', maxBuffer: 1e8 });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')} failed in ${cwd}\n${stdout}${stderr}`, { cause: error });
  }
}

/** Packs Drawbridge of both trees and the other tree's example. */
export function packBoth(former: string, present: string, folder: string): PluginTarballs {
  const pack = (root: string, into: string): string => {
    const target = join(folder, into);
    mkdirSync(target);
    run(root, 'npm', 'pack', '--ignore-scripts', '--pack-destination', target);
    return join(target, readdirSync(target)[0] ?? '');
  };
  return {
    formerDrawbridge: pack(former, 'former'),
    drawbridge: pack(present, 'present'),
    example: pack(join(former, EXAMPLE), 'example-tarball'),
  };
}

/** The packed example beside its tests, which are not packed. */
export function installExample(packed: PluginTarballs, former: string, folder: string): OldPlugin {
  const target = join(folder, 'example');
  mkdirSync(target);
  run(target, 'tar', '-xzf', packed.example, '--strip-components=1');
  for (const own of ['test', 'tsconfig.json'])
    cpSync(join(former, EXAMPLE, own), join(target, own), { recursive: true });
  run(target, 'npm', ...INSTALL, '--save-dev', packed.drawbridge);
  return { name: 'provisioner-redis-prefix', folder: target, tarball: packed.example };
}

/** What the former `plugin new` writes, packed by npm. */
export function installGenerated(packed: PluginTarballs, folder: string): OldPlugin {
  const team = join(folder, 'team');
  mkdirSync(team);
  run(team, 'npm', 'init', '--yes');
  run(team, 'npm', ...INSTALL, packed.formerDrawbridge);
  run(team, 'npx', 'drawbridge', 'plugin', 'new', GENERATED);
  const target = join(team, GENERATED);
  const tarball = join(target, run(target, 'npm', 'pack', '--silent').trim());
  run(target, 'npm', ...INSTALL, '--save-dev', packed.drawbridge);
  return { name: GENERATED, folder: target, tarball };
}
