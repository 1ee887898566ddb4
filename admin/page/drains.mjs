// What the operator drains, as /v1/drains lists it. Pure.

/** [kind, name] of {"task": ID}, {"agent": NAME} or {"endpoint": "ADDRESS:PORT"}. */
export function read(drain) {
  return Object.entries(drain)[0];
}

/** Those drains that hold what is at one of the endpoints, a task with these names of its agent. */
export function drainsOf(drains, { task, agent, endpoints }) {
  const names = { task: [task], agent, endpoint: endpoints };
  return drains.filter((drain) => {
    const [kind, name] = read(drain);
    return names[kind]?.includes(name);
  });
}
