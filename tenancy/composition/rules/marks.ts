import { type Definitions, hasMark, type Mark } from '../definitions.ts';
import type { TenancyViolation } from '../violation.ts';

/** Every object type says whether it holds a tenant's data. Silence is the fault this product exists to end. */
export function unmarkedTypes(subgraphs: readonly Definitions[]): TenancyViolation[] {
  return subgraphs.flatMap(({ subgraph, types }) =>
    [...types.values()]
      .filter((type) => !hasMark(type, 'tenantScoped') && !hasMark(type, 'global'))
      .map((type) => ({
        rule: 'unmarked-type' as const,
        subgraph,
        where: type.name,
        message: 'says neither @tenantScoped nor @global.',
        cure: `Add @tenantScoped to ${type.name}, or @global(reason: "...") where it holds no tenant's data.`,
      })),
  );
}

/** A type is scoped in all of its subgraphs or in none: a half-scoped entity leaks through the other half. */
export function contradictingMarks(subgraphs: readonly Definitions[]): TenancyViolation[] {
  const first = new Map<string, { mark: Mark; subgraph: string }>();
  const violations: TenancyViolation[] = [];
  for (const { subgraph, types } of subgraphs) {
    for (const type of types.values()) {
      for (const mark of MARKS.filter((candidate) => hasMark(type, candidate))) {
        const known = first.get(type.name);
        if (!known) first.set(type.name, { mark, subgraph });
        else if (known.mark !== mark) {
          violations.push({
            rule: 'contradicting-marks',
            subgraph,
            where: type.name,
            message: `is @${mark} here but @${known.mark} in ${known.subgraph}.`,
            cure: 'Mark the type alike in every subgraph; one that holds tenant data anywhere is @tenantScoped everywhere.',
          });
        }
      }
    }
  }
  return violations;
}

const MARKS: readonly Mark[] = ['tenantScoped', 'global'];
