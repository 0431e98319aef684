import {
  DockerfileParser,
  JSONInstruction,
  PropertyInstruction,
  Copy,
  From,
  type Instruction,
} from 'dockerfile-ast';

/** An instruction that changes files or the configuration of the image. */
export type BuildStep =
  | { readonly kind: 'workdir'; readonly path: string }
  | { readonly kind: 'env' | 'label'; readonly values: Readonly<Record<string, string>> }
  | {
      readonly kind: 'copy';
      readonly from: string | null;
      readonly sources: string[];
      readonly target: string;
    }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'entrypoint'; readonly args: string[] };

export interface BuildStage {
  /** Empty for the last stage. */
  readonly name: string;
  /** The base image. */
  readonly image: string;
  readonly steps: readonly BuildStep[];
}

/**
 * The stages of a Dockerfile. `args` replace the defaults of its ARGs.
 *
 * @throws Error for an instruction that this build does not support: its result must not differ from an
 * engine's
 */
export function stagesOf(text: string, args: Readonly<Record<string, string>>): BuildStage[] {
  const known = new Map<string, string>();
  const stages: { name: string; image: string; steps: BuildStep[] }[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'ARG') declare(instruction, args, known);
    else if (instruction instanceof From) {
      const image = substitute(instruction.getImage() ?? '', known);
      stages.push({ name: instruction.getBuildStage() ?? '', image, steps: [] });
    } else if (keyword !== 'EXPOSE') stages.at(-1)?.steps.push(stepOf(instruction, known));
  }
  return stages;
}

function declare(
  instruction: Instruction,
  args: Readonly<Record<string, string>>,
  known: Map<string, string>,
): void {
  for (const property of (instruction as PropertyInstruction).getProperties()) {
    known.set(property.getName(), args[property.getName()] ?? property.getValue() ?? '');
  }
}

const substitute = (text: string, known: ReadonlyMap<string, string>): string =>
  text.replace(/\$\{(\w+)\}/g, (_, name: string) => known.get(name) ?? '');

function stepOf(instruction: Instruction, known: ReadonlyMap<string, string>): BuildStep {
  const words = instruction.getArguments().map((argument) => argument.getValue());
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      return { kind: 'workdir', path: words.join(' ') };
    case 'USER':
      return { kind: 'user', user: words.join(' ') };
    case 'RUN':
      return { kind: 'run', command: instruction.getArgumentsContent() ?? '' };
    case 'COPY':
      return copyOf(instruction as Copy, words);
    case 'ENTRYPOINT':
      return { kind: 'entrypoint', args: argsOf(instruction as JSONInstruction) };
    case 'ENV':
    case 'LABEL':
      return {
        kind: instruction.getKeyword() === 'ENV' ? 'env' : 'label',
        values: valuesOf(instruction, known),
      };
    default:
      throw new Error(`Dockerfile: this build does not support ${instruction.getInstruction()}`);
  }
}

function copyOf(copy: Copy, words: string[]): BuildStep {
  const from = copy.getFromFlag()?.getValue() ?? null;
  if (copy.getFlags().length > (from === null ? 0 : 1))
    throw new Error(`Dockerfile: this build does not support the flags of COPY: ${words.join(' ')}`);
  return { kind: 'copy', from, sources: words.slice(0, -1), target: words.at(-1) ?? '' };
}

function argsOf(instruction: JSONInstruction): string[] {
  return instruction.getJSONStrings().map((word) => word.getJSONValue());
}

function valuesOf(instruction: Instruction, known: ReadonlyMap<string, string>): Record<string, string> {
  const properties = (instruction as PropertyInstruction).getProperties();
  return Object.fromEntries(
    properties.map((property) => [property.getName(), substitute(property.getValue() ?? '', known)]),
  );
}
