export { exportModel } from './export.js';
