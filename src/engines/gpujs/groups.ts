/**
 * The indices of items in groups that share a key.
 *
 * @param most how many items of a key a group may have
 */
export function groupsOf<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
  most: (key: Key) => number,
): number[][] {
  const groups: number[][] = [];
  for (const key of new Set(items.map(keyOf))) {
    const indices = [...items.keys()].filter((index) => keyOf(items[index]!) === key);
    const size = most(key);
    for (let i = 0; i < indices.length; i += size) groups.push(indices.slice(i, i + size));
  }
  return groups;
}
