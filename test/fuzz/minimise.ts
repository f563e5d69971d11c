import {
  type ASTNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  type SelectionNode,
  validate,
  visit,
} from 'graphql';

export interface Minimal {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface MinimiseOptions {
  readonly schema: GraphQLSchema;
  /** Whether the operation is still wrong in the same way. */
  readonly fails: (candidate: Minimal) => Promise<boolean>;
  /** Most candidates that are tried. */
  readonly tries?: number;
}

/**
 * Makes an operation that fails as small as it gets while it still fails: takes
 * away selections, fragments, arguments, directives, aliases and values one by
 * one, the largest first, until none can go.
 */
export async function minimise(failing: Minimal, { schema, fails, tries = 400 }: MinimiseOptions): Promise<Minimal> {
  let best = failing;
  let left = tries;
  for (let smaller = true; smaller && left > 0; ) {
    smaller = false;
    for (const candidate of candidates(best)) {
      if (size(candidate) >= size(best) || validate(schema, parse(candidate.text)).length > 0) continue;
      left -= 1;
      if (await fails(candidate)) {
        best = candidate;
        smaller = true;
        break;
      }
      if (left <= 0) break;
    }
  }
  return best;
}

/** The shortest part of a list that still fails, by leaving out ever smaller pieces. */
export async function minimiseList<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let best = items;
  for (let piece = Math.ceil(best.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let start = 0; start < best.length && best.length > 1; ) {
      const candidate = [...best.slice(0, start), ...best.slice(start + piece)];
      if (candidate.length > 0 && (await fails(candidate))) best = candidate;
      else start += piece;
    }
  }
  return best;
}

function* candidates({ text, variables }: Minimal): Generator<Minimal> {
  const document = parse(text, { noLocation: true });
  for (const edit of editsOf(document)) yield tidied(edit(document), variables);
  for (const smaller of smallerValues(variables)) {
    yield { text, variables: smaller as Readonly<Record<string, unknown>> };
  }
}

type Edit = (document: DocumentNode) => DocumentNode;
type Path = readonly (string | number)[];

/** In the order of the document, so that what holds much comes before what it holds. */
function editsOf(document: DocumentNode): Edit[] {
  const fragments = new Map(
    document.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  );
  const edits: Edit[] = [];
  visit(document, {
    enter(node, _key, parent, path) {
      const at = [...path];
      if (Array.isArray(parent) && isRemovable(node, parent)) edits.push((whole) => replaceAt(whole, at, []));
      const inner = innerOf(node, fragments);
      if (inner) edits.push((whole) => replaceAt(whole, at, inner));
      if (node.kind === Kind.FIELD && node.alias) {
        edits.push((whole) => replaceAt(whole, at, [{ ...node, alias: undefined }]));
      }
    },
  });
  return edits;
}

function isRemovable(node: ASTNode, among: readonly ASTNode[]): boolean {
  switch (node.kind) {
    case Kind.FIELD:
    case Kind.INLINE_FRAGMENT:
    case Kind.FRAGMENT_SPREAD:
      return among.length > 1;
    case Kind.ARGUMENT:
    case Kind.DIRECTIVE:
      return true;
    default:
      return false;
  }
}

/** What a fragment stands for. */
function innerOf(
  node: ASTNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly SelectionNode[] | undefined {
  if (node.kind === Kind.INLINE_FRAGMENT) return node.selectionSet.selections;
  const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : undefined;
  return fragment?.selectionSet.selections;
}

/** @param path ends with a place in a list */
function replaceAt<T>(whole: T, path: Path, items: readonly unknown[]): T {
  const [step, ...rest] = path;
  if (step === undefined) return whole;
  if (Array.isArray(whole)) {
    const index = Number(step);
    const now = rest.length === 0 ? items : [replaceAt(whole[index], rest, items)];
    return [...whole.slice(0, index), ...now, ...whole.slice(index + 1)] as T;
  }
  const parts = whole as Record<string, unknown>;
  return { ...parts, [step]: replaceAt(parts[step], rest, items) } as T;
}

/** Without fragments that nobody spreads and variables that nobody reads. */
export function tidied(document: DocumentNode, variables: Minimal['variables']): Minimal {
  const spread = new Set<string>();
  const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  const fragments = document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const follow = (node: ASTNode): void => {
    visit(node, {
      FragmentSpread({ name: { value } }) {
        const fragment = fragments.find(({ name }) => name.value === value);
        if (!fragment || spread.has(value)) return;
        spread.add(value);
        follow(fragment);
      },
    });
  };
  if (!operation) return { text: print(document), variables };
  follow(operation);
  const kept = fragments.filter(({ name }) => spread.has(name.value));
  const read = new Set<string>();
  for (const part of [operation.selectionSet, ...kept])
    visit(part, { Variable: ({ name }) => void read.add(name.value) });
  const declared = operation.variableDefinitions?.filter(({ variable }) => read.has(variable.name.value)) ?? [];
  return {
    text: print({ ...document, definitions: [{ ...operation, variableDefinitions: declared }, ...kept] }),
    variables: Object.fromEntries(Object.entries(variables).filter(([name]) => read.has(name))),
  };
}

/** The value with one part of it gone, or with a part of it made smaller. */
function* smallerValues(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  const entries = Object.entries(value);
  const built = (some: typeof entries): unknown =>
    Array.isArray(value) ? some.map(([, one]) => one) : Object.fromEntries(some);
  for (const [at, [key, child]] of entries.entries()) {
    yield built(entries.filter((_, index) => index !== at));
    for (const inner of smallerValues(child)) yield built(entries.with(at, [key, inner]));
  }
}

const size = ({ text, variables }: Minimal): number =>
  text.replace(/\s+/g, ' ').length + JSON.stringify(variables).length;
