/** Any value that JSON can carry. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object: the shape of every event as a storefront sends it. */
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}
