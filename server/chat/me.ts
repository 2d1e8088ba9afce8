// Everything that somebody sees and sets of herself, read in one go.
import type { Context } from '../context.ts';
import type { Me } from '../contract/rest-privacy.ts';
import { ParleyError } from '../errors.ts';
import { personColumns } from './people.ts';

const columns = {
  ...personColumns,
  presenceTo: true,
  foundBy: true,
  addedBy: true,
  groupedBy: true,
  readMarkers: true,
  keepArchived: true,
} as const;

export async function meOf({ db }: Pick<Context, 'db'>, userId: string): Promise<Me> {
  const found = await db.user.findUnique({ where: { id: userId }, select: columns });
  if (!found) throw new ParleyError('no-such-user');
  const { presenceTo, foundBy, addedBy, groupedBy, readMarkers, keepArchived, ...person } = found;
  // the table holds what passed the schema
  const privacy = {
    presence: presenceTo,
    find: foundBy,
    add: addedBy,
    groups: groupedBy,
    readMarkers,
  } as Me['privacy'];
  return { ...person, privacy, preferences: { keepArchived } };
}
