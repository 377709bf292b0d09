/** What a client that uploads a file and the service agree on. */

/** Every part of a file but the last has so many bytes. */
export const PART_BYTES = 8 * 1024 * 1024;
