import { compileProgram, HelperError } from './handlebars-engine.js';
import type { TemplateManifest } from './manifest.js';
import type { ResolvedFields } from './template.js';
import { type LintedExpression, lintExpression } from './template-lint.js';
import { BudgetError, DERIVE_LIMITS, WorkBudget } from './work-budget.js';

/** A field's `derive`: its value is made from other fields where none is given. */
interface Derivation {
  linted: LintedExpression;
  run: (fields: ResolvedFields, budget: WorkBudget) => string;
}

/** The derived text, '' where nothing comes of it; or why there is none, in a sentence. */
export type Derived = { text: string } | { problem: string };

export interface DerivePlan {
  /** The derived fields, each after those that it is made from. */
  order: readonly string[];
  /** For one image, whose derived fields share what they may cost. */
  begin(): (name: string, fields: ResolvedFields) => Derived;
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

/** Helpers never fail but for their budget; resolution must not even if one did. */
function problemOf(thrown: unknown): string {
  const cause = thrown instanceof HelperError ? thrown.cause : thrown;
  const reason = cause instanceof BudgetError ? cause.message : 'failed on this data.';
  return `Its expression (derive in template.json) ${reason}`;
}

const plans = new WeakMap<TemplateManifest, DerivePlan>();

/** For a manifest that was checked; made once for each. */
export function derivePlan(manifest: TemplateManifest): DerivePlan {
  const known = plans.get(manifest);
  if (known) return known;
  const derivations = derivationsOf(manifest);
  const plan: DerivePlan = {
    order: sort(derivations).order,
    begin() {
      const budget = new WorkBudget(DERIVE_LIMITS);
      return (name, fields) => {
        try {
          return { text: derivations.get(name)?.run(fields, budget) ?? '' };
        } catch (thrown) {
          return { problem: problemOf(thrown) };
        }
      };
    },
  };
  plans.set(manifest, plan);
  return plan;
}
