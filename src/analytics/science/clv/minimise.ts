/**
 * Finds the least value of a smooth function of a few variables: quasi-Newton by Broyden, Fletcher,
 * Goldfarb and Shanno with a backtracking line search (Nocedal & Wright, Numerical Optimization,
 * 2006, algorithms 3.1 and 6.1). Pure. The gradient tells whether it has arrived.
 */
export interface Evaluation {
  value: number;
  gradient: number[];
}

export interface Minimum {
  point: number[];
  value: number;
  /** False if the steps ran out, led nowhere or beyond the limit before the gradient vanished. */
  hasConverged: boolean;
}

const MAX_STEPS = 300;
const MAX_HALVINGS = 40;
const GRADIENT_TOLERANCE = 1e-9;
const SUFFICIENT_DECREASE = 1e-4;
/** A step of more than this in the logarithm of a parameter leads out of the world. */
const MAX_STEP_LENGTH = 2;

const dot = (a: number[], b: number[]) =>
  a.reduce((sum, value, index) => sum + value * b[index]!, 0);
const largest = (values: number[]) => Math.max(...values.map(Math.abs));
const isFinite = ({ value, gradient }: Evaluation) =>
  Number.isFinite(value) && gradient.every(Number.isFinite);

export function minimise(
  evaluate: (point: number[]) => Evaluation,
  start: number[],
  /** How far from 0 the least value may lie in any variable. */
  limit: number,
): Minimum {
  let point = start;
  let here = evaluate(point);
  let inverse = identity(start.length);
  const arrived = () => largest(here.gradient) < GRADIENT_TOLERANCE;
  const isInside = () => isFinite(here) && largest(point) < limit;
  for (let step = 0; step < MAX_STEPS && isInside() && !arrived(); step += 1) {
    let direction = inverse.map((row) => -dot(row, here.gradient));
    if (dot(direction, here.gradient) >= 0) {
      inverse = identity(start.length);
      direction = here.gradient.map((slope) => -slope);
    }
    const next = search(evaluate, point, here, direction);
    if (!next) break;
    const moved = next.point.map((value, index) => value - point[index]!);
    const { gradient } = next.evaluation;
    const bent = gradient.map((slope, index) => slope - here.gradient[index]!);
    inverse = update(inverse, moved, bent);
    point = next.point;
    here = next.evaluation;
  }
  return { point, value: here.value, hasConverged: isInside() && arrived() };
}

/** The first of ever shorter steps that leads down far enough; null if none does. */
function search(
  evaluate: (point: number[]) => Evaluation,
  point: number[],
  here: Evaluation,
  direction: number[],
): { point: number[]; evaluation: Evaluation } | null {
  const slope = dot(direction, here.gradient);
  let length = Math.min(1, MAX_STEP_LENGTH / largest(direction));
  for (let halving = 0; halving < MAX_HALVINGS; halving += 1, length /= 2) {
    const there = point.map((value, index) => value + length * direction[index]!);
    const evaluation = evaluate(there);
    const target = here.value + SUFFICIENT_DECREASE * length * slope;
    // Near the least value rounding hides the decrease; the gradient still tells it.
    const isFlat =
      Math.abs(evaluation.value - here.value) <= 1e-14 * Math.abs(here.value) &&
      largest(evaluation.gradient) < largest(here.gradient);
    if (isFinite(evaluation) && (evaluation.value <= target || isFlat)) {
      return { point: there, evaluation };
    }
  }
  return null;
}

const identity = (size: number): number[][] =>
  Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => Number(row === column)),
  );

/** The BFGS formula for the inverse Hessian; it stays as it is where the curvature is not positive. */
function update(inverse: number[][], moved: number[], bent: number[]): number[][] {
  const curvature = dot(moved, bent);
  if (curvature <= 0) return inverse;
  const turned = inverse.map((row) => dot(row, bent));
  const scale = (1 + dot(bent, turned) / curvature) / curvature;
  return inverse.map((row, i) =>
    row.map(
      (value, j) =>
        value +
        scale * moved[i]! * moved[j]! -
        (turned[i]! * moved[j]! + moved[i]! * turned[j]!) / curvature,
    ),
  );
}
