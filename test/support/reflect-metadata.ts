/**
 * The four functions of the Reflect metadata proposal that tsyringe, below @peculiar/x509, needs
 * before it can be loaded; the usual polyfill is no dependency of ours. Import it ahead of x509.
 * Metadata is per target only: tsyringe reads what its own decorators wrote.
 */
const store = new WeakMap<object, Map<unknown, unknown>>();

function ofTarget(target: object): Map<unknown, unknown> {
  const found = store.get(target) ?? new Map<unknown, unknown>();
  store.set(target, found);
  return found;
}

function getMetadata(key: unknown, target: object): unknown {
  return store.get(target)?.get(key);
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  ofTarget(target).set(key, value);
}

function metadata(key: unknown, value: unknown): (target: object) => void {
  return (target) => defineMetadata(key, value, target);
}

if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, { getMetadata, getOwnMetadata: getMetadata, defineMetadata, metadata });
}
