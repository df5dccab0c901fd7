import { compileProgram } from './handlebars-engine.js';
import type { TemplateManifest } from './manifest.js';
import type { ResolvedFields } from './template.js';
import { type LintedExpression, lintExpression } from './template-lint.js';

/** A field's `derive`: its value is made from other fields where none is given. */
interface Derivation {
  linted: LintedExpression;
  run: (fields: ResolvedFields) => string;
}

export interface DerivePlan {
  /** The derived fields, each after those that it is made from. */
  order: readonly string[];
  /** The derived text of one of them; '' where nothing comes of it. */
  derive(name: string, fields: ResolvedFields): string;
}

function derivationsOf(manifest: TemplateManifest): Map<string, Derivation> {
  const found = new Map<string, Derivation>();
  for (const [name, { derive }] of Object.entries(manifest.fields)) {
    if (derive === undefined) continue;
    const linted = lintExpression(derive, manifest);
    const isValid = linted.ast && linted.problems.length === 0;
    const run = isValid && linted.ast ? compileProgram(linted.ast, 'text') : () => '';
    found.set(name, { linted, run });
  }
  return found;
}

/** Depth first: `order` ends up with what is needed before what needs it, `circle` with the first loop. */
function sort(derivations: ReadonlyMap<string, Derivation>): {
  order: string[];
  circle: string[] | undefined;
} {
  const order: string[] = [];
  let circle: string[] | undefined;
  const visit = (name: string, way: readonly string[]) => {
    if (way.includes(name)) {
      circle ??= [...way.slice(way.indexOf(name)), name];
      return;
    }
    if (order.includes(name)) return;
    for (const used of derivations.get(name)?.linted.uses ?? []) {
      if (derivations.has(used)) visit(used, [...way, name]);
    }
    order.push(name);
  };
  for (const name of derivations.keys()) visit(name, []);
  return { order, circle };
}

/** What is wrong with the `derive` of a manifest's fields, by field. */
export function deriveProblems(manifest: TemplateManifest): { field: string; message: string }[] {
  const derivations = derivationsOf(manifest);
  const problems = [...derivations].flatMap(([field, { linted }]) =>
    linted.problems.map(({ line, column, message }) => ({
      field,
      message: `derive, ${line > 1 ? `line ${line}, ` : ''}column ${column}: ${message}`,
    })),
  );
  const { circle } = sort(derivations);
  const [field] = circle ?? [];
  if (!circle || field === undefined) return problems;
  const message = `derive goes round in a circle: ${circle.join(' needs ')}.`;
  return [...problems, { field, message }];
}

const plans = new WeakMap<TemplateManifest, DerivePlan>();

/** For a manifest that was checked; made once for each. */
export function derivePlan(manifest: TemplateManifest): DerivePlan {
  const known = plans.get(manifest);
  if (known) return known;
  const derivations = derivationsOf(manifest);
  const plan: DerivePlan = {
    order: sort(derivations).order,
    derive(name, fields) {
      try {
        return derivations.get(name)?.run(fields) ?? '';
      } catch {
        // Helpers never fail; resolution must not even if one did.
        return '';
      }
    },
  };
  plans.set(manifest, plan);
  return plan;
}
