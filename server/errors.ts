// A no that names its reason: thrown anywhere below the roles, turned into a problem document, a refusal or a
// fault by whoever owns the wire. Anything else that is thrown is a defect and is answered as `internal`.
import { type Code, codes } from './contract/errors.ts';

export class ParleyError extends Error {
  readonly code: Code;

  /** `detail` says what was wrong with this very input; it goes to the client, so it holds no secret. */
  constructor(code: Code, detail?: string) {
    super(detail ?? codes[code].text);
    this.name = 'ParleyError';
    this.code = code;
  }
}

/** What an operator did wrong (a taken port, an unreachable database): printed as one sentence, without a stack. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
