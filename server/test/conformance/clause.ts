// A clause: words of a specification that bind a server, and what shows that this one keeps them.
import type { Version } from '../../stomp/frame.ts';
import type { Stage } from './stage.ts';

export interface Clause {
  /** The title of the paragraph, in all of these versions. */
  readonly paragraph: string;
  readonly versions: readonly Version[];
  readonly says: string;
  readonly shows: (stage: Stage, version: Version) => Promise<void>;
}

export const clause = (
  paragraph: string,
  versions: readonly Version[],
  says: string,
  shows: Clause['shows'],
): Clause => ({ paragraph, versions, says, shows });

export const all: readonly Version[] = ['1.0', '1.1', '1.2'];
export const newer: readonly Version[] = ['1.1', '1.2'];
