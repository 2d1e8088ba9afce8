// A small keep of records in the browser's IndexedDB, one database a user. Knows nothing of what it keeps.

export interface Keep<T> {
  all(): Promise<T[]>;
  put(record: T): Promise<void>;
  remove(key: string): Promise<void>;
  clear(): Promise<void>;
}

const done = <R>(request: IDBRequest<R>) =>
  new Promise<R>((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed')));
  });

function openDatabase(name: string, store: string, keyPath: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(store, { keyPath }));
  return done(request);
}

/** Opens (and makes, the first time) `store` in the database `name`; records are found by their member `keyPath`. */
export async function openKeep<T>(name: string, store: string, keyPath: string): Promise<Keep<T>> {
  const database = await openDatabase(name, store, keyPath);
  const write = (change: (records: IDBObjectStore) => void) =>
    new Promise<void>((resolve, reject) => {
      // strict: on the disk when this resolves, for what is kept here is nowhere else
      const transaction = database.transaction(store, 'readwrite', { durability: 'strict' });
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('IndexedDB failed')));
      change(transaction.objectStore(store));
    });
  return {
    all: () => done(database.transaction(store).objectStore(store).getAll()) as Promise<T[]>,
    put: (record) => write((records) => records.put(record)),
    remove: (key) => write((records) => records.delete(key)),
    clear: () => write((records) => records.clear()),
  };
}
