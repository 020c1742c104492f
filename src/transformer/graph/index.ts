export { GELU_CUBE, GELU_SLOPE, gradients } from './gradients.js';
export { Graph, type MatmulOptions } from './graph.js';
export { type Arrays, interpret } from './interpret.js';
export {
  BINARY,
  type Binary,
  type Kind,
  type Node,
  type Operation,
  type Shape,
  shapeText,
  sizeOf,
  UNARY,
  type Unary,
} from './node.js';
export { type Carried, inputName, type Loop, type Program, type Schedule, scheduleOf } from './program.js';
export { ShapeError } from './shapes.js';
