// What happened, in words: from how a service was and how it is. Pure.

const WORDS = {
  passing: ["passes", "pass"],
  failing: ["fails", "fail"],
  starting: ["is starting", "are starting"],
  draining: ["drains", "drain"],
  unreachable: ["is unreachable", "are unreachable"],
};

function tell(kind, tasks, [one, many]) {
  const text = tasks.length === 1 ? `${tasks[0].address || tasks[0].id} ${one}` : `${tasks.length} tasks ${many}`;
  const reasons = [...new Set(tasks.map(({ why }) => why))];
  return { kind, text: kind === "failing" && reasons.length === 1 ? `${text}: ${reasons[0]}` : text };
}

function byStatus(tasks) {
  const groups = new Map();
  for (const task of tasks) groups.set(task.status, [...(groups.get(task.status) ?? []), task]);
  return groups;
}

function describeTasks(before, after) {
  const known = new Map(before.tasks.map((task) => [task.id, task]));
  const here = new Set(after.tasks.map(({ id }) => id));
  const events = [];
  const gone = before.tasks.filter(({ id }) => !here.has(id));
  if (gone.length) events.push(tell("gone", gone, ["has gone", "have gone"]));
  const turned = after.tasks.filter((task) => known.get(task.id)?.status !== task.status);
  for (const [status, tasks] of byStatus(turned)) events.push(tell(status, tasks, WORDS[status]));
  return events;
}

function describeVersions(before, after) {
  const [old, now] = [before, after].map(({ versions }) => new Set(versions.map(({ version }) => version)));
  const fresh = [...now].filter((version) => !old.has(version));
  if (fresh.length && old.size) return [{ kind: "version", text: `version ${fresh[0]} comes` }];
  const settled = old.size > 1 && now.size === 1;
  return settled ? [{ kind: "version", text: `all tasks are of version ${[...now][0]}` }] : [];
}

function describeVips(before, after) {
  const [old, now] = [before, after].map(({ vips }) => new Set(vips.map(({ id }) => id)));
  return [
    ...[...now].filter((id) => !old.has(id)).map((id) => ({ kind: "new", text: `virtual IP ${id} opens` })),
    ...[...old].filter((id) => !now.has(id)).map((id) => ({ kind: "gone", text: `virtual IP ${id} closes` })),
  ];
}

const count = (tasks) => (tasks.length === 1 ? "1 task" : `${tasks.length} tasks`);

/** [{kind, text}] of one change as Model.apply() returns it. */
export function describeChange({ before, after }) {
  if (!after) return [{ kind: "gone", text: "service has gone" }];
  if (!before) return [{ kind: "new", text: `new service with ${count(after.tasks)}` }];
  return [...describeVersions(before, after), ...describeTasks(before, after), ...describeVips(before, after)];
}

/** What happened last, newest first, and no more than a page can bear. */
export class History {
  static KEPT = 1000;
  #number = 0;
  events = [];

  /** @param when a Date; it is the reader's clock that events are shown by. */
  add(changes, generation, when) {
    const news = changes.flatMap((change) => describeChange(change).map((event) => this.#note(event, change, generation, when)));
    this.events = [...news.reverse(), ...this.events].slice(0, History.KEPT);
  }

  #note(event, { before, after }, generation, when) {
    const { app, framework, key } = after ?? before;
    return { ...event, app, framework, key, generation, when, number: (this.#number += 1) };
  }
}
