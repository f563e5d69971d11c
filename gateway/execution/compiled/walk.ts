import type { PlacedFetch, Unit } from './graph.ts';
import { guarded, type Run, type Step } from './run.ts';

/** One step for fetches from one subgraph. */
export type CompileFetches = (fetches: readonly PlacedFetch[]) => Step;

/**
 * Runs units as soon as what they wait for is done. Fetches of one subgraph and
 * one depth meet, to go as one request.
 */
export function compileWalk(units: readonly Unit[], compileFetches: CompileFetches): Step {
  const meetings = meetingsOf(units, compileFetches);
  const steps = units.map(({ work }, unit) => {
    if ('step' in work) return work.step;
    return meetings[unit] ? undefined : guarded(compileFetches([work.fetch]));
  });
  const followers: number[][] = units.map(() => []);
  for (const [unit, { after }] of units.entries()) for (const before of after) followers[before]?.push(unit);
  const waits = units.map(({ after }) => after.length);
  const [only] = steps;
  if (only && units.length === 1) return only;
  return (run) =>
    new Promise<void>((resolve, reject) =>
      new Walk({ steps, meetings, followers, waits: [...waits] }, run, { resolve, reject }).begin(),
    );
}

/** Fetches that may go as one request. */
interface Meeting {
  readonly size: number;
  /** Of those units that are there, which are mostly all. */
  stepFor(units: readonly number[]): Step;
}

/** By unit; undefined for a unit that meets nobody. */
function meetingsOf(units: readonly Unit[], compileFetches: CompileFetches): readonly (Meeting | undefined)[] {
  const byPlace = new Map<string, number[]>();
  for (const [unit, { work, depth }] of units.entries()) {
    if (!('fetch' in work)) continue;
    const place = `${depth} ${work.fetch.node.serviceName}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), unit]);
  }
  const meetings = new Array<Meeting | undefined>(units.length).fill(undefined);
  for (const members of byPlace.values()) {
    if (members.length < 2) continue;
    const meeting = createMeeting(members.length, (some) =>
      guarded(compileFetches(some.flatMap((unit) => fetchOf(units[unit])))),
    );
    meeting.stepFor(members);
    for (const unit of members) meetings[unit] = meeting;
  }
  return meetings;
}

const fetchOf = (unit: Unit | undefined): PlacedFetch[] => (unit && 'fetch' in unit.work ? [unit.work.fetch] : []);

function createMeeting(size: number, compile: (units: readonly number[]) => Step): Meeting {
  const compiled = new Map<string, Step>();
  const stepFor = (units: readonly number[]): Step => {
    const sorted = [...units].sort((a, b) => a - b);
    const key = sorted.join();
    const known = compiled.get(key);
    if (known) return known;
    if (sorted.length > 1 && compiled.size >= size + MOST_COMBINATIONS) return eachAlone(sorted);
    const step = compile(sorted);
    compiled.set(key, step);
    return step;
  };
  const eachAlone = (units: readonly number[]): Step => {
    const steps = units.map((unit) => stepFor([unit]));
    return async (run) => void (await Promise.all(steps.map((step) => step(run))));
  };
  return { size, stepFor };
}

/** Of some that came in time and some that did not; a plan has few that occur. */
const MOST_COMBINATIONS = 8;

interface Ways {
  readonly steps: readonly (Step | undefined)[];
  readonly meetings: readonly (Meeting | undefined)[];
  /** By unit, those that wait for it. */
  readonly followers: readonly (readonly number[])[];
  /** By unit, for how many it waits still. */
  readonly waits: number[];
}

/** Who has come to a meeting so far. */
interface Gathering {
  missing: number;
  present: number[];
  timer: NodeJS.Timeout | undefined;
}

/** The plan of one operation while it runs. */
class Walk {
  readonly #ways: Ways;
  readonly #run: Run;
  readonly #end: { resolve: () => void; reject: (error: unknown) => void };
  readonly #began = performance.now();
  readonly #gatherings = new Map<Meeting, Gathering>();
  #left: number;

  constructor(ways: Ways, run: Run, end: { resolve: () => void; reject: (error: unknown) => void }) {
    this.#ways = ways;
    this.#run = run;
    this.#end = end;
    this.#left = ways.waits.length;
  }

  begin(): void {
    const first = this.#ways.waits.flatMap((waits, unit) => (waits === 0 ? [unit] : []));
    for (const unit of first) this.#ready(unit);
  }

  #ready(unit: number): void {
    const meeting = this.#ways.meetings[unit];
    if (meeting) this.#meet(meeting, unit);
    else this.#start(this.#ways.steps[unit] as Step, [unit]);
  }

  #meet(meeting: Meeting, unit: number): void {
    const gathering = this.#gatherings.get(meeting) ?? { missing: meeting.size, present: [], timer: undefined };
    this.#gatherings.set(meeting, gathering);
    gathering.missing -= 1;
    gathering.present.push(unit);
    if (gathering.missing === 0) this.#leave(meeting, gathering);
    else gathering.timer ??= setTimeout(() => this.#leave(meeting, gathering), this.#patience());
  }

  /**
   * A branch waits for others as long again as it took to get here, and never
   * long: a subgraph that is slow, or hangs until its time is over, must not hold
   * up what the others have.
   */
  #patience(): number {
    return Math.min(performance.now() - this.#began, MOST_PATIENCE_MS);
  }

  #leave(meeting: Meeting, gathering: Gathering): void {
    clearTimeout(gathering.timer);
    gathering.timer = undefined;
    const { present } = gathering;
    gathering.present = [];
    this.#start(meeting.stepFor(present), present);
  }

  #start(step: Step, units: readonly number[]): void {
    step(this.#run).then(() => this.#done(units), this.#end.reject);
  }

  #done(units: readonly number[]): void {
    const { followers, waits } = this.#ways;
    this.#left -= units.length;
    if (this.#left === 0) this.#end.resolve();
    for (const unit of units) {
      for (const follower of followers[unit] ?? []) {
        const waiting = (waits[follower] ?? 0) - 1;
        waits[follower] = waiting;
        if (waiting === 0) this.#ready(follower);
      }
    }
  }
}

const MOST_PATIENCE_MS = 10;
