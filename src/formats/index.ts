export { decodeTensors, encodeTensors, type Tensors } from './safetensors.js';
