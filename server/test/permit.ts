// A role with these permissions, made for one person. Gives its name.
import { newId } from '../lib/id.ts';
import { giveRole } from '../people/roles.ts';
import type { House, Person } from './house.ts';

export async function permit(house: House, person: Person, ...permissions: readonly string[]): Promise<string> {
  const name = `role-${newId()}`;
  await house.db.role.create({ data: { id: newId(), name, permissions: [...permissions] } });
  await giveRole(house, person.userId, name);
  return name;
}
