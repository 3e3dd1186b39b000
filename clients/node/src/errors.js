/**
 * The one family of errors that this package throws, whatever failed below it.
 *
 * not retryable, the same request will fail again: INVALID_INPUT, UNAUTHORIZED, NOT_FOUND, UNKNOWN_OPERATION, CONFLICT,
 * CANCELLED, PAYLOAD_TOO_LARGE, DEADLINE_EXCEEDED. Retryable, the same request may succeed later: RATE_LIMITED,
 * OVERLOADED, MODEL_UNAVAILABLE, CIRCUIT_OPEN, UNAVAILABLE (Redis cannot be reached), TIMEOUT, INTERNAL.
 *
 * @typedef {{path: string, message: string, [key: string]: unknown}} Detail
 * @typedef {object} Envelope a failure as it crosses the wire
 * @property {string} code
 * @property {string} message
 * @property {boolean} retryable
 * @property {Detail[]} details
 * @property {string | null} requestId
 */

/** @type {Record<string, {status: number, retryable: boolean}>} */
export const CODES = {
  INVALID_INPUT: { status: 400, retryable: false },
  UNAUTHORIZED: { status: 401, retryable: false },
  NOT_FOUND: { status: 404, retryable: false },
  UNKNOWN_OPERATION: { status: 404, retryable: false },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false },
  CONFLICT: { status: 409, retryable: false },
  CANCELLED: { status: 409, retryable: false },
  PAYLOAD_TOO_LARGE: { status: 413, retryable: false },
  RATE_LIMITED: { status: 429, retryable: true },
  INTERNAL: { status: 500, retryable: true },
  OVERLOADED: { status: 503, retryable: true },
  MODEL_UNAVAILABLE: { status: 503, retryable: true },
  CIRCUIT_OPEN: { status: 503, retryable: true },
  UNAVAILABLE: { status: 503, retryable: true },
  DEADLINE_EXCEEDED: { status: 504, retryable: false },
  TIMEOUT: { status: 504, retryable: true },
};

/** A failure with a code that a caller can act on. `status` is what it becomes over HTTP. */
export class SobaError extends Error {
  /**
   * @param {string} code one of CODES; any other is kept as it is, and treated as INTERNAL
   * @param {string} message
   * @param {{details?: Detail[], requestId?: string | null, jobId?: string, retryAfter?: number, retryable?: boolean,
   *   cause?: unknown}} [more] `jobId` is `<queue>:<id>`; `retryAfter` is in seconds
   */
  constructor(code, message, more = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'SobaError';
    const known = CODES[code] ?? CODES.INTERNAL;
    this.code = code;
    this.status = known.status;
    this.retryable = more.retryable ?? known.retryable;
    this.details = more.details ?? [];
    /** @type {string | null} */
    this.requestId = more.requestId ?? null;
    this.jobId = more.jobId;
    this.retryAfter = more.retryAfter ?? (known.status === 503 || known.status === 429 ? 1 : undefined);
  }

  /** @returns {Envelope} */
  toJSON() {
    const { code, message, retryable, details, requestId } = this;
    return { code, message, retryable, details, requestId };
  }

  /**
   * INVALID_INPUT at the fields named.
   * @param {Detail[]} details at least one
   */
  static invalid(details) {
    const [first] = details;
    const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
    return new SobaError('INVALID_INPUT', `${first.path ? `${first.path}: ` : ''}${first.message}${more}`, { details });
  }

  /**
   * The error that a job's `failedReason` (or a polling key's result) describes. Text that is not ours, such as
   * BullMQ's own "job stalled more than allowable limit", becomes INTERNAL.
   * @param {unknown} reason JSON text or the envelope itself
   * @param {{jobId?: string, requestId?: string | null}} [more]
   */
  static fromFailure(reason, more = {}) {
    const envelope = typeof reason === 'string' ? parsed(reason) : /** @type {any} */ (reason);
    if (typeof envelope?.code !== 'string' || typeof envelope.message !== 'string')
      return new SobaError('INTERNAL', String(reason || 'the job failed without a reason'), more);
    return new SobaError(envelope.code, envelope.message, {
      ...more,
      retryable: typeof envelope.retryable === 'boolean' ? envelope.retryable : undefined,
      details: Array.isArray(envelope.details) ? envelope.details : [],
      requestId: envelope.requestId ?? more.requestId,
    });
  }

  /**
   * Any thrown thing as a SobaError: ours as it is, what Redis connections throw as UNAVAILABLE, the rest as INTERNAL.
   * @param {unknown} error
   * @param {{jobId?: string, requestId?: string | null}} [more]
   * @returns {SobaError}
   */
  static from(error, more = {}) {
    if (error instanceof SobaError) {
      error.requestId ??= more.requestId ?? null;
      error.jobId ??= more.jobId;
      return error;
    }
    const text = error instanceof Error ? error.message : String(error);
    if (isConnectionFault(error))
      return new SobaError('UNAVAILABLE', `Redis cannot be reached: ${text}`, { ...more, cause: error });
    if (/^OOM |^LOADING |^BUSY |^READONLY /.test(text))
      return new SobaError('UNAVAILABLE', `Redis takes no jobs: ${text}`, { ...more, cause: error });
    return new SobaError('INTERNAL', text, { ...more, cause: error });
  }
}

/** @param {unknown} error */
function isConnectionFault(error) {
  const { name, code, message } = /** @type {any} */ (error ?? {});
  return (
    name === 'MaxRetriesPerRequestError' ||
    name === 'ConnectionClosedError' ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(code) ||
    /Connection is closed|Stream isn't writeable|Command timed out/.test(message ?? '')
  );
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
