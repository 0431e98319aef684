import {
  DockerfileParser,
  JSONInstruction,
  PropertyInstruction,
  Copy,
  From,
  type Instruction,
} from 'dockerfile-ast';

/** One instruction that changes files or says how the image runs. */
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
  | { readonly kind: 'entrypoint'; readonly words: string[] };

export interface BuildStage {
  /** Empty for the last one. */
  readonly name: string;
  /** What it starts from. */
  readonly image: string;
  readonly steps: readonly BuildStep[];
}

/**
 * The stages of a Dockerfile, with `args` in place of the defaults of its ARGs.
 *
 * @throws for an instruction that a plain folder cannot follow: the build here and that of an engine must not
 * differ
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
      return { kind: 'entrypoint', words: wordsOf(instruction as JSONInstruction) };
    case 'ENV':
    case 'LABEL':
      return {
        kind: instruction.getKeyword() === 'ENV' ? 'env' : 'label',
        values: valuesOf(instruction, known),
      };
    default:
      throw new Error(`Dockerfile: a plain folder cannot follow ${instruction.getInstruction()}`);
  }
}

function copyOf(copy: Copy, words: string[]): BuildStep {
  const from = copy.getFromFlag()?.getValue() ?? null;
  if (copy.getFlags().length > (from === null ? 0 : 1))
    throw new Error(`Dockerfile: a plain folder cannot follow the flags of this COPY: ${words.join(' ')}`);
  return { kind: 'copy', from, sources: words.slice(0, -1), target: words.at(-1) ?? '' };
}

function wordsOf(instruction: JSONInstruction): string[] {
  return instruction.getJSONStrings().map((word) => word.getJSONValue());
}

function valuesOf(instruction: Instruction, known: ReadonlyMap<string, string>): Record<string, string> {
  const properties = (instruction as PropertyInstruction).getProperties();
  return Object.fromEntries(
    properties.map((property) => [property.getName(), substitute(property.getValue() ?? '', known)]),
  );
}
