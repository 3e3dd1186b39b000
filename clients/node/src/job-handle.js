/** A job that was added and is not waited for yet. */
export class JobHandle {
  /** @param {import('./client.js').Client} client @param {import('./call.js').Call} call */
  constructor(client, call) {
    this.client = client;
    /** `<queue>:<id>` */
    this.id = call.ref;
    this.operation = call.operation.name;
    this.requestId = call.requestId;
  }

  /** @param {Parameters<import('./client.js').Client['wait']>[1]} [options] */
  wait(options) {
    return this.client.wait(this.id, options);
  }

  report() {
    return this.client.job(this.id);
  }

  cancel() {
    return this.client.cancel(this.id);
  }
}
