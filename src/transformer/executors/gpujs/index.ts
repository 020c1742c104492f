export { openGpujs } from './executor.js';
