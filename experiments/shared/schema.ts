import { z } from 'zod';

/** Strictly between 0 and 1. */
export const probability = () => z.number().gt(0).lt(1);

/** An integer from `least` to `most`. */
export const count = (least: number, most: number) => z.int().min(least).max(most);

/** Bits, where the closed forms hold (d >= 3). */
export const bits = (most = 2000) => count(3, most);

/** lambda; below 1e-8 no affordable number of samples comes near the optimum. */
export const ridge = (least = 1e-8) => z.number().min(least).max(1);

/** Values without repetition, `least` to `most` of them: each is a part of a key. */
export function list<T extends z.ZodType<number | string>>(item: T, least = 1, most = 100) {
  return z
    .array(item)
    .min(least)
    .max(most)
    .refine((items) => new Set(items).size === items.length, { error: 'values must not repeat' });
}

export const probabilities = (least = 1, most = 100) => list(probability(), least, most);
export const counts = (least: number, most: number) => list(count(least, most), 1, 20);
