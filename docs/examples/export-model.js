// A transformer for other programs: `node docs/examples/export-model.js FOLDER`.
//
// FOLDER then has model.safetensors and config.json, which the Transformers library opens, and model.onnx, which ONNX Runtime runs.

import { exportModel, initialParameters, modelShape, parametersOf } from 'lengthwise';

const [folder = 'exported'] = process.argv.slice(2);
const shape = { architecture: 'mistral', depth: 2, width: 64, heads: 4, keyValueHeads: 2, context: 21 };
const model = parametersOf(modelShape(shape));
// Those that training starts from.
exportModel(folder, model, initialParameters(model, 1));
console.log(`${model.size} numbers of ${model.list.length} tensors, in ${folder}`);
