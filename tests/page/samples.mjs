// Services as /v1/services tells them.

export function task(id, values = {}) {
  return { id, source: "marathon", state: "running", health: "none", ready: true, drained: false, version: "1", agent_id: "A-S1", agent_addresses: ["10.0.0.1"],
    addresses: ["10.0.0.1"], ports: [{ name: "", port: 31001, protocol: "tcp", service_port: 0, endpoints: ["10.0.0.1:31001"],
      probe: "none", passing: true, drained: false }], ...values };
}

export function vip(id, backends = []) {
  return { id, address: "11.0.0.1", port: 80, protocol: "tcp", backends };
}

export function service(app, tasks, vips = []) {
  return { app, framework: "marathon", tasks, vips };
}

export function snapshot(services, generation = 7) {
  return { type: "snapshot", generation, synced: true, services };
}
