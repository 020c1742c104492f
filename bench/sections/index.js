import { growthInD, growthInReplicates } from './growth.js';
import { memorySection } from './memory.js';
import { peersSection } from './peers.js';
import { sweepSection } from './sweep.js';
import { workersSection } from './workers.js';

/** In the order in which they run. */
export const sections = {
  peers: peersSection,
  'growth-d': growthInD,
  'growth-replicates': growthInReplicates,
  memory: memorySection,
  workers: workersSection,
  sweep: sweepSection,
};
