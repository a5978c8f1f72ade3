/** What members may do. An owner: everything. A member: all but managing people and money. A viewer only reads. */
export const ROLES = ['owner', 'member', 'viewer'] as const
export type Role = (typeof ROLES)[number]

export const ROLE_TITLES: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  member: 'Member',
  viewer: 'Viewer',
}

/** "an owner", "a member". */
export const roleWords = (role: Role): string => (role === 'owner' ? 'an owner' : `a ${role}`)
