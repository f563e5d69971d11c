/** A UUID as the product writes it, in lower case. Text that fits it is safe to stand in a statement or a name. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A UUID as others may write it, in either case: for what comes from outside. */
export const UUID_IN_ANY_CASE = new RegExp(UUID, 'i');

/** Of a tenant or person that there never is. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';
