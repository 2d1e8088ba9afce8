// What was begun to be written, per conversation, while one looks at another.
export const begun = new Map<string, string>();
