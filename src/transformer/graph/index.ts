export { gradients } from './gradients.js';
export { Graph, type MatmulOptions } from './graph.js';
export { type Arrays, interpret } from './interpret.js';
export {
  BINARY,
  type Binary,
  GELU_CUBE,
  GELU_SLOPE,
  type Kind,
  type Node,
  type Operation,
  type OperationOf,
  type Shape,
  shapeText,
  sizeOf,
  UNARY,
  type Unary,
} from './node.js';
export { type Carried, inputName, type Loop, type Program, type Schedule, scheduleOf } from './program.js';
export { ShapeError } from './shapes.js';
